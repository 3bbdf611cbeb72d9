#include "audio/packet_pool.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <type_traits>
#include <utility>

namespace audio_stream::audio {
namespace {

// Free packets beyond the streams' reserves, for the next stream.
constexpr std::size_t kForTheNext = 32;
constexpr std::size_t kAlignment = 64;

constexpr std::size_t rounded_up(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

/// Memory mapped from the system and returned to it on destruction. malloc() could not return it as
/// long as other allocations surround it.
class Pages {
 public:
  Pages() = default;
  explicit Pages(std::size_t size)
      : begin_{::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)},
        size_{size} {
    if (begin_ == MAP_FAILED) throw std::bad_alloc{};
  }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  Pages& operator=(Pages&& other) noexcept {
    std::swap(begin_, other.begin_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Pages() {
    if (size_ > 0) ::munmap(begin_, size_);
  }

  /// Backs the pages with memory, so that no media thread waits for a page fault. Before Linux
  /// 5.14, memory comes with the first use instead.
  void populate() const noexcept {
#ifdef MADV_POPULATE_WRITE
    if (size_ > 0) static_cast<void>(::madvise(begin_, size_, MADV_POPULATE_WRITE));
#endif
  }
  /// Returns the memory but keeps the addresses.
  void discard() const noexcept {
    if (size_ > 0) static_cast<void>(::madvise(begin_, size_, MADV_DONTNEED));
  }

  [[nodiscard]] std::byte* begin() const noexcept {
    return static_cast<std::byte*>(begin_);
  }
  [[nodiscard]] bool empty() const noexcept {
    return size_ == 0;
  }

 private:
  void* begin_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace

struct PacketPool::Slab {
  // Kept for the life of the pool: a thread that was preempted in pop() may still read it after the
  // memory is gone.
  std::array<std::atomic<std::uint32_t>, kPacketsPerSlab> next{};
  Pages memory;
};

PacketPool::PacketPool(std::size_t samples, std::size_t max_bytes)
    : samples_{samples},
      block_bytes_{rounded_up(sizeof(Packet) + samples * sizeof(std::int16_t))},
      max_slabs_{
          std::clamp<std::size_t>(max_bytes / (block_bytes_ * kPacketsPerSlab), 1, kMaxSlabs)},
      slabs_{std::make_unique<std::array<std::unique_ptr<Slab>, kMaxSlabs>>()} {}

PacketPool::~PacketPool() = default;

void* PacketPool::at(std::uint32_t index) const noexcept {
  std::byte* slab = (*slabs_)[index / kPacketsPerSlab]->memory.begin();
  return slab + std::size_t{index % kPacketsPerSlab} * block_bytes_;
}

std::atomic<std::uint32_t>& PacketPool::next(std::uint32_t index) const noexcept {
  return (*slabs_)[index / kPacketsPerSlab]->next[index % kPacketsPerSlab];
}

// ---- lists of free packets --------------------------------------------------------------------

PacketPool::FreeList& PacketPool::list_of(std::uint32_t slab) noexcept {
  return slab < kept_slabs_.load(std::memory_order_relaxed) ? kept_ : spare_;
}

void PacketPool::lengthen(Chain& chain, std::uint32_t index) const noexcept {
  if (chain.count++ == 0) chain.last = index;
  next(index).store(chain.first, std::memory_order_relaxed);
  chain.first = index;
}

void PacketPool::push(FreeList& list, const Chain& chain) noexcept {
  if (chain.count == 0) return;
  list.count.fetch_add(chain.count, std::memory_order_relaxed);
  std::uint64_t head = list.head.load(std::memory_order_relaxed);
  std::uint64_t wanted = 0;
  do {
    next(chain.last).store(static_cast<std::uint32_t>(head), std::memory_order_relaxed);
    wanted = (((head >> 32) + 1) << 32) | chain.first;
  } while (!list.head.compare_exchange_weak(head, wanted, std::memory_order_release,
                                            std::memory_order_relaxed));
}

std::uint32_t PacketPool::pop(FreeList& list) noexcept {
  std::uint64_t head = list.head.load(std::memory_order_acquire);
  while (true) {
    const auto index = static_cast<std::uint32_t>(head);
    if (index == kNone) return kNone;
    const std::uint64_t wanted =
        (((head >> 32) + 1) << 32) | next(index).load(std::memory_order_relaxed);
    if (list.head.compare_exchange_weak(head, wanted, std::memory_order_acquire,
                                        std::memory_order_acquire)) {
      list.count.fetch_sub(1, std::memory_order_relaxed);
      return index;
    }
  }
}

// ---- taking and giving back -------------------------------------------------------------------

PacketPtr PacketPool::take() noexcept {
  std::uint32_t index = pop(kept_);
  if (index == kNone) index = pop(spare_);
  if (index == kNone) return nullptr;
  // Constructed only here: a free block is either untouched or holds an old packet, which needs no
  // destructor.
  static_assert(std::is_trivially_destructible_v<Packet>);
  return PacketPtr{::new (at(index)) Packet{*this, index, static_cast<std::uint32_t>(samples_)}};
}

void PacketPool::recycle(Packet& packet) noexcept {
  const std::uint32_t index = packet.index_;
  push(list_of(index / kPacketsPerSlab), {index, index, 1});
}

void ReturnToPool::operator()(Packet* packet) const noexcept {
  packet->pool_.recycle(*packet);
}

// ---- growing and shrinking --------------------------------------------------------------------

bool PacketPool::is_there(std::size_t slab) const noexcept {
  return (*slabs_)[slab] && !(*slabs_)[slab]->memory.empty();
}

bool PacketPool::is_full() const noexcept {
  return total_packets() / kPacketsPerSlab >= max_slabs_;
}

/// Adds one slab unless the pool is full. Reserve slabs are numbered from the last one down, kept
/// slabs from the first one up.
bool PacketPool::grow_reserve() {
  if (is_full()) return false;
  while (is_there(last_free_)) --last_free_;
  add_slab(last_free_);
  return true;
}

void PacketPool::add_slab(std::size_t number) {
  auto& slab = (*slabs_)[number];
  if (!slab) slab = std::make_unique<Slab>();
  slab->memory = Pages{block_bytes_ * kPacketsPerSlab};
  if (number < kept_slabs_.load(std::memory_order_relaxed)) slab->memory.populate();
  const auto first = static_cast<std::uint32_t>(number * kPacketsPerSlab);
  Chain chain;
  for (std::uint32_t i = kPacketsPerSlab; i-- > 0;) lengthen(chain, first + i);
  total_.fetch_add(kPacketsPerSlab, std::memory_order_relaxed);
  // The release in push() publishes the slab to the other threads.
  push(list_of(static_cast<std::uint32_t>(number)), chain);
}

void PacketPool::ensure(std::size_t packets) {
  if (free_packets() >= packets || is_full()) return;
  const std::lock_guard lock{growing_};
  while (free_packets() < packets && grow_reserve()) {
  }
}

void PacketPool::trim(Time now) noexcept {
  if (free_packets() < target_free() + surplus() ||
      now < next_trim_.load(std::memory_order_relaxed)) {
    return;
  }
  const std::unique_lock lock{growing_, std::try_to_lock};
  if (!lock) return;
  // The spare packets leave the list for a moment. Meanwhile take() still has the kept ones.
  Chain taken;
  for (std::size_t left = spare_.count.load(std::memory_order_relaxed); left > 0; --left) {
    const std::uint32_t index = pop(spare_);
    if (index == kNone) break;
    lengthen(taken, index);
  }
  // If every slab has a packet in use, that will last for a while: the next attempt comes later.
  const bool in_vain = sort_out(taken) == 0;
  next_trim_.store(now + (in_vain ? kTrimAfterNone : kTrimEvery), std::memory_order_relaxed);
}

/// Unmaps slabs that are entirely free, or at least discards their memory, and returns all other
/// packets to the lists. Keeps enough that the pool need not grow again at once. Returns the number
/// of unmapped slabs.
std::size_t PacketPool::sort_out(const Chain& chain) noexcept {
  constexpr std::uint8_t kGoes = 0xFF;
  std::array<std::uint8_t, kMaxSlabs> there{};  // free packets of each slab
  for (std::uint32_t at = chain.first; at != kNone; at = next(at).load(std::memory_order_relaxed)) {
    ++there[at / kPacketsPerSlab];
  }
  const std::size_t wanted = target_free() + surplus() / 2;
  const std::size_t are_free = free_packets() + chain.count;
  std::size_t may_go = are_free > wanted ? (are_free - wanted) / kPacketsPerSlab : 0;
  const std::uint32_t kept_slabs = kept_slabs_.load(std::memory_order_relaxed);
  // From the first slab up, that is, the latest added first: so the pool keeps using the same few
  // slabs.
  for (std::uint32_t slab = kept_slabs; slab < kMaxSlabs; ++slab) {
    if (there[slab] != kPacketsPerSlab) continue;
    if (may_go == 0) {
      (*slabs_)[slab]->memory.discard();
      continue;
    }
    there[slab] = kGoes;
    --may_go;
  }
  Chain kept;
  Chain spare;
  for (std::uint32_t at = chain.first; at != kNone;) {
    const std::uint32_t index = at;
    const std::uint32_t slab = index / kPacketsPerSlab;
    at = next(index).load(std::memory_order_relaxed);
    if (there[slab] != kGoes) lengthen(slab < kept_slabs ? kept : spare, index);
  }
  push(kept_, kept);
  push(spare_, spare);
  std::size_t gone = 0;
  for (std::uint32_t slab = kept_slabs; slab < kMaxSlabs; ++slab) {
    if (there[slab] != kGoes) continue;
    (*slabs_)[slab]->memory = {};
    last_free_ = std::max<std::size_t>(last_free_, slab);
    total_.fetch_sub(kPacketsPerSlab, std::memory_order_relaxed);
    ++gone;
  }
  return gone;
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
  const std::uint32_t former = kept_slabs_.load(std::memory_order_relaxed);
  const auto kept = static_cast<std::uint32_t>(std::min(slabs, kMaxSlabs));
  if (kept <= former) return;
  kept_slabs_.store(kept, std::memory_order_relaxed);
  for (std::uint32_t slab = former; slab < kept && !is_full(); ++slab) {
    if (!is_there(slab)) add_slab(slab);
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
  const std::size_t most = max_slabs_ * kPacketsPerSlab * 3 / 4;
  return std::min(reserved_.load(std::memory_order_relaxed) + kForTheNext, most);
}

/// The number of free packets beyond the target that makes trimming worthwhile.
std::size_t PacketPool::surplus() const noexcept {
  return std::max<std::size_t>(target_free() / 4, std::size_t{2} * kPacketsPerSlab);
}

}  // namespace audio_stream::audio
