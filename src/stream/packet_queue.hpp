#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "audio/packet.hpp"

namespace audio_stream::stream {

/// Packets on their way from the media thread to the I/O thread: bounded, lock-free, and what does
/// not fit costs the oldest packet, since old audio is worth least to who listens live.
///
/// One thread pushes; any thread may pop, and the pushing one does so itself to make room. Queues
/// are nearly always empty: one begins small, and its I/O thread has it grow to its capacity
/// (make_room()) while packets gather.
class PacketQueue {
 public:
  explicit PacketQueue(std::size_t capacity);
  ~PacketQueue();
  PacketQueue(const PacketQueue&) = delete;
  PacketQueue& operator=(const PacketQueue&) = delete;

  /// So much fits in without make_room(): at 20 ms more than a second in which the I/O thread may
  /// be late, or that a call may have to say at once.
  static constexpr std::size_t kFirstRoom = 64;

  /// Takes `packet` in. Returns the oldest one if it had to go for it. Media thread.
  audio::PacketPtr push(audio::PacketPtr packet) noexcept;

  /// The oldest packet, or none.
  audio::PacketPtr pop() noexcept;

  /// Sees that there is room for as many again as wait, up to the capacity. Allocates; one thread
  /// at a time, never a media thread. Cheap where nothing is to do.
  void make_room();

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  struct Ring {
    explicit Ring(std::size_t room);
    [[nodiscard]] std::atomic<audio::Packet*>& slot(std::uint64_t position) const noexcept {
      return slots[position & (size - 1)];
    }
    const std::size_t size;  // a power of two
    const std::unique_ptr<std::atomic<audio::Packet*>[]> slots;
  };

  Ring& add_ring(std::size_t room);
  Ring& ring_to_push(std::uint64_t tail, std::uint64_t used) noexcept;

  const std::size_t capacity_;
  // All there ever were, of the thread that makes room: whoever pops may still look into an old
  // one. Together they are as large as the last.
  std::vector<std::unique_ptr<Ring>> rings_;
  std::atomic<Ring*> larger_{nullptr};              // for the pusher to move to once it has to
  std::atomic<Ring*> ring_;                         // written by the pusher only
  alignas(64) std::atomic<std::uint64_t> tail_{0};  // next to be pushed; written by the pusher only
  alignas(64) std::atomic<std::uint64_t> head_{0};  // next to be popped; whoever moves it owns it
};

}  // namespace audio_stream::stream
