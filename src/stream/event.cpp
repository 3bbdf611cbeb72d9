#include "stream/event.hpp"

#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "base/json_text.hpp"
#include "base/printable.hpp"
#include "dialect/event_text.hpp"

namespace audio_stream::stream {
namespace {

using Json = nlohmann::ordered_json;

std::string_view name_of(EndReason reason) {
  switch (reason) {
    case EndReason::stop:
      return "stop";
    case EndReason::hangup:
      return "hangup";
    case EndReason::server:
      return "server";
    case EndReason::network:
      return "network";
    case EndReason::refused:
      return "refused";
    case EndReason::unload:
      return "unload";
    case EndReason::codec:
      return "codec";
  }
  return "?";
}

std::string_view name_of(MediaState state) {
  switch (state) {
    case MediaState::held:
      return "held";
    case MediaState::resumed:
      return "resumed";
    case MediaState::unread:
      return "unread";
    case MediaState::read:
      return "read";
  }
  return "?";
}

void add_url(Json& body, const std::string& url) {
  if (!url.empty()) body["message"]["url"] = url;
}

/// In milliseconds, with one decimal.
Json round_trip_ms(const std::optional<std::chrono::microseconds>& time) {
  if (!time) return {};
  const auto tenths = (time->count() + 50) / 100;
  return static_cast<double>(tenths) / 10;
}

void add_stats(Json& body, const Totals* totals) {
  if (totals == nullptr) return;
  body["stats"] = {{"reason", name_of(totals->reason)},
                   {"duration_ms", totals->duration},
                   {"connect_ms", totals->connect ? Json(*totals->connect) : Json()},
                   {"reconnects", totals->reconnects},
                   {"rtt_ms", round_trip_ms(totals->round_trip)},
                   {"frames_sent", totals->packets},
                   {"sent_ms", totals->sent},
                   {"dropped_ms",
                    {{"overflow", totals->overflow},
                     {"undelivered", totals->undelivered},
                     {"unacknowledged", totals->unacknowledged},
                     {"unusable", totals->unusable},
                     {"late", totals->late},
                     {"silence", totals->silence}}},
                   {"paused_ms", totals->paused},
                   {"unspoken_ms", totals->unspoken},
                   {"filled_ms", totals->filled},
                   {"bytes_sent", totals->bytes_sent},
                   {"wire_bytes_sent", totals->wire_sent},
                   {"wire_bytes_received", totals->wire_received},
                   {"messages_received", totals->messages_received}};
  if (const auto& playback = totals->playback) {
    body["stats"]["playback"] = {
        {"received_ms", playback->received}, {"played_ms", playback->played},
        {"cleared_ms", playback->cleared},   {"refused_ms", playback->refused},
        {"unplayed_ms", playback->unplayed}, {"underruns", playback->underruns},
        {"underrun_ms", playback->underrun}};
  }
}

}  // namespace

const char* subclass_of(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::connect:
      return "mod_audio_stream::connect";
    case EventKind::disconnect:
      return "mod_audio_stream::disconnect";
    case EventKind::error:
      return "mod_audio_stream::error";
    case EventKind::json:
      return "mod_audio_stream::json";
    case EventKind::play:
      return "mod_audio_stream::play";
    case EventKind::gap:
      return "mod_audio_stream::gap";
    case EventKind::playback:
      return "mod_audio_stream::playback";
    case EventKind::transcript:
      return "mod_audio_stream::transcript";
    case EventKind::speech:
      return "mod_audio_stream::speech";
    case EventKind::mask:
      return "mod_audio_stream::mask";
    case EventKind::media:
      return "mod_audio_stream::media";
  }
  return "mod_audio_stream::json";
}

std::string connect_body(const std::string& url) {
  Json body{{"status", "connected"}};
  add_url(body, url);
  return base::json_text(body);
}

std::string disconnect_body(const transport::Closure& closure, const std::string& url,
                            const Totals* totals) {
  Json body{{"status", "disconnected"},
            {"message", {{"code", closure.code}, {"reason", closure.reason}}}};
  add_url(body, url);
  add_stats(body, totals);
  return base::json_text(body);
}

std::string gap_body(std::uint64_t position_ms, std::uint64_t length_ms) {
  return base::json_text(
      {{"status", "gap"}, {"message", {{"position_ms", position_ms}, {"length_ms", length_ms}}}});
}

std::string caller_body(const dialect::CallerNote& note) {
  Json message{{"position_ms", note.position_ms}};
  if (note.has_length()) message["length_ms"] = note.length_ms;
  return base::json_text(
      {{"status", dialect::word_of(note.what)}, {"message", std::move(message)}});
}

std::string media_body(MediaState state, std::uint64_t position_ms,
                       std::chrono::milliseconds silent) {
  Json message{{"position_ms", position_ms}};
  if (state == MediaState::unread || state == MediaState::read) {
    message["silent_ms"] = silent.count();
  }
  return base::json_text({{"status", name_of(state)}, {"message", std::move(message)}});
}

std::string playback_body(const dialect::Note& note) {
  const dialect::NoteWords words = dialect::words_of(note);
  Json message = Json::object();
  for (const auto& [name, value] : words.members) {
    std::visit([&, member = name](const auto& v) { message[std::string{member}] = v; }, value);
  }
  return base::json_text({{"status", words.type}, {"message", std::move(message)}});
}

Event transcript_event(const dialect::ServerTranscript& transcript, std::uint64_t begin_ms,
                       std::size_t limit) {
  constexpr std::size_t kMostHeader = 2000;
  dialect::ServerText text = dialect::event_text(std::string{transcript.text}, limit);
  Event event;
  event.kind = EventKind::transcript;
  event.full_length = text.full_length;
  const auto add = [&event](const char* name, const std::string& value) {
    event.headers.emplace_back(name, base::one_line(value, kMostHeader));
  };
  add("Transcript-Who", transcript.who);
  add("Transcript-Text", text.body);
  add("Transcript-Final", transcript.final ? "true" : "false");
  Json body{{"who", transcript.who}, {"text", std::move(text.body)}, {"final", transcript.final}};
  if (transcript.start_ms) {
    body["start_ms"] = begin_ms + *transcript.start_ms;
    add("Transcript-Start-Ms", std::to_string(begin_ms + *transcript.start_ms));
  }
  if (transcript.end_ms) {
    body["end_ms"] = begin_ms + *transcript.end_ms;
    add("Transcript-End-Ms", std::to_string(begin_ms + *transcript.end_ms));
  }
  if (transcript.confidence) {
    body["confidence"] = *transcript.confidence;
    add("Transcript-Confidence", base::json_text(*transcript.confidence));
  }
  event.body = base::json_text(body);
  return event;
}

std::string error_body(const transport::Failure& failure, const std::string& url,
                       std::uint32_t retries, std::int64_t wait_ms, const Totals* totals) {
  Json body{{"status", "error"},
            {"message",
             {{"retries", retries},
              {"error", failure.message},
              {"wait_time", wait_ms},
              {"http_status", failure.http_status},
              {"code", static_cast<int>(failure.code)}}}};
  add_url(body, url);
  add_stats(body, totals);
  return base::json_text(body);
}

}  // namespace audio_stream::stream
