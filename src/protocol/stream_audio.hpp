#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>
#include <tl/expected.hpp>

namespace audio_stream::protocol {

/// Audio a server sent inside a JSON message, decoded:
///   {"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":8000,"audioData":"<base64>",...}}
struct StreamAudio {
  std::vector<std::byte> audio;
  std::string extension;  ///< of the file the application will play, with its dot: ".r8", ".wav"
  std::string rest;       ///< the `data` object without `audioData`, as JSON text
};

/// Why such a message is of no use, and what to tell the application of it instead.
struct BrokenStreamAudio {
  std::string reason;
  std::string rest;  ///< the whole message without its audio, as JSON text
};

/// Whether `message` is of that type at all.
bool is_stream_audio(const nlohmann::ordered_json& message);

/// Decodes the audio, which may be megabytes: not on a media thread, nor where sockets wait.
tl::expected<StreamAudio, BrokenStreamAudio> read_stream_audio(nlohmann::ordered_json message);

/// The `play` event's body: `rest` with the name of the file added as "file".
std::string with_file(const std::string& rest, const std::string& file);

}  // namespace audio_stream::protocol
