#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace audio_stream::audio::codec {

/// Writes a stream's samples as bytes, between the packet and the dialect. One stream's, on its I/O
/// thread.
class Encoder {
 public:
  Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  virtual ~Encoder() = default;

  /// The bytes of `samples` (16 bits, all channels, interleaved). The view may point into `samples`
  /// or into the encoder, and holds until either changes.
  virtual std::span<const std::byte> encode(std::span<const std::int16_t> samples) = 0;
  /// The next samples do not continue the last ones: audio was lost, or is sent anew.
  virtual void reset() noexcept = 0;
};

/// The cost of a packet of 20 ms in an encoder, in quarters of the cost of a message that is sent
/// as it is. The load balancer adds it.
struct EncoderCost {
  std::size_t quarters = 0;
};

/// L16 in host order, which is little-endian on every machine FreeSWITCH runs on: the samples
/// themselves, not copied.
class L16Encoder final : public Encoder {
 public:
  static constexpr EncoderCost kCost{0};

  std::span<const std::byte> encode(std::span<const std::int16_t> samples) override {
    return std::as_bytes(samples);
  }
  void reset() noexcept override {}
};

}  // namespace audio_stream::audio::codec
