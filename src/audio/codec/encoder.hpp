#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "audio/codec/encoding.hpp"
#include "audio/format.hpp"

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
EncoderCost cost_of(Encoding encoding) noexcept;

/// L16 in host order, which is little-endian on every machine FreeSWITCH runs on: the samples
/// themselves, not copied.
class L16Encoder final : public Encoder {
 public:
  std::span<const std::byte> encode(std::span<const std::int16_t> samples) override {
    return std::as_bytes(samples);
  }
  void reset() noexcept override {}
};

/// G.711. Allocates for the longest packet, once.
class G711Encoder final : public Encoder {
 public:
  enum class Law : std::uint8_t { mu, a };
  explicit G711Encoder(Law law) noexcept : law_{law} {}

  std::span<const std::byte> encode(std::span<const std::int16_t> samples) override;
  void reset() noexcept override {}

 private:
  const Law law_;
  std::vector<std::byte> bytes_;
};

/// 32-bit float. Allocates for the longest packet, once.
class F32Encoder final : public Encoder {
 public:
  std::span<const std::byte> encode(std::span<const std::int16_t> samples) override;
  void reset() noexcept override {}

 private:
  std::vector<float> floats_;
};

/// Settings of an OpusEncoder.
struct OpusSettings {
  std::uint32_t bits_per_second = 0;  ///< 0: libopus chooses
  bool dtx = false;                   ///< fewer bytes for silence
  std::uint32_t loss_percent = 0;     ///< above 0: forward error correction for such a loss
};

/// An encoder for packets of that format and length. `opus`: the format and the length are among
/// those that opus_takes() accepts.
std::unique_ptr<Encoder> make_encoder(Encoding encoding, Format format, std::uint32_t packet_ms,
                                      const OpusSettings& opus = {});

/// An encoder of one channel whose output has another rate than the samples. None if the rates
/// can't be converted.
std::unique_ptr<Encoder> make_converting_encoder(std::uint32_t rate_hz, Encoding encoding,
                                                 std::uint32_t wire_rate_hz);

}  // namespace audio_stream::audio::codec
