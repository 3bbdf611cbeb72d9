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

/// Packets of one size, shared by all streams that need that size.
///
/// Queues are nearly always empty, so the pool holds one common reserve for peak demand instead of
/// one for each stream. Media threads take packets and I/O threads return them without lock or
/// allocation. The other threads grow and shrink the pool (ensure(), trim()), which maps and unmaps
/// pages.
///
/// The reserve covers two cases: an I/O thread that is late cannot grow the pool, and after the
/// machine stood still all calls deliver their backlog at once. The reserve has addresses but takes
/// no memory until it is used.
///
/// The pool must outlive its packets.
class PacketPool {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Packets hold up to `samples` (all channels). The pool never uses more than `max_bytes`.
  PacketPool(std::size_t samples, std::size_t max_bytes);
  ~PacketPool();
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  /// An empty packet, or null if the pool is empty. Lock-free; any thread.
  PacketPtr take() noexcept;

  /// Grows until at least `packets` are free or the bound is reached. Allocates, so never call it
  /// on a media thread. Cheap if there is nothing to do.
  void ensure(std::size_t packets);

  /// Returns memory to the system that peak demand took and that is now unused. Does so at most
  /// once in kTrimEvery, or once in kTrimAfterNone if the last attempt freed nothing. Packets for
  /// the usual demand of the highest number of concurrent streams stay. Not on a media thread.
  /// Cheap if there is nothing to do.
  void trim(Time now) noexcept;
  static constexpr std::chrono::seconds kTrimEvery{1};
  static constexpr std::chrono::seconds kTrimAfterNone{10};

  /// A stream's demand on a pool, in packets.
  struct Need {
    std::size_t usual = 0;    ///< usual demand; backed with memory from the start
    std::size_t reserve = 0;  ///< kept free for the case that its I/O thread is late
  };
  /// Adds or removes a stream's demand.
  void join(Need need);
  void leave(Need need) noexcept;
  /// The number of packets that should be free: the reserves of the joined streams, up to three
  /// quarters of the pool's bound.
  [[nodiscard]] std::size_t target_free() const noexcept;

  /// Whether `packet` belongs to the usual demand, whose memory stays. Its user may keep it for
  /// reuse.
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

  // A list of block numbers. The head carries a tag that changes with every operation. Without it,
  // a thread preempted in take() could install a stale successor (ABA).
  struct FreeList {
    alignas(64) std::atomic<std::uint64_t> head{kNone};  // tag in the upper 32 bits
    std::atomic<std::size_t> count{0};
  };
  /// Linked blocks that are not in a list.
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
  // Slabs below number kept_slabs_ serve the usual demand, and take() uses their packets first. So
  // all packets of the other slabs come back when peak demand is over.
  FreeList kept_;
  FreeList spare_;
  alignas(64) std::atomic<std::size_t> total_{0};
  std::atomic<std::size_t> users_{0};
  std::atomic<std::size_t> usual_{0};         // sum over all users
  std::atomic<std::size_t> reserved_{0};      // sum over all users
  std::atomic<std::uint32_t> kept_slabs_{0};  // never decreases
  std::atomic<Time> next_trim_{Time::min()};
  std::mutex growing_;
  std::size_t last_free_ = kMaxSlabs - 1;  // every slab above it is mapped; guarded by growing_
  std::unique_ptr<std::array<std::unique_ptr<Slab>, kMaxSlabs>> slabs_;
};

}  // namespace audio_stream::audio
