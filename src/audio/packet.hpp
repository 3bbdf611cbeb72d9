#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace audio_stream::audio {

class PacketPool;

/// N ms of a stream's audio, ready for the wire. It is a block of a PacketPool.
///
/// The media thread fills it and passes it through the queue to the I/O thread, which sends it. A
/// PacketPtr owns it at all times, except while it is in the queue.
class Packet {
 public:
  /// Position of the first sample in the stream, in samples per channel since `start`. Dropped
  /// audio leaves a gap in the positions.
  std::uint64_t position = 0;
  /// Samples per channel of silence that belong directly before this packet and are in no packet.
  /// Kept as a count, so that silence takes no queue space from speech.
  std::uint64_t filler = 0;
  /// Samples per channel that the stream has left out on purpose since `start`, before this packet.
  std::uint64_t left_out = 0;

  [[nodiscard]] std::span<std::int16_t> room() noexcept {
    return {samples() + size_, capacity_ - size_};
  }
  /// Declares that `samples` more (all channels) were written to the start of room().
  void grow(std::size_t samples) noexcept { size_ += static_cast<std::uint32_t>(samples); }
  void clear() noexcept {
    size_ = 0;
    filler = 0;
    left_out = 0;
  }

  /// Samples of all channels.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<const std::int16_t> audio() const noexcept { return {samples(), size_}; }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return std::as_bytes(audio()); }

 private:
  friend class PacketPool;
  Packet(PacketPool& pool, std::uint32_t index, std::uint32_t capacity) noexcept
      : pool_{pool}, index_{index}, capacity_{capacity} {}

  // The samples follow the packet in its block.
  [[nodiscard]] std::int16_t* samples() noexcept {
    return reinterpret_cast<std::int16_t*>(this + 1);
  }
  [[nodiscard]] const std::int16_t* samples() const noexcept {
    return reinterpret_cast<const std::int16_t*>(this + 1);
  }

  friend struct ReturnToPool;
  PacketPool& pool_;
  std::uint32_t index_;     // of its block in the pool
  std::uint32_t capacity_;  // samples of all channels
  std::uint32_t size_ = 0;
};

/// Returns a packet to its pool. Any thread; lock-free.
struct ReturnToPool {
  void operator()(Packet* packet) const noexcept;
};

using PacketPtr = std::unique_ptr<Packet, ReturnToPool>;

}  // namespace audio_stream::audio
