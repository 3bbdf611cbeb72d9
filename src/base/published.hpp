#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace audio_stream::base {

/// A value that one thread writes occasionally and any thread reads whole (a seqlock). Neither side
/// waits: the writer does not know the readers, and a reader that overlaps a write reads again.
template <class Value>
class Published {
  static_assert(std::is_trivially_copyable_v<Value>);

 public:
  explicit Published(const Value& value = {}) noexcept { store(value); }
  ~Published() = default;
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;

  /// One thread at a time.
  void store(const Value& value) noexcept {
    Words words{};
    std::memcpy(words.data(), &value, sizeof value);
    const std::uint64_t number = number_.load(std::memory_order_relaxed);
    number_.store(number + 1, std::memory_order_relaxed);  // odd: a write is in progress
    // Release order: a reader that sees one of these words also sees the odd number.
    for (std::size_t i = 0; i < kWords; ++i) words_[i].store(words[i], std::memory_order_release);
    number_.store(number + 2, std::memory_order_release);
  }

  /// Any thread.
  [[nodiscard]] Value load() const noexcept {
    Words words{};
    while (true) {
      const std::uint64_t before = number_.load(std::memory_order_acquire);
      for (std::size_t i = 0; i < kWords; ++i) words[i] = words_[i].load(std::memory_order_acquire);
      if (before % 2 == 0 && number_.load(std::memory_order_relaxed) == before) break;
    }
    Value value;
    std::memcpy(static_cast<void*>(&value), words.data(), sizeof value);
    return value;
  }

 private:
  static constexpr std::size_t kWords =
      (sizeof(Value) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
  using Words = std::array<std::uint64_t, kWords>;

  std::atomic<std::uint64_t> number_{0};
  std::array<std::atomic<std::uint64_t>, kWords> words_{};
};

}  // namespace audio_stream::base
