#include "dialect/speech.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>

#include "audio/codec/g711.hpp"
#include "base/base64.hpp"
#include "dialect/audio_type.hpp"
#include "dialect/compressed_audio.hpp"

namespace audio_stream::dialect {
namespace {

using Bytes = std::span<const std::byte>;

using Encoding = WavFormat::Encoding;

std::uint32_t number_at(Bytes bytes, std::size_t offset, std::size_t length) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < length; ++i) {
    number |= std::to_integer<std::uint32_t>(bytes[offset + i]) << (8 * i);
  }
  return number;
}

std::size_t width_of(Encoding encoding) noexcept {
  if (encoding == Encoding::f32) return 4;
  return encoding == Encoding::l16 ? 2 : 1;
}

/// NaN becomes silence.
std::int16_t from_float(float value) noexcept {
  constexpr float kFullScale = 32'768.0F;
  if (!(value > -1.0F))
    return value <= -1.0F ? std::numeric_limits<std::int16_t>::min() : std::int16_t{0};
  return static_cast<std::int16_t>(std::min(value * kFullScale, kFullScale - 1));
}

std::int16_t sample_at(Bytes bytes, std::size_t number, Encoding encoding) {
  if (encoding == Encoding::f32) {
    return from_float(std::bit_cast<float>(number_at(bytes, 4 * number, 4)));
  }
  if (encoding == Encoding::l16) {
    return static_cast<std::int16_t>(number_at(bytes, 2 * number, 2));
  }
  const auto byte = std::to_integer<std::uint8_t>(bytes[number]);
  if (encoding == Encoding::mu_law) return audio::codec::from_mu_law(byte);
  if (encoding == Encoding::a_law) return audio::codec::from_a_law(byte);
  return static_cast<std::int16_t>((int{byte} - 128) * 256);
}

std::vector<std::int16_t> decode(Bytes bytes, Encoding encoding, std::size_t channels) {
  std::vector<std::int16_t> out(bytes.size() / width_of(encoding) / channels);
  for (std::size_t i = 0; i < out.size(); ++i) {
    int sum = 0;
    for (std::size_t channel = 0; channel < channels; ++channel) {
      sum += sample_at(bytes, i * channels + channel, encoding);
    }
    out[i] = static_cast<std::int16_t>(sum / static_cast<int>(channels));
  }
  return out;
}

tl::expected<WavFormat, std::string> read_format(Bytes chunk) {
  if (chunk.size() < 16) return tl::unexpected<std::string>("its fmt chunk is too short");
  std::uint32_t format = number_at(chunk, 0, 2);
  constexpr std::uint32_t kExtensible = 0xFFFE;
  if (format == kExtensible && chunk.size() >= 26) format = number_at(chunk, 24, 2);
  const std::uint32_t bits = number_at(chunk, 14, 2);
  WavFormat found;
  found.channels = number_at(chunk, 2, 2);
  found.rate_hz = number_at(chunk, 4, 4);
  if (format == 1 && (bits == 16 || bits == 8)) {
    found.encoding = bits == 16 ? Encoding::l16 : Encoding::l8;
  } else if ((format == 6 || format == 7) && bits == 8) {
    found.encoding = format == 7 ? Encoding::mu_law : Encoding::a_law;
  } else {
    return tl::unexpected("it is of format " + std::to_string(format) + " with " +
                          std::to_string(bits) +
                          " bits: must be linear PCM of 8 or 16 bits, mu-law or A-law");
  }
  constexpr std::size_t kMostChannels = 8;
  if (found.channels == 0 || found.channels > kMostChannels) {
    return tl::unexpected("it has " + std::to_string(found.channels) + " channels: must be 1 to 8");
  }
  if (found.rate_hz < kLowestRate || found.rate_hz > kHighestRate) {
    return tl::unexpected("it has a rate of " + std::to_string(found.rate_hz) +
                          " Hz: must be 4000 to 192000");
  }
  return found;
}

bool is_named(Bytes bytes, std::size_t offset, const char* name) {
  return std::memcmp(&bytes[offset], name, 4) == 0;
}

