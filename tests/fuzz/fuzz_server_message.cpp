#include <time.h>

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <variant>

#include "base/utf8.hpp"
#include "dialect/json_depth.hpp"
#include "dialect/playback_request.hpp"
#include "dialect/raw_l16.hpp"
#include "dialect/raw_words.hpp"
#include "dialect/speech.hpp"
#include "dialect/stream_audio.hpp"
#include "must.hpp"
#include "stream/event.hpp"

namespace {

using namespace audio_stream;
using Json = nlohmann::ordered_json;

/// Raw has one meaning for each message.
dialect::Incoming text_to(dialect::RawL16& raw, std::string text) {
  return std::move(raw.understand_text(std::move(text)).at(0));
}
dialect::Incoming binary_to(dialect::RawL16& raw, std::string_view bytes) {
  return std::move(raw.understand_binary(bytes).at(0));
}

dialect::StreamFacts with_playback() {
  dialect::StreamFacts facts;
  facts.down_rate_hz = 8000;
  return facts;
}

Json must_be_json(const std::string& text, const char* promise) {
  must(base::is_utf8(text), "JSON that goes into an event is UTF-8", text);
  Json json = Json::parse(text, nullptr, false);
  must(!json.is_discarded(), promise, text);
  return json;
}

void check_body(const std::string& body) {
  must(base::is_utf8(body), "an event's body is UTF-8", body);
  must(Json::accept(body), "an event's body is JSON", body);
}

void check_audio(const dialect::EncodedAudio& encoded) {
  const auto audio = dialect::read_stream_audio(encoded);
  if (!audio) {
    must(!audio.error().empty(), "a broken message has a reason");
    const std::string rest = dialect::body_without_audio(encoded, audio.error());
    const Json message = must_be_json(rest, "what is left of a broken message is JSON");
    const auto data = message.find("data");
    must(data == message.end() || !data->is_object() ||
             (!data->contains("audioData") && !data->contains("audioContent")),
         "a broken message is told without its audio", rest);
    return;
  }
  must(!audio->audio.empty(), "there is audio");
  must(audio->extension.starts_with('.') && !contains(audio->extension, "/"),
       "a file has an ending", audio->extension);
  const Json body = must_be_json(dialect::play_body(encoded, "/tmp/x"), "a play body is JSON");
  must(body.is_object() && !body.contains("audioData") && body.at("file") == "/tmp/x",
       "a play body has the file in place of the audio");
}

void check_request(const dialect::PlaybackRequest& request) {
  if (const auto* mark = std::get_if<dialect::MarkRequest>(&request)) {
    check_body(dialect::note_text(dialect::MarkNote{mark->name, true, 1}));
  } else if (const auto* clear = std::get_if<dialect::ClearRequest>(&request)) {
    must(!clear->fade_ms || *clear->fade_ms <= 1000, "a fade takes a second at most");
  }
}

void check_speech(const tl::expected<dialect::Speech, std::string>& speech) {
  if (!speech) {
    must(!speech.error().empty(), "audio that can't be decoded has a reason");
    return;
  }
  must(speech->rate_hz >= 4000 && speech->rate_hz <= 192'000, "a rate can be resampled");
}

/// A message's bytes and what is known about them.
struct Bytes {
  explicit Bytes(std::string_view bytes)
      : utf8{base::is_utf8(bytes)},
        has_nul{contains(bytes, std::string_view{"\0", 1})},
        deep{dialect::json_depth(bytes) > dialect::kMaxJsonDepth} {}
  bool utf8;
  bool has_nul;
  bool deep;
};

void check(const dialect::Incoming& message, const Bytes& bytes) {
  const bool deep = bytes.deep;
  if (const auto* text = std::get_if<dialect::ServerText>(&message)) {
    must(!contains(text->body, std::string_view{"\0", 1}), "no NUL cuts an event's body");
    must(base::is_utf8(text->body) == bytes.utf8, "a text stays what it was");
    must(text->full_length == 0, "a text that fits is whole");
  } else if (const auto* audio = std::get_if<dialect::ServerAudioFile>(&message)) {
    must(!deep, "what is nested too deep is no audio");
    check_audio(audio->audio);
  } else if (const auto* speech = std::get_if<dialect::ServerSpeech>(&message)) {
    must(!deep, "what is nested too deep is no speech");
    check_speech(dialect::read_speech(speech->audio, {}));
    check_speech(dialect::read_speech(speech->audio, dialect::WavFormat{.rate_hz = 8000}));
  } else if (const auto* wish = std::get_if<dialect::ServerRequest>(&message)) {
    must(!deep, "what is nested too deep is no request");
    check_request(wish->request);
  } else if (const auto* much = std::get_if<dialect::TooMuch>(&message)) {
    must(deep, "only what is nested too deep is too much");
    must(much->reason.size() <= 123, "the reason fits into a close frame");
  }
}

// ---- time -------------------------------------------------------------------------------------

constexpr std::size_t kLongBytes = std::size_t{64} * 1024;
constexpr double kSeconds = 0.02;
constexpr double kSecondsAByte = 1e-6;  // several times the cost with the sanitizers
constexpr unsigned kOneOf = 128;        // of the inputs, because it takes longer than all the rest

/// Of this thread, so that other processes do not matter.
double processor_seconds() {
  ::timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Everything that the module does with a server's text before it passes on the result.
void take(const std::string& text) {
  dialect::RawL16 playing{with_playback()};
  const auto message = text_to(playing, std::string{text});
  if (const auto* speech = std::get_if<dialect::ServerSpeech>(&message)) {
    static_cast<void>(dialect::read_speech(speech->audio, {}));
  }
  dialect::RawL16 dialect{dialect::StreamFacts{}};
  const auto other = text_to(dialect, std::string{text});
  if (const auto* file = std::get_if<dialect::ServerAudioFile>(&other)) {
    static_cast<void>(dialect::read_stream_audio(file->audio));
    static_cast<void>(dialect::play_body(file->audio, "/tmp/x"));
    static_cast<void>(dialect::body_without_audio(file->audio, "why"));
  }
}

void must_take_time_in_proportion(const std::string& text) {
  const double most = kSeconds + kSecondsAByte * static_cast<double>(text.size());
  for (int attempt = 0; attempt < 3; ++attempt) {
    const double begun = processor_seconds();
    take(text);
    if (processor_seconds() - begun <= most) return;
  }
  must(false, "the time is in proportion to the length", text);
}

/// `part` repeated with commas. With `numbered` each repetition begins with another name.
std::string repeated(std::string_view part, bool numbered) {
  const bool named = numbered && part.starts_with('"');
  std::string text;
  for (std::size_t i = 0; text.size() < kLongBytes; ++i) {
    if (i > 0) text += ',';
    if (named) text.append("\"").append(std::to_string(i));
    text += part.substr(named ? 1 : 0);
  }
  return text;
}

/// A slow reader is slow only for long messages, so the input is repeated.
void check_long_messages(std::string_view text) {
  unsigned hash = 2166136261;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
  if (hash % kOneOf != 0 || text.empty()) return;
  std::string_view members = text;
  if (members.size() > 2 && members.starts_with('{') && members.ends_with('}')) {
    members = members.substr(1, members.size() - 2);
  }
  std::string raw;
  while (raw.size() < kLongBytes) raw += text;
  must_take_time_in_proportion(raw);
  for (const bool numbered : {false, true}) {
    const std::string many = repeated(members, numbered);
    must_take_time_in_proportion("{" + many + "}");
    must_take_time_in_proportion(R"({"type":"streamAudio","data":{)" + many + "}}");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(data, size);
  const Bytes bytes{text};
  dialect::RawL16 dialect{dialect::StreamFacts{}};
  check(text_to(dialect, std::string{text}), bytes);
  const auto binary = binary_to(dialect, text);
  const bool unusable = std::holds_alternative<dialect::Unusable>(binary);
  must(unusable == (!bytes.utf8 || bytes.has_nul), "exactly what is no text is unusable");
  if (!unusable) check(binary, bytes);

  dialect::RawL16 playing{with_playback()};
  check(text_to(playing, std::string{text}), bytes);
  const auto played = binary_to(playing, text);
  if (const auto* audio = std::get_if<dialect::ServerAudio>(&played)) {
    must(audio->bytes == text, "audio is the whole message", text);
  } else {
    must(bytes.utf8, "with playback a binary message is audio unless it is JSON", text);
    check(played, bytes);
  }
  check_speech(dialect::read_wav(std::as_bytes(std::span{text})));
  check_long_messages(text);

  // A close frame's reason and a failure's text come from servers too. Making JSON and reading it
  // takes longer than all the rest, so an input does one of the two.
  if (size % 2 == 0) {
    check_body(stream::disconnect_body({1000, std::string{text}, true}));
  } else {
    check_body(stream::error_body({transport::ErrorCode::io, 0, std::string{text}}, "", 1, 100));
  }
  return 0;
}
