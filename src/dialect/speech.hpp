#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "dialect/encoded_audio.hpp"

namespace audio_stream::dialect {

/// Decoded audio of a server, mono.
struct Speech {
  std::vector<std::int16_t> samples;
  std::uint32_t rate_hz = 8000;
};

/// Reads a RIFF/WAVE file: linear PCM of 16 or 8 bits, mu-law or A-law, at any rate. Several
/// channels are mixed down to one. A length beyond the file's end means "until the end", as
/// streamed files have it.
tl::expected<Speech, std::string> read_wav(std::span<const std::byte> file);

/// Whether read_speech() can decode it: it is raw, pcmu, pcma or wav.
bool is_speech(const EncodedAudio& audio) noexcept;

/// Decodes the audio, which may be megabytes. The error is a text for the log.
tl::expected<Speech, std::string> read_speech(const EncodedAudio& audio);

}  // namespace audio_stream::dialect
