#include "macro/sink/crowd.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

namespace bench {
namespace {

/// Whether the crowd gathers after two windows of that many messages a millisecond.
bool gathers(std::size_t each_millisecond) {
  Crowd crowd;
  for (std::int64_t ms = 1; ms <= 20; ++ms) crowd.came(each_millisecond, ms * 1'000'000);
  return crowd.is_there();
}

TEST(Crowd, BatchesAThousandStreams) {
  EXPECT_TRUE(gathers(50));
}

TEST(Crowd, DoesNotBatchAFewHundredStreams) {
  EXPECT_FALSE(gathers(10)) << "each message is received at once";
  EXPECT_FALSE(gathers(0));
}

}  // namespace
}  // namespace bench
