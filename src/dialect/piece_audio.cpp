#include "dialect/piece_audio.hpp"

#include <optional>
#include <span>
#include <utility>

#include "dialect/speech.hpp"

namespace audio_stream::dialect {

decltype(ServerPiece::audio) piece_audio(std::string bytes, AudioType type, std::uint32_t rate_hz) {
  const auto raw = std::as_bytes(std::span{bytes});
  const bool has_rate = type != AudioType::wav && type != AudioType::opus;
  if (has_rate && (rate_hz < kLowestRate || rate_hz > kHighestRate)) {
    return tl::unexpected("its rate is " + std::to_string(rate_hz) +
                          ": must be from 4000 to 192000");
  }
  const auto samples = [&](WavFormat::Encoding encoding) {
    return Speech{read_samples(raw, encoding), rate_hz, std::nullopt};
  };
  switch (type) {
    case AudioType::raw:
      return L16Bytes{std::move(bytes), rate_hz};
    case AudioType::opus:
      return OpusPacket{std::move(bytes)};
    case AudioType::pcmu:
      return samples(WavFormat::Encoding::mu_law);
    case AudioType::pcma:
      return samples(WavFormat::Encoding::a_law);
    case AudioType::f32:
      return samples(WavFormat::Encoding::f32);
    case AudioType::wav: {
      auto speech = read_wav(raw);
      if (!speech) return tl::unexpected(std::move(speech.error()));
      return std::move(*speech);
    }
    case AudioType::mp3:
    case AudioType::ogg:
    case AudioType::unknown:
      break;
  }
  return tl::unexpected<std::string>("its format is none of l16, pcmu, pcma, f32, opus and wav");
}

}  // namespace audio_stream::dialect
