#include "stream/packet_queue.hpp"

#include <algorithm>
#include <bit>

namespace audio_stream::stream {

PacketQueue::PacketQueue(std::size_t capacity)
    : capacity_{std::max<std::size_t>(capacity, 1)},
      last_slot_{std::bit_ceil(capacity_) - 1},
      slots_{std::make_unique<Slot[]>(last_slot_ + 1)} {}

PacketQueue::~PacketQueue() {
  while (pop()) {
  }
}

audio::PacketPtr PacketQueue::push(audio::PacketPtr packet) noexcept {
  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  audio::PacketPtr dropped;
  if (tail - head_.load(std::memory_order_acquire) >= capacity_) dropped = pop();
  slot(tail).store(packet.release(), std::memory_order_relaxed);
  tail_.store(tail + 1, std::memory_order_release);
  return dropped;
}

audio::PacketPtr PacketQueue::pop() noexcept {
  std::uint64_t head = head_.load(std::memory_order_acquire);
  while (head != tail_.load(std::memory_order_acquire)) {
    // A push may have replaced the packet in this slot. In that case the head has moved, and the
    // exchange fails.
    audio::Packet* packet = slot(head).load(std::memory_order_relaxed);
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
