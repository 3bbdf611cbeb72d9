#pragma once

#include <array>
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
///
/// A packet goes by every few milliseconds, and meanwhile the calls' own work has filled the
/// caches. So what counts is how many lines of memory a push or a pop touches, and not which of the
/// two threads touched them last: all of the queue that they look at is in one, and the slot in
/// another.
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
  static constexpr std::size_t kLine = 64;
  static constexpr std::size_t kSlotsInALine = kLine / sizeof(void*);

  struct alignas(kLine) Slots {
    std::array<std::atomic<audio::Packet*>, kSlotsInALine> at{};
  };

  /// Slots, and how many lines of them: a power of two, in the bits that their alignment leaves
  /// free, so that both are read at once.
  class Ring {
   public:
    Ring() = default;
    Ring(Slots* slots, std::size_t lines) noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return kSlotsInALine << (word_ % kLine); }
    [[nodiscard]] std::atomic<audio::Packet*>& slot(std::uint64_t position) const noexcept;

   private:
    std::uintptr_t word_ = 0;
  };

  Ring add_ring(std::size_t room);
  Ring ring_to_push(std::uint64_t tail, std::uint64_t used) noexcept;

  alignas(kLine) std::atomic<std::uint64_t> tail_{0};  // next to be pushed; written by the pusher
  std::atomic<std::uint64_t> head_{0};  // next to be popped; whoever moves it owns it
  std::atomic<Ring> ring_;              // written by the pusher only
  std::atomic<Ring> newest_;            // for the pusher to move to once it has to
  const std::size_t capacity_;
  // All there ever were, of the thread that makes room: whoever pops may still look into an old
  // one. Together they are as large as the last.
  std::vector<std::unique_ptr<Slots[]>> rings_;
};

}  // namespace audio_stream::stream
