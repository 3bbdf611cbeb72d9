#include "stream/packet_queue.hpp"

#include <algorithm>
#include <bit>

namespace audio_stream::stream {

PacketQueue::Ring::Ring(std::size_t room)
    : size{room}, slots{std::make_unique<std::atomic<audio::Packet*>[]>(room)} {}

PacketQueue::PacketQueue(std::size_t capacity)
    : capacity_{std::max<std::size_t>(capacity, 1)},
      ring_{&add_ring(std::bit_ceil(std::min(capacity_, kFirstRoom)))} {}

PacketQueue::~PacketQueue() {
  while (pop()) {
  }
}

PacketQueue::Ring& PacketQueue::add_ring(std::size_t room) {
  return *rings_.emplace_back(std::make_unique<Ring>(room));
}

void PacketQueue::make_room() {
  const std::size_t there = rings_.back()->size;
  if (there >= capacity_ || size() <= there / 2) return;
  larger_.store(&add_ring(2 * there), std::memory_order_release);
}

/// The larger one, if there is need of it and it is there.
PacketQueue::Ring& PacketQueue::ring_to_push(std::uint64_t tail, std::uint64_t used) noexcept {
  Ring& ring = *ring_.load(std::memory_order_relaxed);
  if (used < ring.size || ring.size >= capacity_) return ring;
  Ring* larger = larger_.load(std::memory_order_acquire);
  if (larger == nullptr || larger->size <= ring.size) return ring;
  for (std::uint64_t at = tail - used; at != tail; ++at) {
    larger->slot(at).store(ring.slot(at).load(std::memory_order_relaxed),
                           std::memory_order_relaxed);
  }
  ring_.store(larger, std::memory_order_release);
  return *larger;
}

audio::PacketPtr PacketQueue::push(audio::PacketPtr packet) noexcept {
  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  const std::uint64_t used = tail - head_.load(std::memory_order_acquire);
  const Ring& ring = ring_to_push(tail, used);
  audio::PacketPtr dropped;
  if (used >= std::min(capacity_, ring.size)) dropped = pop();
  ring.slot(tail).store(packet.release(), std::memory_order_relaxed);
  tail_.store(tail + 1, std::memory_order_release);
  return dropped;
}

audio::PacketPtr PacketQueue::pop() noexcept {
  std::uint64_t head = head_.load(std::memory_order_acquire);
  while (head != tail_.load(std::memory_order_acquire)) {
    // Of the ring that the last packet went into, or of one after it. The slot may be another
    // packet's by now, but then the head has moved and the exchange fails.
    const Ring& ring = *ring_.load(std::memory_order_acquire);
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
