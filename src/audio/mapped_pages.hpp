#pragma once

#include <cstddef>
#include <utility>

namespace audio_stream::audio {

/// Memory mapped from the system and returned to it on destruction. malloc() could not return it as
/// long as other allocations surround it.
class MappedPages {
 public:
  MappedPages() = default;
  /// Maps `size` bytes. They take no memory until they are used. Throws std::bad_alloc.
  explicit MappedPages(std::size_t size);
  ~MappedPages();
  MappedPages(const MappedPages&) = delete;
  MappedPages& operator=(const MappedPages&) = delete;
  MappedPages& operator=(MappedPages&& other) noexcept {
    std::swap(begin_, other.begin_);
    std::swap(size_, other.size_);
    return *this;
  }

  /// Backs the pages with memory, so that no media thread waits for a page fault. Their contents
  /// stay, and other threads may use them meanwhile. Before Linux 5.14, memory comes with the first
  /// use instead.
  void populate() const noexcept;
  /// Returns the memory but keeps the addresses. Nobody uses the pages meanwhile.
  void discard() const noexcept;

  [[nodiscard]] std::byte* begin() const noexcept { return static_cast<std::byte*>(begin_); }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  void* begin_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace audio_stream::audio
