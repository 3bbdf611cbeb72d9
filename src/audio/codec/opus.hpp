#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <tl/expected.hpp>

#include "audio/codec/encoder.hpp"
#include "audio/format.hpp"

struct OpusDecoder;
struct OpusEncoder;

/// Opus by libopus. A message is one packet (RFC 6716), without a container.
namespace audio_stream::audio::codec {

/// Whether Opus has packets of this rate and length: 8000, 12000, 16000, 24000 or 48000 Hz, and 20,
/// 40 or 60 ms (RFC 6716, 2.1).
bool opus_takes(std::uint32_t rate_hz, std::uint32_t packet_ms) noexcept;

/// A shorter packet, as the last one may be, is filled with silence.
class OpusPackets final : public Encoder {
 public:
  static std::unique_ptr<OpusPackets> create(Format format, std::uint32_t packet_ms,
                                             const OpusSettings& settings);

  std::span<const std::byte> encode(std::span<const std::int16_t> samples) override;
  void reset() noexcept override;

 private:
  struct Destroy {
    void operator()(OpusEncoder* encoder) const noexcept;
  };
  OpusPackets(std::unique_ptr<OpusEncoder, Destroy> encoder, Format format,
              std::uint32_t packet_ms);

  std::unique_ptr<OpusEncoder, Destroy> encoder_;
  const std::size_t frame_;  // samples per channel
  const std::uint8_t channels_;
  std::vector<std::int16_t> padded_;  // a short packet
  std::vector<std::byte> packet_;
};

/// Decodes packets to mono. libopus conceals the loss of packets that lost() reports.
class OpusPacketDecoder {
 public:
  static constexpr std::uint32_t kRateHz = 48'000;
  /// A packet has at most 120 ms (RFC 6716, 2.1.4).
  static constexpr std::size_t kMostSamples = std::size_t{kRateHz} * 120 / 1000;

  /// None for want of memory.
  static std::unique_ptr<OpusPacketDecoder> create();

  /// Appends the samples of a packet, at kRateHz. False if it is no Opus packet.
  bool decode(std::span<const std::byte> packet, std::vector<std::int16_t>& samples);
  /// Appends what replaces `lost_ms` (at most 120) of audio that was lost.
  void conceal(std::uint32_t lost_ms, std::vector<std::int16_t>& samples);
  /// The next packet does not continue the last one.
  void reset() noexcept;

 private:
  struct Destroy {
    void operator()(OpusDecoder* decoder) const noexcept;
  };
  explicit OpusPacketDecoder(std::unique_ptr<OpusDecoder, Destroy> decoder)
      : decoder_{std::move(decoder)} {}

  std::unique_ptr<OpusDecoder, Destroy> decoder_;
};

}  // namespace audio_stream::audio::codec