NamedAudioType type_of(const EncodedAudio& audio) noexcept {
  return audio.type ? audio_type(*audio.type) : NamedAudioType{};
}

tl::expected<std::uint32_t, std::string> rate_of(const EncodedAudio& audio,
                                                 const NamedAudioType& type) {
  std::int64_t rate = audio.rate.value_or(0);
  if (!audio.has_rate && type.rate_hz) rate = *type.rate_hz;
  if (!audio.has_rate && !type.rate_hz && type.type != AudioType::raw) rate = 8000;
  if (rate < kLowestRate || rate > kHighestRate) {
    return tl::unexpected<std::string>("raw audio needs a sampleRate from 4000 to 192000");
  }
  return static_cast<std::uint32_t>(rate);
}

bool is_wav(Bytes bytes) {
  return bytes.size() >= 12 && is_named(bytes, 0, "RIFF") && is_named(bytes, 8, "WAVE");
}

/// Whether `bytes` are exactly the chunks of a WAV file, and not samples.
bool are_chunks(Bytes bytes) {
  std::size_t at = 0;
  while (at + 8 <= bytes.size()) {
    const std::size_t length = number_at(bytes, at + 4, 4);
    at += 8 + length + length % 2;
  }
  return at == bytes.size();
}

Speech decode(Bytes bytes, const WavFormat& format) {
  return {decode(bytes, format.encoding, format.channels), format.rate_hz, format};
}

}  // namespace

tl::expected<Speech, std::string> read_wav(Bytes file) {
  if (!is_wav(file)) return tl::unexpected<std::string>("it is no WAV file");
  std::optional<WavFormat> format;
  for (std::size_t at = 12; at + 8 <= file.size();) {
    const std::size_t length =
        std::min<std::size_t>(number_at(file, at + 4, 4), file.size() - at - 8);
    const Bytes rest = file.subspan(at + 8);
    const Bytes chunk = rest.first(length);
    if (is_named(file, at, "fmt ")) {
      auto read = read_format(chunk);
      if (!read) return tl::unexpected(std::move(read.error()));
      format = *read;
    } else if (is_named(file, at, "data")) {
      if (!format) return tl::unexpected<std::string>("its data comes before its format");
      return decode(length == 0 && !are_chunks(rest) ? rest : chunk, *format);
    }
    at += 8 + length + length % 2;
  }
  return tl::unexpected<std::string>("it has no data chunk");
}

std::vector<std::int16_t> read_samples(Bytes bytes, Encoding encoding) {
  return decode(bytes, encoding, 1);
}

bool is_speech(const EncodedAudio& audio) noexcept {
  const AudioType type = type_of(audio).type;
  return type == AudioType::raw || type == AudioType::pcmu || type == AudioType::pcma ||
         type == AudioType::wav || is_compressed(audio);
}

bool is_compressed(const EncodedAudio& audio) noexcept {
  const AudioType type = type_of(audio).type;
  return type == AudioType::mp3 || type == AudioType::ogg;
}

tl::expected<Speech, std::string> read_speech(const EncodedAudio& audio,
                                              const std::optional<WavFormat>& wav) {
  if (!is_speech(audio)) {
    return tl::unexpected<std::string>("it is neither raw, pcmu, pcma, wav, mp3 nor ogg");
  }
  if (!audio.has_audio) return tl::unexpected<std::string>("it has no audioData string");
  const auto bytes = base::decode_lenient_base64(audio.base64());
  if (!bytes) return tl::unexpected<std::string>("its audioData is not base64");
  const NamedAudioType type = type_of(audio);
  if (type.type == AudioType::wav) {
    return wav && !is_wav(*bytes) ? decode(*bytes, *wav) : read_wav(*bytes);
  }
  if (is_compressed(audio)) return read_compressed(*bytes);
  const auto rate = rate_of(audio, type);
  if (!rate) return tl::unexpected(rate.error());
  const Encoding encoding = type.type == AudioType::raw    ? Encoding::l16
                            : type.type == AudioType::pcmu ? Encoding::mu_law
                                                           : Encoding::a_law;
  return Speech{decode(*bytes, encoding, 1), *rate, std::nullopt};
}

}  // namespace audio_stream::dialect
