#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace test {

/// How much a figure may grow.
struct Slack {
  double share = 0;  ///< of the earlier figure
  double besides = 0;
};

/// Tells whether samples of a figure have grown: compares the median of the last quarter with that
/// of the second. In the first quarter caches fill and allocators settle. Returns what is wrong, or
/// nothing. Returns nothing with too few samples.
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
