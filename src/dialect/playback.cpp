#include "dialect/playback.hpp"

#include <algorithm>
#include <utility>

#include "base/json_text.hpp"

namespace audio_stream::dialect {
namespace {

using Json = nlohmann::ordered_json;

ClearRequest clear_in(const ServerObject& message) {
  constexpr std::uint64_t kLongest = 1000;
  ClearRequest request;
  if (message.fade_ms) {
    request.fade_ms = static_cast<std::uint32_t>(std::min(*message.fade_ms, kLongest));
  }
  return request;
}

}  // namespace

std::optional<PlaybackRequest> playback_request(ServerObject&& message) {
  const std::string& type = message.type;
  if (type == "mark") return MarkRequest{std::move(message.name)};
  if (type == "clear" || type == "killAudio") return clear_in(message);
  if (type == "pause" || type == "resume") return PauseRequest{type == "pause"};
  if (type.empty() && message.action == "clear") return clear_in(message);
  return std::nullopt;
}

Note mark_note(const std::string& name, bool played, std::uint64_t position_ms) {
  return {
      "mark",
      {{"name", name}, {"result", played ? "played" : "cleared"}, {"position_ms", position_ms}}};
}

Note cleared_note(const std::string& reason, std::uint64_t utterance, std::uint64_t heard_ms,
                  std::uint64_t thrown_ms) {
  return {"cleared",
          {{"reason", reason},
           {"utterance", utterance},
           {"heard_ms", heard_ms},
           {"thrown_ms", thrown_ms}}};
}

Note paused_note(bool paused, std::uint64_t position_ms) {
  return {paused ? "paused" : "resumed", {{"position_ms", position_ms}}};
}

Note drained_note(std::uint64_t position_ms) {
  return {"drained", {{"position_ms", position_ms}}};
}

Note flow_note(bool go, std::uint64_t queued_ms) {
  return {go ? "xon" : "xoff", {{"queued_ms", queued_ms}}};
}

Note refused_note(const std::string& reason, std::uint64_t refused_ms) {
  return {"error", {{"reason", reason}, {"refused_ms", refused_ms}}};
}

Note dtmf_note(char digit, std::uint32_t duration_ms) {
  return {"dtmf", {{"digit", std::string(1, digit)}, {"duration_ms", duration_ms}}};
}

std::string text_of(const Note& note) {
  Json text{{"type", note.type}};
  text.update(note.fields);
  return base::json_text(text);
}

}  // namespace audio_stream::dialect
