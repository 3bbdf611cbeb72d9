#pragma once

#include <cstddef>
#include <cstdint>

namespace audio_stream::audio {

/// How many samples each packet of a stream holds, so that packets end exactly at N ms, 2N ms, 3N
/// ms... of audio. At most rates all packets have the same size. At 11025 Hz, packets of 20 ms hold
/// 220 and 221 samples in turn.
class PacketClock {
 public:
  PacketClock(std::uint32_t rate_hz, std::uint32_t packet_ms) noexcept
      : rate_hz_{rate_hz}, packet_ms_{packet_ms} {}

  /// Samples per channel of the current packet.
  [[nodiscard]] std::size_t samples() const noexcept { return end(number_ + 1) - end(number_); }
  /// The maximum that any packet holds, per channel.
  [[nodiscard]] std::size_t most_samples() const noexcept {
    return (std::size_t{rate_hz_} * packet_ms_ + 999) / 1000;
  }
  void advance() noexcept { ++number_; }
  /// Advances by the number of whole packets in `samples`, and returns the samples that those
  /// packets hold.
  std::size_t skip(std::size_t samples) noexcept {
    const std::size_t begin = end(number_);
    // The last packet number whose packet ends at or before `begin + samples`.
    number_ = ((begin + samples + 1) * 1000 - 1) / (std::uint64_t{packet_ms_} * rate_hz_);
    return end(number_) - begin;
  }

 private:
  [[nodiscard]] std::size_t end(std::uint64_t packets) const noexcept {
    return packets * packet_ms_ * rate_hz_ / 1000;
  }

  std::uint32_t rate_hz_;
  std::uint32_t packet_ms_;
  std::uint64_t number_ = 0;
};

}  // namespace audio_stream::audio
