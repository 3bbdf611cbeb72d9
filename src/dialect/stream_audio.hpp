#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "dialect/encoded_audio.hpp"

namespace audio_stream::dialect {

/// Audio of a text, decoded, for a file that the application plays.
struct StreamAudio {
  std::vector<std::byte> audio;
  std::string extension;  ///< of the file, with its dot: ".r8", ".wav"
};

/// Decodes it, which may be megabytes: not on a media thread, nor where sockets wait. The reason
/// why not is for a person.
tl::expected<StreamAudio, std::string> read_stream_audio(const EncodedAudio& audio);

/// The `play` event's body: the `data` object without its audio, with the name of the file as
/// "file".
std::string play_body(const EncodedAudio& audio, const std::string& file);

/// The whole message without its audio, for an event that tells of audio without use, and why as
/// "error".
std::string body_without_audio(const EncodedAudio& audio, const std::string& why);

}  // namespace audio_stream::dialect
