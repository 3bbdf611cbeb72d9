#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "audio/packet.hpp"

namespace audio_stream::stream {

/// Packets on their way from the media thread to the I/O thread. Bounded and lock-free. A full
/// queue drops its oldest packet, because a live listener needs old audio least.
///
/// One thread pushes. Any thread may pop, and the pushing thread pops to make room. All slots exist
/// from the start (2 KiB for 5 s of packets of 20 ms), so room does not depend on the popping
/// thread.
///
/// A packet passes every few milliseconds, and meanwhile the calls' own work fills the caches. So
/// the cost of a push or a pop is the number of cache lines it touches: one for the queue, one for
/// the slot.
class PacketQueue {
 public:
  explicit PacketQueue(std::size_t capacity);
  ~PacketQueue();
  PacketQueue(const PacketQueue&) = delete;
  PacketQueue& operator=(const PacketQueue&) = delete;

  /// Queues `packet`. Returns the oldest packet if it was dropped for it. Media thread.
  audio::PacketPtr push(audio::PacketPtr packet) noexcept;

  /// The oldest packet, or none.
  audio::PacketPtr pop() noexcept;

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  using Slot = std::atomic<audio::Packet*>;

  [[nodiscard]] Slot& slot(std::uint64_t position) const noexcept {
    return slots_[position & last_slot_];
  }

  alignas(64) std::atomic<std::uint64_t> tail_{0};  // next to be pushed; written by the pusher
  std::atomic<std::uint64_t> head_{0};              // next to be popped; advanced by each popper
  const std::size_t capacity_;
  const std::size_t last_slot_;  // the number of slots is a power of two
  const std::unique_ptr<Slot[]> slots_;
};

}  // namespace audio_stream::stream
