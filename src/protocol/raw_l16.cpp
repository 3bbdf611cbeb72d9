#include "protocol/raw_l16.hpp"

#include <algorithm>

#include "protocol/json_depth.hpp"
#include "protocol/speech.hpp"
#include "protocol/stream_audio.hpp"
#include "protocol/utf8.hpp"

namespace audio_stream::protocol {
namespace {

// An event's body ends at the first NUL, so a NUL would silently cut what the application gets.
std::string without_nul(std::string&& text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
  if (text.find('\0') == std::string::npos) return std::move(text);
  std::string out;
  out.reserve(text.size() + kReplacement.size());
  for (const char c : text) {
    if (c == '\0') {
      out += kReplacement;
    } else {
      out += c;
    }
  }
  return out;
}

bool looks_like_object(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

bool looks_like_stream_audio(std::string_view text) {
  return looks_like_object(text) && text.find("streamAudio") != std::string_view::npos;
}

}  // namespace

std::vector<std::string> RawL16::opening() const {
  if (metadata_.empty()) return {};
  return {metadata_};
}

std::span<const std::byte> RawL16::message_of(std::span<const std::byte> packet) const {
  return packet;
}

ServerMessage RawL16::understand_text(std::string&& text) {
  if (json_depth(text) > kMaxJsonDepth) {
    return TooMuch{"JSON nested deeper than " + std::to_string(kMaxJsonDepth) + " levels"};
  }
  if (playback_ && looks_like_object(text)) {
    auto message = nlohmann::ordered_json::parse(text, nullptr, false);
    if (auto request = playback_request(message)) return ServerRequest{std::move(*request)};
    if (is_speech(message)) return ServerSpeech{std::move(message)};
  }
  if (looks_like_stream_audio(text)) {
    auto message = nlohmann::ordered_json::parse(text, nullptr, false);
    if (is_stream_audio(message)) return ServerAudioFile{std::move(message)};
  }
  return ServerText{without_nul(std::move(text))};
}

ServerMessage RawL16::understand_binary(std::string_view bytes) {
  if (playback_) return ServerAudio{bytes};
  if (bytes.find('\0') != std::string_view::npos || !is_utf8(bytes)) {
    return Unusable{"a binary message of " + std::to_string(bytes.size()) +
                    " bytes that is not text"};
  }
  return understand_text(std::string{bytes});
}

}  // namespace audio_stream::protocol
