// Counts durations in buckets of about 3 %, at the cost of an increment.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace bench {

class Histogram {
 public:
  void add(std::int64_t ns) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0));
    ++counts_[bucket_of(value)];
    ++total_;
    most_ = std::max(most_, value);
  }

  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] double most_us() const { return static_cast<double>(most_) / 1000; }

  /// The upper end of the bucket that contains this quantile.
  [[nodiscard]] double quantile_us(double share) const {
    if (total_ == 0) return 0;
    const auto rank = static_cast<std::uint64_t>(share * static_cast<double>(total_ - 1));
    std::uint64_t seen = 0;
    std::size_t at = 0;
    while (at < counts_.size() && (seen += counts_[at]) <= rank) ++at;
    return std::min(static_cast<double>(upper_end(at)) / 1000, most_us());
  }

 private:
  static constexpr unsigned kBits = 5;  // 32 buckets per doubling
  static constexpr std::size_t kBuckets = std::size_t{64} << kBits;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < (1U << kBits)) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kBits;
    return (std::size_t{shift + 1} << kBits) + ((value >> shift) & ((1U << kBits) - 1));
  }
  static std::uint64_t upper_end(std::size_t bucket) {
    if (bucket < (1U << kBits)) return bucket;
    const auto shift = static_cast<unsigned>(bucket >> kBits) - 1;
    return ((std::uint64_t{1} << kBits) + (bucket & ((1U << kBits) - 1)) + 1) << shift;
  }

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t most_ = 0;
};

}  // namespace bench
