#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace audio_stream::base {

/// A queue of at most `Room` small values between two threads. Lock-free, allocates nothing.
///
/// One thread at a time pushes, one thread at a time takes. Values that find no room are lost and
/// counted.
template <class Value, std::size_t Room>
class BoundedRing {
  static_assert((Room & (Room - 1)) == 0, "the size is a power of two");

 public:
  /// False if there is no room.
  bool push(const Value& value) noexcept {
    const std::uint32_t written = written_.load(std::memory_order_relaxed);
    if (written - read_.load(std::memory_order_acquire) == Room) {
      lost_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    values_[written % Room] = value;
    written_.store(written + 1, std::memory_order_release);
    return true;
  }
  std::optional<Value> take() noexcept {
    const std::uint32_t read = read_.load(std::memory_order_relaxed);
    if (read == written_.load(std::memory_order_acquire)) return std::nullopt;
    const Value value = values_[read % Room];
    read_.store(read + 1, std::memory_order_release);
    return value;
  }
  /// Any thread.
  [[nodiscard]] bool empty() const noexcept {
    return read_.load(std::memory_order_acquire) == written_.load(std::memory_order_acquire);
  }
  /// How many values were lost since the last call. Any thread.
  std::uint32_t take_lost() noexcept { return lost_.exchange(0, std::memory_order_relaxed); }

 private:
  std::array<Value, Room> values_{};
  std::atomic<std::uint32_t> written_{0};
  std::atomic<std::uint32_t> read_{0};
  std::atomic<std::uint32_t> lost_{0};
};

}  // namespace audio_stream::base
