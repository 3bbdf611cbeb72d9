#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace test {

/// How much more something may be at the end than it was before.
struct Slack {
  double share = 0;  ///< of what it was
  double besides = 0;
};

/// Whether what was measured again and again has grown: the median of the last quarter against that
/// of the second. The first quarter is for caches to fill and allocators to settle. What is wrong,
/// or nothing; nothing either with too few samples to say.
inline std::optional<std::string> growth(const std::string& what, std::vector<double> samples,
                                         Slack slack) {
  constexpr std::size_t kFewest = 8;
  const std::size_t quarter = samples.size() / 4;
  if (samples.size() < kFewest) return std::nullopt;
  const auto median = [&](std::size_t first) {
    const auto begin = samples.begin() + static_cast<std::ptrdiff_t>(first);
    const auto middle = begin + static_cast<std::ptrdiff_t>(quarter / 2);
    std::nth_element(begin, middle, begin + static_cast<std::ptrdiff_t>(quarter));
    return *middle;
  };
  const double before = median(quarter);
  const double after = median(samples.size() - quarter);
  if (after <= before * (1 + slack.share) + slack.besides) return std::nullopt;
  return what + " grew from " + std::to_string(before) + " to " + std::to_string(after);
}

}  // namespace test
