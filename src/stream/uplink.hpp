#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "audio/format.hpp"
#include "audio/leg_frame.hpp"
#include "audio/packet.hpp"
#include "audio/packet_clock.hpp"
#include "audio/packet_pool.hpp"
#include "audio/resampler.hpp"
#include "stream/counters.hpp"
#include "stream/packet_queue.hpp"

namespace audio_stream::stream {

/// The way of a frame from the media bug to the queue: mixed, resampled, cut into packets.
///
/// write() and finish() belong to the call's media thread (to one thread at a time), pop() to the
/// I/O thread, pause() to any. Once running it allocates nothing, locks nothing and makes no system
/// call.
class Uplink {
 public:
  struct Shape {
    audio::Mix mix;
    std::uint32_t rate_hz;
    std::uint32_t packet_ms;
    std::uint32_t queue_ms;  ///< bound of the queue
  };

  /// `call_rate_hz` is the call's rate now; it may change later. `pool` has packets of
  /// packet_samples(shape) and outlives the uplink.
  static tl::expected<std::unique_ptr<Uplink>, std::string> create(const Shape& shape,
                                                                   std::uint32_t call_rate_hz,
                                                                   audio::PacketPool& pool,
                                                                   Counters& counters);

  /// Samples of all channels that the largest packet of such a stream holds.
  static std::size_t packet_samples(const Shape& shape) noexcept;

  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;
  ~Uplink();

  /// Takes a frame in. True if a packet became ready: the I/O thread should be told.
  bool write(const audio::LegFrame& frame) noexcept;

  /// No frame will follow: what there is of a last packet is queued, shorter than the others.
  bool finish() noexcept;

  void pause(bool paused) noexcept { paused_.store(paused, std::memory_order_relaxed); }
  [[nodiscard]] bool paused() const noexcept { return paused_.load(std::memory_order_relaxed); }

  audio::PacketPtr pop() noexcept { return queue_.pop(); }
  /// Milliseconds of audio that wait to be sent.
  [[nodiscard]] std::uint64_t queued_ms() const noexcept;
  /// Grows the pool where it runs low. I/O thread.
  void replenish();

 private:
  struct Private {};  // only create() makes one

 public:
  Uplink(Private tag, const Shape& shape, audio::Resampler resampler, audio::PacketPtr first,
         audio::PacketPool& pool, Counters& counters);

 private:
  bool append(std::span<const std::int16_t> mixed) noexcept;
  void count_dropped(const audio::Packet& packet) noexcept;
  void enqueue() noexcept;

  const Shape shape_;
  const std::uint8_t channels_;
  audio::Resampler resampler_;
  audio::PacketClock clock_;
  audio::PacketPool& pool_;
  Counters& counters_;
  PacketQueue queue_;
  audio::PacketPtr filling_;    // until finish()
  std::size_t missing_ = 0;     // samples per channel that the current packet still needs
  std::uint64_t position_ = 0;  // of the next sample
  std::atomic<bool> paused_{false};
};

}  // namespace audio_stream::stream
