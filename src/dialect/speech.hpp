#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "dialect/encoded_audio.hpp"

namespace audio_stream::dialect {

/// The rates that a server's audio may have.
inline constexpr std::uint32_t kLowestRate = 4000;
inline constexpr std::uint32_t kHighestRate = 192'000;

/// What the header of a WAV file says of its samples.
struct WavFormat {
  enum class Encoding : std::uint8_t { l16, l8, mu_law, a_law, f32 };
  Encoding encoding = Encoding::l16;
  std::uint32_t rate_hz = 0;
  std::size_t channels = 1;
};

/// Decoded audio of a server, mono.
struct Speech {
  std::vector<std::int16_t> samples;
  std::uint32_t rate_hz = 8000;
  std::optional<WavFormat> wav;  ///< with `wav`: the format, for a piece without a header
};

/// Reads a RIFF/WAVE file: linear PCM of 16 or 8 bits, mu-law or A-law, at any rate. Several
/// channels are mixed down to one. A length of the samples that is 0, or goes beyond the file's
/// end, means "until the end": streamed files have one.
tl::expected<Speech, std::string> read_wav(std::span<const std::byte> file);

/// The samples of one channel in an encoding without a header.
std::vector<std::int16_t> read_samples(std::span<const std::byte> bytes,
                                       WavFormat::Encoding encoding);

/// Whether read_speech() can decode it: it is raw, pcmu, pcma, wav, mp3 or ogg.
bool is_speech(const EncodedAudio& audio) noexcept;
/// Whether decoding takes too long for an I/O thread.
bool is_compressed(const EncodedAudio& audio) noexcept;

/// Decodes the audio, which may be megabytes. The error is a text for the log. `wav`: the format of
/// the stream's last WAV file. A `wav` without a header is a further piece of that file.
tl::expected<Speech, std::string> read_speech(const EncodedAudio& audio,
                                              const std::optional<WavFormat>& wav);

}  // namespace audio_stream::dialect
