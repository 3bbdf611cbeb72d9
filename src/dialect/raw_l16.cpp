#include "dialect/raw_l16.hpp"

#include <utility>

#include "base/blanks.hpp"
#include "base/utf8.hpp"
#include "dialect/acknowledgement.hpp"
#include "dialect/audio_type.hpp"
#include "dialect/event_text.hpp"
#include "dialect/json_depth.hpp"
#include "dialect/piece_audio.hpp"
#include "dialect/raw_words.hpp"
#include "dialect/server_object.hpp"
#include "dialect/speech.hpp"

namespace audio_stream::dialect {
namespace {

bool looks_like_object(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

bool looks_like_object_with_members(std::string_view text) noexcept {
  text = base::trimmed(text);
  if (!text.starts_with('{')) return false;
  return base::trimmed(text.substr(1)).starts_with('"');
}

/// A quick check whether the text may be a streamAudio or playAudio; read_object() decides.
bool may_bring_audio(std::string_view text) {
  return text.find("Audio\"") != std::string_view::npos;
}

Message text(std::string bytes) {
  return {MessageKind::text, std::move(bytes)};
}

std::vector<Incoming> only(Incoming incoming) {
  std::vector<Incoming> all;
  all.push_back(std::move(incoming));
  return all;
}

}  // namespace

Messages RawL16::open(std::uint64_t position_ms) {
  Messages first;
  if (facts_.hello) first.push_back(text(hello_text(facts_)));
  if (!facts_.metadata.empty()) first.push_back(text(facts_.metadata));
  if (facts_.resume) first.push_back(text(resume_text(position_ms)));
  return first;
}

MessageView RawL16::audio(const PacketView& packet, Scratch& /*scratch*/) {
  return {MessageKind::binary, packet.audio};
}

std::optional<Message> RawL16::gap(std::uint64_t position_ms, std::uint64_t length_ms) {
  if (!facts_.gaps) return std::nullopt;
  return text(gap_text(position_ms, length_ms));
}

std::optional<Message> RawL16::part(std::uint64_t position_ms) {
  return text(part_text(position_ms));
}

Messages RawL16::note(const Note& note) {
  return {text(note_text(note))};
}

Messages RawL16::digit(char digit, std::uint32_t duration_ms) {
  if (!facts_.digits) return {};
  return {text(digit_text(digit, duration_ms))};
}

Messages RawL16::caller(const CallerNote& note) {
  return {text(caller_text(note))};
}

std::vector<Incoming> RawL16::understand_text(std::string&& text) {
  return only(meaning_of_text(std::move(text)));
}

std::vector<Incoming> RawL16::understand_binary(std::string_view bytes) {
  return only(meaning_of_binary(bytes));
}

Incoming RawL16::meaning_of_text(std::string&& text) const {
  if (facts_.resume) {
    if (const auto position_ms = acknowledgement(text)) return Acknowledged{*position_ms};
  }
  const bool read = looks_like_object(text) && (playback_ || may_bring_audio(text));
  if (!read) return event_text(std::move(text), facts_.event_bytes);
  auto object = read_object(text, facts_.event_bytes);
  if (!object && object.error() == Unreadable::too_deep) {
    return TooMuch{"JSON nested deeper than " + std::to_string(kMaxJsonDepth) + " levels"};
  }
  if (!object) return event_text(std::move(text), facts_.event_bytes);
  if (object->audio) {
    if (playback_ && is_speech(*object->audio)) return ServerSpeech{std::move(*object->audio)};
    return ServerAudioFile{std::move(*object->audio)};
  }
  if (playback_) {
    if (auto request = playback_request(std::move(*object))) {
      return ServerRequest{std::move(*request)};
    }
  }
  return event_text(std::move(text), facts_.event_bytes);
}

bool RawL16::plays_binary(std::string_view begin) const noexcept {
  // As samples, `{"` would be loud and rare: the first two bytes of one message in 65,536.
  return playback_ && facts_.down_encoding == audio::codec::Encoding::l16 &&
         !looks_like_object_with_members(begin);
}

Incoming RawL16::meaning_of_binary(std::string_view bytes) const {
  if (playback_) {
    std::string text{bytes};
    const bool is_object = base::is_utf8(text) && read_object(text, facts_.event_bytes);
    if (is_object) return meaning_of_text(std::string{bytes});
    if (facts_.down_encoding == audio::codec::Encoding::l16) return ServerAudio{std::move(text)};
    ServerPiece piece;
    piece.audio =
        piece_audio(std::string{bytes}, type_of(facts_.down_encoding), *facts_.down_rate_hz);
    return piece;
  }
  if (bytes.find('\0') != std::string_view::npos || !base::is_utf8(bytes)) {
    return Unusable{"a binary message of " + std::to_string(bytes.size()) +
                    " bytes that is not text (STREAM_PLAYBACK=true plays audio to the call)"};
  }
  return meaning_of_text(std::string{bytes});
}

}  // namespace audio_stream::dialect
