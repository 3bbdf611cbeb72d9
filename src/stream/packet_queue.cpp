#include "stream/packet_queue.hpp"

#include <algorithm>
#include <bit>

namespace audio_stream::stream {

PacketQueue::Ring::Ring(Slots* slots, std::size_t lines) noexcept
    : word_{reinterpret_cast<std::uintptr_t>(slots) |
            static_cast<std::uintptr_t>(std::countr_zero(lines))} {}

std::atomic<audio::Packet*>& PacketQueue::Ring::slot(std::uint64_t position) const noexcept {
  auto* slots =
      reinterpret_cast<Slots*>(word_ / kLine * kLine);  // NOLINT(performance-no-int-to-ptr)
  const std::size_t index = position & (size() - 1);
  return slots[index / kSlotsInALine].at[index % kSlotsInALine];
}

// What push(), pop() and make_room() look at, besides a slot.
static_assert(sizeof(PacketQueue) == 64);

PacketQueue::PacketQueue(std::size_t capacity) : capacity_{std::max<std::size_t>(capacity, 1)} {
  ring_.store(add_ring(std::min(capacity_, kFirstRoom)), std::memory_order_relaxed);
}

PacketQueue::~PacketQueue() {
  while (pop()) {
  }
}

PacketQueue::Ring PacketQueue::add_ring(std::size_t room) {
  const std::size_t lines = std::bit_ceil((room + kSlotsInALine - 1) / kSlotsInALine);
  const auto& slots = rings_.emplace_back(std::make_unique<Slots[]>(lines));
  const Ring added{slots.get(), lines};
  newest_.store(added, std::memory_order_release);
  return added;
}

void PacketQueue::make_room() {
  const std::size_t there = newest_.load(std::memory_order_relaxed).size();
  if (there < capacity_ && size() > there / 2) add_ring(2 * there);
}

/// The larger one, if there is need of it and it is there.
PacketQueue::Ring PacketQueue::ring_to_push(std::uint64_t tail, std::uint64_t used) noexcept {
  const Ring ring = ring_.load(std::memory_order_relaxed);
  if (used < ring.size() || ring.size() >= capacity_) return ring;
  const Ring larger = newest_.load(std::memory_order_acquire);
  if (larger.size() <= ring.size()) return ring;
  for (std::uint64_t at = tail - used; at != tail; ++at) {
    larger.slot(at).store(ring.slot(at).load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
  ring_.store(larger, std::memory_order_release);
  return larger;
}

audio::PacketPtr PacketQueue::push(audio::PacketPtr packet) noexcept {
  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  const std::uint64_t used = tail - head_.load(std::memory_order_acquire);
  const Ring ring = ring_to_push(tail, used);
  audio::PacketPtr dropped;
  if (used >= std::min(capacity_, ring.size())) dropped = pop();
  ring.slot(tail).store(packet.release(), std::memory_order_relaxed);
  tail_.store(tail + 1, std::memory_order_release);
  return dropped;
}

audio::PacketPtr PacketQueue::pop() noexcept {
  std::uint64_t head = head_.load(std::memory_order_acquire);
  while (head != tail_.load(std::memory_order_acquire)) {
    // Of the ring that the last packet went into, or of one after it. The slot may be another
    // packet's by now, but then the head has moved and the exchange fails.
    const Ring ring = ring_.load(std::memory_order_acquire);
    audio::Packet* packet = ring.slot(head).load(std::memory_order_relaxed);
    if (head_.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel,
                                    std::memory_order_acquire)) {
      return audio::PacketPtr{packet};
    }
  }
  return nullptr;
}

std::size_t PacketQueue::size() const noexcept {
  const std::uint64_t head = head_.load(std::memory_order_acquire);
  const std::uint64_t tail = tail_.load(std::memory_order_acquire);
  return tail > head ? static_cast<std::size_t>(tail - head) : 0;
}

}  // namespace audio_stream::stream
