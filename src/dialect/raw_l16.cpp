#include "dialect/raw_l16.hpp"

#include <utility>

#include "base/utf8.hpp"
#include "dialect/event_text.hpp"
#include "dialect/json_depth.hpp"
#include "dialect/server_object.hpp"
#include "dialect/speech.hpp"

namespace audio_stream::dialect {
namespace {

bool looks_like_object(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

/// Whether it may be a streamAudio or playAudio: read_object() knows.
bool may_bring_audio(std::string_view text) {
  return text.find("Audio\"") != std::string_view::npos;
}

}  // namespace

std::vector<std::string> RawL16::opening() const {
  if (metadata_.empty()) return {};
  return {metadata_};
}

std::span<const std::byte> RawL16::message_of(std::span<const std::byte> packet) const {
  return packet;
}

ServerMessage RawL16::understand_text(std::string&& text) const {
  const bool read = looks_like_object(text) && (playback_ || may_bring_audio(text));
  if (!read) return event_text(std::move(text), event_bytes_);
  auto object = read_object(text, event_bytes_);
  if (!object && object.error() == Unreadable::too_deep) {
    return TooMuch{"JSON nested deeper than " + std::to_string(kMaxJsonDepth) + " levels"};
  }
  if (!object) return event_text(std::move(text), event_bytes_);
  if (object->audio) {
    if (playback_ && is_speech(*object->audio)) return ServerSpeech{std::move(*object->audio)};
    return ServerAudioFile{std::move(*object->audio)};
  }
  if (playback_) {
    if (auto request = playback_request(std::move(*object))) {
      return ServerRequest{std::move(*request)};
    }
  }
  return event_text(std::move(text), event_bytes_);
}

ServerMessage RawL16::understand_binary(std::string_view bytes) const {
  if (playback_) return ServerAudio{bytes};
  if (bytes.find('\0') != std::string_view::npos || !base::is_utf8(bytes)) {
    return Unusable{"a binary message of " + std::to_string(bytes.size()) +
                    " bytes that is not text"};
  }
  return understand_text(std::string{bytes});
}

}  // namespace audio_stream::dialect
