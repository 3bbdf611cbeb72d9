#include "audio/packet_pool.hpp"

#include <algorithm>
#include <new>

namespace audio_stream::audio {
namespace {

// For each stream the pool keeps room for this many packets: at 20 ms a sixth of a second in which
// the I/O thread may be late before it grows the pool.
constexpr std::size_t kPacketsPerStream = 8;
constexpr std::size_t kAlignment = 64;

constexpr std::size_t rounded_up(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

struct PacketPool::Slab {
  struct Release {
    void operator()(std::byte* slab) const noexcept {
      ::operator delete[](slab, std::align_val_t{kAlignment});
    }
  };

  explicit Slab(std::size_t block_bytes)
      : memory{static_cast<std::byte*>(
            ::operator new[](block_bytes* kPacketsPerSlab, std::align_val_t{kAlignment}))} {}

  std::array<std::atomic<std::uint32_t>, kPacketsPerSlab> next{};
  std::unique_ptr<std::byte[], Release> memory;
};

PacketPool::PacketPool(std::size_t samples, std::size_t max_bytes)
    : samples_{samples},
      block_bytes_{rounded_up(sizeof(Packet) + samples * sizeof(std::int16_t))},
      max_slabs_{
          std::clamp<std::size_t>(max_bytes / (block_bytes_ * kPacketsPerSlab), 1, kMaxSlabs)},
      head_{kNone},
      slabs_{std::make_unique<std::array<std::unique_ptr<Slab>, kMaxSlabs>>()} {}

PacketPool::~PacketPool() = default;

Packet* PacketPool::at(std::uint32_t index) const noexcept {
  std::byte* slab = (*slabs_)[index / kPacketsPerSlab]->memory.get();
  return std::launder(
      reinterpret_cast<Packet*>(slab + std::size_t{index % kPacketsPerSlab} * block_bytes_));
}

std::atomic<std::uint32_t>& PacketPool::next(std::uint32_t index) const noexcept {
  return (*slabs_)[index / kPacketsPerSlab]->next[index % kPacketsPerSlab];
}

void PacketPool::push(std::uint32_t index) noexcept {
  std::uint64_t head = head_.load(std::memory_order_relaxed);
  std::uint64_t wanted = 0;
  do {
    next(index).store(static_cast<std::uint32_t>(head), std::memory_order_relaxed);
    wanted = (((head >> 32) + 1) << 32) | index;
  } while (!head_.compare_exchange_weak(head, wanted, std::memory_order_release,
                                        std::memory_order_relaxed));
  free_.fetch_add(1, std::memory_order_relaxed);
}

PacketPtr PacketPool::take() noexcept {
  std::uint64_t head = head_.load(std::memory_order_acquire);
  while (true) {
    const auto index = static_cast<std::uint32_t>(head);
    if (index == kNone) return nullptr;
    const std::uint64_t wanted =
        (((head >> 32) + 1) << 32) | next(index).load(std::memory_order_relaxed);
    if (head_.compare_exchange_weak(head, wanted, std::memory_order_acquire,
                                    std::memory_order_acquire)) {
      free_.fetch_sub(1, std::memory_order_relaxed);
      Packet* packet = at(index);
      packet->clear();
      return PacketPtr{packet};
    }
  }
}

void PacketPool::give_back(Packet& packet) noexcept {
  push(packet.index_);
}

void ReturnToPool::operator()(Packet* packet) const noexcept {
  packet->pool_.give_back(*packet);
}

bool PacketPool::add_slab() {
  const std::size_t number = total_.load(std::memory_order_relaxed) / kPacketsPerSlab;
  if (number >= max_slabs_) return false;
  auto slab = std::make_unique<Slab>(block_bytes_);
  const auto first = static_cast<std::uint32_t>(number * kPacketsPerSlab);
  for (std::uint32_t i = 0; i < kPacketsPerSlab; ++i) {
    ::new (slab->memory.get() + std::size_t{i} * block_bytes_)
        Packet{*this, first + i, static_cast<std::uint32_t>(samples_)};
  }
  // Published to the other threads by the release in push().
  (*slabs_)[number] = std::move(slab);
  total_.fetch_add(kPacketsPerSlab, std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < kPacketsPerSlab; ++i) push(first + i);
  return true;
}

void PacketPool::ensure(std::size_t packets) {
  if (free_packets() >= packets) return;
  const std::lock_guard lock{growing_};
  while (free_packets() < packets && add_slab()) {
  }
}

void PacketPool::join() {
  users_.fetch_add(1, std::memory_order_relaxed);
  ensure(comfortable());
}

void PacketPool::leave() noexcept {
  users_.fetch_sub(1, std::memory_order_relaxed);
}

std::size_t PacketPool::comfortable() const noexcept {
  return (users_.load(std::memory_order_relaxed) + 1) * kPacketsPerStream;
}

}  // namespace audio_stream::audio
