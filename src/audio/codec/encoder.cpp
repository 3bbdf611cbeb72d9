#include "audio/codec/encoder.hpp"

#include <algorithm>
#include <utility>

#include "audio/codec/g711.hpp"
#include "audio/codec/opus.hpp"
#include "audio/resampler.hpp"

namespace audio_stream::audio::codec {
namespace {

/// Resamples, then encodes. For a server that announces its rate when the stream has its own
/// already.
class ConvertingEncoder final : public Encoder {
 public:
  ConvertingEncoder(Resampler resampler, std::uint32_t wire_rate_hz, std::unique_ptr<Encoder> inner)
      : resampler_{std::move(resampler)}, wire_rate_hz_{wire_rate_hz}, inner_{std::move(inner)} {}

  std::span<const std::byte> encode(std::span<const std::int16_t> samples) override {
    converted_.resize(samples.size() * wire_rate_hz_ / resampler_.input_hz() + 8);
    const auto progress = resampler_.process(samples, converted_);
    converted_.resize(progress.produced);
    return inner_->encode(converted_);
  }
  void reset() noexcept override {
    resampler_.restart();
    inner_->reset();
  }

 private:
  Resampler resampler_;
  std::uint32_t wire_rate_hz_;
  std::unique_ptr<Encoder> inner_;
  std::vector<std::int16_t> converted_;
};

}  // namespace

EncoderCost cost_of(Encoding encoding) noexcept {
  switch (encoding) {
    case Encoding::l16:
      return {0};
    case Encoding::pcmu:
    case Encoding::pcma:
    case Encoding::f32:
      return {1};
    case Encoding::opus:
      return {120};  // 200 us of libopus beside 7 us
  }
  return {0};
}

std::span<const std::byte> G711Encoder::encode(std::span<const std::int16_t> samples) {
  bytes_.resize(samples.size());
  if (law_ == Law::mu) {
    to_mu_law(samples, bytes_);
  } else {
    to_a_law(samples, bytes_);
  }
  return bytes_;
}

std::span<const std::byte> F32Encoder::encode(std::span<const std::int16_t> samples) {
  constexpr float kFullScale = 32'768.0F;
  floats_.resize(samples.size());
  std::transform(samples.begin(), samples.end(), floats_.begin(),
                 [](std::int16_t sample) { return static_cast<float>(sample) / kFullScale; });
  return std::as_bytes(std::span{floats_});
}

std::unique_ptr<Encoder> make_encoder(Encoding encoding, Format format, std::uint32_t packet_ms,
                                      const OpusSettings& opus) {
  switch (encoding) {
    case Encoding::l16:
      break;
    case Encoding::pcmu:
      return std::make_unique<G711Encoder>(G711Encoder::Law::mu);
    case Encoding::pcma:
      return std::make_unique<G711Encoder>(G711Encoder::Law::a);
    case Encoding::f32:
      return std::make_unique<F32Encoder>();
    case Encoding::opus:
      return OpusPackets::create(format, packet_ms, opus);
  }
  return std::make_unique<L16Encoder>();
}

std::unique_ptr<Encoder> make_converting_encoder(std::uint32_t rate_hz, Encoding encoding,
                                                 std::uint32_t wire_rate_hz) {
  auto inner = make_encoder(encoding, Format{wire_rate_hz, 1}, 0);
  if (rate_hz == wire_rate_hz) return inner;
  auto resampler = Resampler::create(1, rate_hz, wire_rate_hz);
  if (!resampler) return nullptr;
  return std::make_unique<ConvertingEncoder>(std::move(*resampler), wire_rate_hz, std::move(inner));
}

}  // namespace audio_stream::audio::codec
