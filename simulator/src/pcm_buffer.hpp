// The backlog of one direction in a media bug.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace simulator {

/// A byte queue with the real core's cap: what does not fit as a whole is dropped as a whole.
class PcmBuffer {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{512} * 1024;

  void write(const void* data, std::size_t bytes) {
    if (in_use() + bytes > kMostBytes) return;
    if (head_ > kMostBytes) {
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
    const auto* first = static_cast<const std::uint8_t*>(data);
    bytes_.insert(bytes_.end(), first, first + bytes);
  }
  std::size_t read(void* data, std::size_t bytes) {
    bytes = std::min(bytes, in_use());
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(head_), bytes,
                static_cast<std::uint8_t*>(data));
    toss(bytes);
    return bytes;
  }
  void toss(std::size_t bytes) {
    head_ += std::min(bytes, in_use());
    if (in_use() == 0) clear();
  }
  void clear() {
    bytes_.clear();
    head_ = 0;
  }
  [[nodiscard]] std::size_t in_use() const { return bytes_.size() - head_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t head_ = 0;
};

}  // namespace simulator
