#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>
#include <tl/expected.hpp>

namespace audio_stream::protocol {

/// Audio a server sent, decoded: mono.
struct Speech {
  std::vector<std::int16_t> samples;
  std::uint32_t rate_hz = 8000;
};

/// A file in the RIFF/WAVE format: linear PCM of 16 or 8 bits, mu-law or A-law, of any rate;
/// several channels are mixed down to one. A length that lies is taken for "until the end", as
/// streams have it.
tl::expected<Speech, std::string> read_wav(std::span<const std::byte> file);

/// Whether `message` brings audio that read_speech() knows how to decode: a streamAudio or
/// playAudio whose audio is raw, pcmu, pcma or wav.
bool is_speech(const nlohmann::ordered_json& message);

/// Decodes it. The reason why not is for a person.
tl::expected<Speech, std::string> read_speech(const nlohmann::ordered_json& message);

}  // namespace audio_stream::protocol
