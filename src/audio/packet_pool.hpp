#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "audio/mapped_pages.hpp"
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
/// The pool consists of slabs of 64 packets, and a slab has one bit for each free packet. take()
/// uses the slab with the lowest number first. So after peak demand the last slabs become free as a
/// whole, and trim() unmaps them.
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

  /// As take(), but grows the pool if no packet is free. Null only at the bound. Allocates, so
  /// never call it on a media thread.
  PacketPtr take_or_grow();

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
    return free_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t total_packets() const noexcept {
    return total_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t packet_samples() const noexcept { return samples_; }

 private:
  friend struct ReturnToPool;

  static constexpr std::uint32_t kPacketsPerSlab = 64;
  static constexpr std::size_t kMaxSlabs = 4096;
  struct Slab {
    std::atomic<std::uint64_t> free{0};  ///< bit n: packet n is free
    MappedPages memory;                  ///< none: the slab has no packets. Guarded by growing_
  };

  PacketPtr take_from(std::size_t first, std::size_t end) noexcept;
  void recycle(const Packet& packet) noexcept;
  [[nodiscard]] bool is_full() const noexcept {
    return total_packets() / kPacketsPerSlab >= slab_count_;
  }
  void keep(std::size_t slabs);
  void add_slab(std::size_t number);
  bool claim(Slab& slab) noexcept;
  void release(Slab& slab) noexcept;
  [[nodiscard]] std::size_t surplus() const noexcept;

  const std::size_t samples_;
  const std::size_t block_bytes_;
  const std::size_t slab_count_;
  const std::unique_ptr<Slab[]> slabs_;
  alignas(64) std::atomic<std::size_t> free_{0};
  std::atomic<std::size_t> begin_{0};  // a hint: the slabs below it have no free packet
  std::atomic<std::size_t> end_{0};    // the slabs from it on have never had memory
  alignas(64) std::atomic<std::size_t> total_{0};
  std::atomic<std::size_t> users_{0};
  std::atomic<std::size_t> usual_{0};       // sum over all users
  std::atomic<std::size_t> reserved_{0};    // sum over all users
  std::atomic<std::size_t> kept_slabs_{0};  // the first slabs, for usual demand; never decreases
  std::atomic<Time> next_trim_{Time::min()};
  std::mutex growing_;
};

}  // namespace audio_stream::audio
