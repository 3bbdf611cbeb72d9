#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "audio/packet.hpp"

namespace audio_stream::audio {

/// Packets of one size, shared by every stream that needs that size.
///
/// Queues are nearly always empty, so a packet each stream would have to keep for its worst moment
/// is better kept once for all of them. Media threads take packets and I/O threads give them back
/// without lock or allocation; growing, which allocates, is the business of the other threads
/// (ensure()). The memory stays with the pool until the pool ends: it must outlive its packets.
class PacketPool {
 public:
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

  /// Streams that use this pool: each adds to what is kept free.
  void join();
  void leave() noexcept;
  /// What should be free for the streams that joined: room for a busy moment of each.
  [[nodiscard]] std::size_t comfortable() const noexcept;

  [[nodiscard]] std::size_t free_packets() const noexcept {
    return free_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t total_packets() const noexcept {
    return total_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t packet_samples() const noexcept { return samples_; }

 private:
  friend struct ReturnToPool;

  // A free list of block numbers. The head carries a tag that changes with every operation, without
  // which a thread that was preempted in take() could bring back a stale successor (ABA).
  struct Slab;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  static constexpr std::uint32_t kPacketsPerSlab = 64;
  static constexpr std::size_t kMaxSlabs = 4096;

  void give_back(Packet& packet) noexcept;
  [[nodiscard]] Packet* at(std::uint32_t index) const noexcept;
  [[nodiscard]] std::atomic<std::uint32_t>& next(std::uint32_t index) const noexcept;
  void push(std::uint32_t index) noexcept;
  bool add_slab();

  const std::size_t samples_;
  const std::size_t block_bytes_;
  const std::size_t max_slabs_;
  alignas(64) std::atomic<std::uint64_t> head_;  // tag in the upper half, block number in the lower
  alignas(64) std::atomic<std::size_t> free_{0};
  std::atomic<std::size_t> total_{0};
  std::atomic<std::size_t> users_{0};
  std::mutex growing_;
  std::unique_ptr<std::array<std::unique_ptr<Slab>, kMaxSlabs>> slabs_;
};

}  // namespace audio_stream::audio
