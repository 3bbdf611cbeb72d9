#include "audio/codec/opus.hpp"

#include <opus/opus.h>

#include <algorithm>
#include <array>
#include <utility>

namespace audio_stream::audio::codec {
namespace {

// More than the largest packet of 60 ms.
constexpr std::size_t kMostBytes = 4000;

// Speech does not become better above this, and a frame costs half of complexity 10.
constexpr int kComplexity = 5;

}  // namespace

bool opus_takes(std::uint32_t rate_hz, std::uint32_t packet_ms) noexcept {
  constexpr std::array<std::uint32_t, 5> kOpusRates{8000, 12000, 16000, 24000, 48000};
  constexpr std::array<std::uint32_t, 3> kOpusLengths{20, 40, 60};
  return std::ranges::find(kOpusRates, rate_hz) != kOpusRates.end() &&
         std::ranges::find(kOpusLengths, packet_ms) != kOpusLengths.end();
}

void OpusPackets::Destroy::operator()(OpusEncoder* encoder) const noexcept {
  opus_encoder_destroy(encoder);
}

std::unique_ptr<OpusPackets> OpusPackets::create(Format format, std::uint32_t packet_ms,
                                                 const OpusSettings& settings) {
  int error = OPUS_OK;
  std::unique_ptr<OpusEncoder, Destroy> encoder{opus_encoder_create(
      static_cast<opus_int32>(format.rate_hz), format.channels, OPUS_APPLICATION_VOIP, &error)};
  if (!encoder || error != OPUS_OK) return nullptr;
  opus_encoder_ctl(encoder.get(), OPUS_SET_COMPLEXITY(kComplexity));
  if (settings.bits_per_second > 0) {
    opus_encoder_ctl(encoder.get(),
                     OPUS_SET_BITRATE(static_cast<opus_int32>(settings.bits_per_second)));
  }
  opus_encoder_ctl(encoder.get(), OPUS_SET_DTX(settings.dtx ? 1 : 0));
  opus_encoder_ctl(encoder.get(), OPUS_SET_INBAND_FEC(settings.loss_percent > 0 ? 1 : 0));
  opus_encoder_ctl(encoder.get(),
                   OPUS_SET_PACKET_LOSS_PERC(static_cast<opus_int32>(settings.loss_percent)));
  return std::unique_ptr<OpusPackets>{new OpusPackets{std::move(encoder), format, packet_ms}};
}

OpusPackets::OpusPackets(std::unique_ptr<OpusEncoder, Destroy> encoder, Format format,
                         std::uint32_t packet_ms)
    : encoder_{std::move(encoder)},
      frame_{std::size_t{format.rate_hz} * packet_ms / 1000},
      channels_{format.channels},
      packet_(kMostBytes) {}

std::span<const std::byte> OpusPackets::encode(std::span<const std::int16_t> samples) {
  const std::size_t wanted = frame_ * channels_;
  if (samples.size() != wanted) {
    padded_.assign(samples.begin(),
                   samples.begin() + static_cast<std::ptrdiff_t>(std::min(samples.size(), wanted)));
    padded_.resize(wanted);
    samples = padded_;
  }
  const int written = opus_encode(encoder_.get(), samples.data(), static_cast<int>(frame_),
                                  reinterpret_cast<unsigned char*>(packet_.data()),
                                  static_cast<opus_int32>(packet_.size()));
  return std::span{packet_}.first(static_cast<std::size_t>(std::max(written, 0)));
}

void OpusPackets::reset() noexcept {
  opus_encoder_ctl(encoder_.get(), OPUS_RESET_STATE);
}

void OpusPacketDecoder::Destroy::operator()(OpusDecoder* decoder) const noexcept {
  opus_decoder_destroy(decoder);
}

std::unique_ptr<OpusPacketDecoder> OpusPacketDecoder::create() {
  int error = OPUS_OK;
  std::unique_ptr<OpusDecoder, Destroy> decoder{
      opus_decoder_create(static_cast<opus_int32>(kRateHz), 1, &error)};
  if (!decoder || error != OPUS_OK) return nullptr;
  return std::unique_ptr<OpusPacketDecoder>{new OpusPacketDecoder{std::move(decoder)}};
}

bool OpusPacketDecoder::decode(std::span<const std::byte> packet,
                               std::vector<std::int16_t>& samples) {
  const std::size_t before = samples.size();
  samples.resize(before + kMostSamples);
  const int decoded =
      opus_decode(decoder_.get(), reinterpret_cast<const unsigned char*>(packet.data()),
                  static_cast<opus_int32>(packet.size()), samples.data() + before,
                  static_cast<int>(kMostSamples), 0);
  samples.resize(before + static_cast<std::size_t>(std::max(decoded, 0)));
  return decoded > 0;
}

void OpusPacketDecoder::conceal(std::uint32_t lost_ms, std::vector<std::int16_t>& samples) {
  constexpr std::uint32_t kMostMs = 120;
  // libopus conceals multiples of 2.5 ms.
  const std::size_t length = std::size_t{std::min(lost_ms, kMostMs)} * kRateHz / 1000 / 120 * 120;
  if (length == 0) return;
  const std::size_t before = samples.size();
  samples.resize(before + length);
  const int made =
      opus_decode(decoder_.get(), nullptr, 0, samples.data() + before, static_cast<int>(length), 0);
  samples.resize(before + static_cast<std::size_t>(std::max(made, 0)));
}

void OpusPacketDecoder::reset() noexcept {
  opus_decoder_ctl(decoder_.get(), OPUS_RESET_STATE);
}

}  // namespace audio_stream::audio::codec
