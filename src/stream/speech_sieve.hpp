#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "audio/packet.hpp"
#include "stream/packet_queue.hpp"

namespace audio_stream::stream {

/// Lets only packets with speech through. The packets directly before the speech are held until it
/// begins, and then go through too; older ones are left out.
///
/// For the thread that has the uplink's turn. Lock-free, allocates nothing once it exists.
class SpeechSieve {
 public:
  /// What goes through before speech, at least: it covers the time in which speech is noticed.
  static constexpr std::uint32_t kPreRollMs = 360;

  explicit SpeechSieve(std::uint32_t packet_ms, std::uint8_t channels)
      : held_{packets(packet_ms)}, channels_{channels} {}

  [[nodiscard]] std::size_t capacity() const noexcept { return held_.capacity(); }
  /// The packet that is being filled has speech. Call it while the caller speaks.
  void speaks() noexcept { speaks_ = true; }

  /// Passes a full packet, and those held before it, to `sink` in their order, or holds it.
  /// `speaking`: the next packet begins with speech. Returns the samples per channel that are left
  /// out for good.
  template <class Sink>  // void(audio::PacketPtr)
  std::uint64_t pass(audio::PacketPtr packet, bool speaking, Sink&& sink) noexcept {
    if (!std::exchange(speaks_, speaking)) {
      const audio::PacketPtr oldest = held_.push(std::move(packet));
      if (!oldest) return 0;
      const std::uint64_t samples = oldest->size() / channels_ + oldest->filler;
      left_out_ += samples;
      return samples;
    }
    while (audio::PacketPtr held = held_.pop()) send(std::move(held), sink);
    send(std::move(packet), sink);
    return 0;
  }
  void clear() noexcept {
    while (held_.pop()) {
    }
  }

 private:
  static std::size_t packets(std::uint32_t packet_ms) noexcept {
    return (kPreRollMs + packet_ms - 1) / packet_ms;
  }
  template <class Sink>
  void send(audio::PacketPtr packet, Sink& sink) noexcept {
    packet->left_out = left_out_;
    sink(std::move(packet));
  }

  PacketQueue held_;
  const std::uint8_t channels_;
  bool speaks_ = false;
  std::uint64_t left_out_ = 0;  // since `start`
};

}  // namespace audio_stream::stream
