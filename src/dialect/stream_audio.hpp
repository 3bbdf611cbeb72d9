#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "dialect/encoded_audio.hpp"

namespace audio_stream::dialect {

/// Decoded audio of a text, for a file that the application plays.
struct StreamAudio {
  std::vector<std::byte> audio;
  std::string extension;  ///< of the file, with its dot: ".r8", ".wav"
};

/// Decodes the audio, which may be megabytes, so not on a media or I/O thread. The error is a text
/// for the log.
tl::expected<StreamAudio, std::string> read_stream_audio(const EncodedAudio& audio);

/// The body of the `play` event: the `data` object without its audio, with the file's path as
/// "file".
std::string play_body(const EncodedAudio& audio, const std::string& file);

/// The whole message without its audio, for an event that reports unusable audio. "error" has the
/// reason.
std::string body_without_audio(const EncodedAudio& audio, const std::string& why);

}  // namespace audio_stream::dialect
