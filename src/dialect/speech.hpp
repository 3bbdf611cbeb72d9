#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "dialect/encoded_audio.hpp"

namespace audio_stream::dialect {

/// Audio a server sent, decoded: mono.
struct Speech {
  std::vector<std::int16_t> samples;
  std::uint32_t rate_hz = 8000;
};

/// A file in the RIFF/WAVE format: linear PCM of 16 or 8 bits, mu-law or A-law, of any rate;
/// several channels are mixed down to one. A length that lies is taken for "until the end", as
/// streams have it.
tl::expected<Speech, std::string> read_wav(std::span<const std::byte> file);

/// Whether read_speech() knows how to decode it: it is raw, pcmu, pcma or wav.
bool is_speech(const EncodedAudio& audio) noexcept;

/// Decodes it, which may be megabytes. The reason why not is for a person.
tl::expected<Speech, std::string> read_speech(const EncodedAudio& audio);

}  // namespace audio_stream::dialect
