#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "audio/packet.hpp"

namespace audio_stream::stream {

/// Packets on their way from the media thread to the I/O thread: bounded, lock-free, and what does
/// not fit costs the oldest packet, since old audio is worth least to who listens live.
///
/// One thread pushes; any thread may pop, and the pushing one does so itself to make room.
class PacketQueue {
 public:
  explicit PacketQueue(std::size_t capacity);
  ~PacketQueue();
  PacketQueue(const PacketQueue&) = delete;
  PacketQueue& operator=(const PacketQueue&) = delete;

  /// Takes `packet` in. Returns the oldest one if it had to go for it. Media thread.
  audio::PacketPtr push(audio::PacketPtr packet) noexcept;

  /// The oldest packet, or none.
  audio::PacketPtr pop() noexcept;

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  [[nodiscard]] std::atomic<audio::Packet*>& slot(std::uint64_t position) const noexcept {
    return slots_[position & mask_];
  }

  const std::size_t capacity_;
  const std::size_t mask_;
  std::unique_ptr<std::atomic<audio::Packet*>[]> slots_;
  alignas(64) std::atomic<std::uint64_t> tail_{0};  // next to be pushed; written by the pusher only
  alignas(64) std::atomic<std::uint64_t> head_{0};  // next to be popped; whoever moves it owns it
};

}  // namespace audio_stream::stream
