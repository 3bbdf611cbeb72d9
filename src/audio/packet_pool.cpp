#include "audio/packet_pool.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <type_traits>
#include <utility>

namespace audio_stream::audio {
namespace {

// Free packets beyond the streams' reserves, for the next stream.
constexpr std::size_t kForTheNext = 32;
constexpr std::size_t kAlignment = 64;
constexpr std::uint64_t kAllFree = ~std::uint64_t{0};

constexpr std::size_t rounded_up(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

PacketPool::PacketPool(std::size_t samples, std::size_t max_bytes)
    : samples_{samples},
      block_bytes_{rounded_up(sizeof(Packet) + samples * sizeof(std::int16_t))},
      slab_count_{
          std::clamp<std::size_t>(max_bytes / (block_bytes_ * kPacketsPerSlab), 1, kMaxSlabs)},
      slabs_{std::make_unique<Slab[]>(slab_count_)} {}

PacketPool::~PacketPool() = default;

// ---- taking and returning ---------------------------------------------------------------------

PacketPtr PacketPool::take() noexcept {
  // An exhausted pool is not searched: all media threads ask it at each packet.
  if (free_packets() == 0) return nullptr;
  const std::size_t begin = begin_.load(std::memory_order_relaxed);
  const std::size_t end = end_.load(std::memory_order_acquire);
  if (PacketPtr packet = take_from(begin, end)) return packet;
  // The hint was too high: a packet came back below it.
  return take_from(0, std::min(begin, end));
}

PacketPtr PacketPool::take_or_grow() {
  if (PacketPtr packet = take()) return packet;
  // The lock keeps trim() from holding free packets. Other threads may take what a growth adds.
  const std::lock_guard lock{growing_};
  for (std::size_t number = 0;; ++number) {
    if (PacketPtr packet = take_from(0, end_.load(std::memory_order_relaxed))) return packet;
    while (number < slab_count_ && !slabs_[number].memory.empty()) ++number;
    if (number == slab_count_) return nullptr;
    add_slab(number);
  }
}

PacketPtr PacketPool::take_from(std::size_t first, std::size_t end) noexcept {
  for (std::size_t number = first; number < end; ++number) {
    Slab& slab = slabs_[number];
    std::uint64_t free = slab.free.load(std::memory_order_relaxed);
    while (free != 0) {
      const std::uint64_t others = free & (free - 1);
      // The acquire meets the release of add_slab() or of the thread that returned the packet.
      if (!slab.free.compare_exchange_weak(free, others, std::memory_order_acquire,
                                           std::memory_order_relaxed)) {
        continue;
      }
      free_.fetch_sub(1, std::memory_order_relaxed);
      if (number != begin_.load(std::memory_order_relaxed)) {
        begin_.store(number, std::memory_order_relaxed);
      }
      const auto place = static_cast<std::size_t>(std::countr_zero(free));
      // Constructed only here: a free block is either untouched or holds an old packet, which needs
      // no destructor.
      static_assert(std::is_trivially_destructible_v<Packet>);
      return PacketPtr{::new (slab.memory.begin() + place * block_bytes_) Packet{
          *this, static_cast<std::uint32_t>(number * kPacketsPerSlab + place),
          static_cast<std::uint32_t>(samples_)}};
    }
  }
  return nullptr;
}

void PacketPool::recycle(const Packet& packet) noexcept {
  const std::size_t number = packet.index_ / kPacketsPerSlab;
  const std::uint64_t bit = std::uint64_t{1} << (packet.index_ % kPacketsPerSlab);
  free_.fetch_add(1, std::memory_order_relaxed);  // first: the count never falls below zero
  slabs_[number].free.fetch_or(bit, std::memory_order_release);
  if (number < begin_.load(std::memory_order_relaxed)) {
    begin_.store(number, std::memory_order_relaxed);
  }
}

void ReturnToPool::operator()(Packet* packet) const noexcept {
  packet->pool_.recycle(*packet);
}

// ---- growing and shrinking --------------------------------------------------------------------

void PacketPool::ensure(std::size_t packets) {
  if (free_packets() >= packets || is_full()) return;
  const std::lock_guard lock{growing_};
  for (std::size_t number = 0; number < slab_count_ && free_packets() < packets; ++number) {
    if (slabs_[number].memory.empty()) add_slab(number);
  }
}

void PacketPool::add_slab(std::size_t number) {
  Slab& slab = slabs_[number];
  slab.memory = MappedPages{block_bytes_ * kPacketsPerSlab};
  if (number < kept_slabs_.load(std::memory_order_relaxed)) slab.memory.populate();
  total_.fetch_add(kPacketsPerSlab, std::memory_order_relaxed);
  release(slab);
  if (number >= end_.load(std::memory_order_relaxed)) {
    end_.store(number + 1, std::memory_order_release);
  }
}

/// Takes all packets of a slab, if all are free.
bool PacketPool::claim(Slab& slab) noexcept {
  std::uint64_t free = kAllFree;
  if (!slab.free.compare_exchange_strong(free, 0, std::memory_order_acquire,
                                         std::memory_order_relaxed)) {
    return false;
  }
  free_.fetch_sub(kPacketsPerSlab, std::memory_order_relaxed);
  return true;
}

/// Makes all packets of a slab free.
void PacketPool::release(Slab& slab) noexcept {
  free_.fetch_add(kPacketsPerSlab, std::memory_order_relaxed);
  slab.free.store(kAllFree, std::memory_order_release);
}

void PacketPool::trim(Time now) noexcept {
  if (free_packets() < target_free() + surplus() ||
      now < next_trim_.load(std::memory_order_relaxed)) {
    return;
  }
  const std::unique_lock lock{growing_, std::try_to_lock};
  if (!lock) return;
  // Keeps enough that the pool need not grow again at once.
  const std::size_t wanted = target_free() + surplus() / 2;
  bool in_vain = true;
  for (std::size_t number = slab_count_; number-- > kept_slabs_.load(std::memory_order_relaxed);) {
    Slab& slab = slabs_[number];
    if (slab.memory.empty() || !claim(slab)) continue;
    if (free_packets() < wanted) {
      slab.memory.discard();
      release(slab);
      continue;
    }
    MappedPages unmapped;
    unmapped = std::move(slab.memory);
    total_.fetch_sub(kPacketsPerSlab, std::memory_order_relaxed);
    in_vain = false;
  }
  // If every slab has a packet in use, that will last for a while: the next attempt comes later.
  next_trim_.store(now + (in_vain ? kTrimAfterNone : kTrimEvery), std::memory_order_relaxed);
}

void PacketPool::join(Need need) {
  users_.fetch_add(1, std::memory_order_relaxed);
  reserved_.fetch_add(need.reserve, std::memory_order_relaxed);
  // Twice this stream's need: its own and the next stream's.
  const std::size_t usual =
      usual_.fetch_add(need.usual, std::memory_order_relaxed) + 2 * need.usual;
  keep((usual + kPacketsPerSlab - 1) / kPacketsPerSlab);
  ensure(target_free());
}

/// Ensures that at least `slabs` slabs are kept ones, backed with memory.
void PacketPool::keep(std::size_t slabs) {
  const std::lock_guard lock{growing_};
  const std::size_t former = kept_slabs_.load(std::memory_order_relaxed);
  const std::size_t kept = std::min(slabs, slab_count_);
  if (kept <= former) return;
  kept_slabs_.store(kept, std::memory_order_relaxed);
  for (std::size_t number = former; number < kept; ++number) {
    if (slabs_[number].memory.empty()) {
      add_slab(number);
    } else {
      slabs_[number].memory.populate();
    }
  }
}

void PacketPool::leave(Need need) noexcept {
  usual_.fetch_sub(need.usual, std::memory_order_relaxed);
  reserved_.fetch_sub(need.reserve, std::memory_order_relaxed);
  if (users_.fetch_sub(1, std::memory_order_relaxed) > 1) return;
  // No stream is left whose I/O thread would call trim().
  next_trim_.store(Time::min(), std::memory_order_relaxed);
  trim(std::chrono::steady_clock::now());
}

std::size_t PacketPool::target_free() const noexcept {
  // The rest of the bound is for usual demand, whose packets stay in memory.
  const std::size_t most = slab_count_ * kPacketsPerSlab * 3 / 4;
  return std::min(reserved_.load(std::memory_order_relaxed) + kForTheNext, most);
}

/// The number of free packets beyond the target that makes trimming worthwhile.
std::size_t PacketPool::surplus() const noexcept {
  return std::max<std::size_t>(target_free() / 4, std::size_t{2} * kPacketsPerSlab);
}

}  // namespace audio_stream::audio
