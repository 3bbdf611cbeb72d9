#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "audio/packet.hpp"

namespace audio_stream::audio {

/// Packets of one size, shared by every stream that needs that size.
///
/// Queues are nearly always empty, so the packets that a stream needs only in its worst moment are
/// kept once for all streams. Media threads take packets and I/O threads give them back without
/// lock or allocation. The other threads grow and shrink the pool (ensure(), trim()), which asks
/// the system for pages and gives them back. An I/O thread that is late can't grow the pool, and
/// after the machine has stood still all calls bring what they missed at once. For these cases
/// there is a reserve, which has addresses but takes no memory until it is used. The pool must
/// outlive its packets.
class PacketPool {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Packets hold up to `samples` (all channels); the pool never takes more than `max_bytes`.
  PacketPool(std::size_t samples, std::size_t max_bytes);
  ~PacketPool();
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  /// An empty packet, or none where the pool has run dry. Lock-free; any thread.
  PacketPtr take() noexcept;

  /// Grows until at least `packets` are free, or the bound is reached. Allocates; never on a media
  /// thread. Cheap where nothing is to do.
  void ensure(std::size_t packets);

  /// Gives back to the system what a bad moment took and nobody needs any more, once in kTrimEvery;
  /// or in kTrimAfterNone, where nothing could go the last time.
  /// What the streams there have been at a time need in usual moments stays. Not on a media thread;
  /// cheap where nothing is to do.
  void trim(Time now) noexcept;
  static constexpr std::chrono::seconds kTrimEvery{1};
  static constexpr std::chrono::seconds kTrimAfterNone{10};

  /// What a stream needs of a pool, in packets.
  struct Need {
    std::size_t usual = 0;    ///< in usual moments; these have memory from the start
    std::size_t reserve = 0;  ///< free for a moment in which its I/O thread is late
  };
  /// A stream uses this pool from now on, or not any more.
  void join(Need need);
  void leave(Need need) noexcept;
  /// What should be free: the reserves of the streams that joined, up to three quarters of what the
  /// pool may have.
  [[nodiscard]] std::size_t target_free() const noexcept;

  /// Whether `packet` is of those for usual moments, which stay: its user may as well keep it to
  /// use it again.
  [[nodiscard]] bool stays(const Packet& packet) const noexcept {
    return packet.index_ / kPacketsPerSlab < kept_slabs_.load(std::memory_order_relaxed);
  }

  [[nodiscard]] std::size_t free_packets() const noexcept {
    return kept_.count.load(std::memory_order_relaxed) +
           spare_.count.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t total_packets() const noexcept {
    return total_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t packet_samples() const noexcept { return samples_; }

 private:
  friend struct ReturnToPool;

  struct Slab;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  static constexpr std::uint32_t kPacketsPerSlab = 64;
  static constexpr std::size_t kMaxSlabs = 4096;

  // Block numbers. The head carries a tag that changes with every operation, without which a thread
  // that was preempted in take() could bring back a stale successor (ABA).
  struct FreeList {
    alignas(64) std::atomic<std::uint64_t> head{kNone};  // tag in the upper half
    std::atomic<std::size_t> count{0};
  };
  /// Blocks on their way into a list.
  struct Chain {
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
    std::size_t count = 0;
  };

  void recycle(Packet& packet) noexcept;
  [[nodiscard]] void* at(std::uint32_t index) const noexcept;
  [[nodiscard]] std::atomic<std::uint32_t>& next(std::uint32_t index) const noexcept;
  void lengthen(Chain& chain, std::uint32_t index) const noexcept;
  void push(FreeList& list, const Chain& chain) noexcept;
  std::uint32_t pop(FreeList& list) noexcept;
  [[nodiscard]] FreeList& list_of(std::uint32_t slab) noexcept;
  [[nodiscard]] bool is_there(std::size_t slab) const noexcept;
  [[nodiscard]] bool is_full() const noexcept;
  bool grow_reserve();
  void add_slab(std::size_t number);
  void keep(std::size_t slabs);
  [[nodiscard]] std::size_t surplus() const noexcept;
  std::size_t sort_out(const Chain& chain) noexcept;

  const std::size_t samples_;
  const std::size_t block_bytes_;
  const std::size_t max_slabs_;
  // Slabs are told apart by their number: those below kept_slabs_ are for usual moments, and their
  // packets are taken first. So the packets of the others all come home when a bad moment is over.
  FreeList kept_;
  FreeList spare_;
  alignas(64) std::atomic<std::size_t> total_{0};
  std::atomic<std::size_t> users_{0};
  std::atomic<std::size_t> usual_{0};         // of all users together
  std::atomic<std::size_t> reserved_{0};      // the same
  std::atomic<std::uint32_t> kept_slabs_{0};  // never less than it was
  std::atomic<Time> next_trim_{Time::min()};
  std::mutex growing_;
  std::size_t last_free_ = kMaxSlabs - 1;  // no slab behind it lacks memory; guarded by growing_
  std::unique_ptr<std::array<std::unique_ptr<Slab>, kMaxSlabs>> slabs_;
};

}  // namespace audio_stream::audio
