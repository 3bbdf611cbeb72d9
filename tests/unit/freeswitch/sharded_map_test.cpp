#include "freeswitch/sharded_map.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

namespace audio_stream::freeswitch {
namespace {

/// A call. Only its address matters.
struct Call {
  std::array<std::byte, 64> data;
};

using Few = ShardedMap<Call, std::shared_ptr<int>, 1>;

TEST(ShardedMap, EachOfManyOnOneShardIsFound) {
  std::vector<Call> calls(100);
  Few shards;
  std::set<Few::Shard*> used;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    Few::Shard& shard = shards.shard_of(&calls[i]);
    const std::lock_guard lock{shard.mutex};
    EXPECT_EQ(shard.find(&calls[i]), nullptr);
    shard.put(&calls[i], std::make_shared<int>(static_cast<int>(i)));
    used.insert(&shard);
  }
  ASSERT_EQ(used.size(), 2U);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    Few::Shard& shard = shards.shard_of(&calls[i]);
    const std::lock_guard lock{shard.mutex};
    const auto* there = shard.find(&calls[i]);
    ASSERT_NE(there, nullptr);
    EXPECT_EQ(**there, static_cast<int>(i));
  }
}

TEST(ShardedMap, RemovingOneKeepsTheOthers) {
  std::vector<Call> calls(100);
  Few shards;
  for (const Call& call : calls) {
    Few::Shard& shard = shards.shard_of(&call);
    const std::lock_guard lock{shard.mutex};
    shard.put(&call, std::make_shared<int>(1));
  }
  for (std::size_t i = 0; i < calls.size(); i += 2) {
    Few::Shard& shard = shards.shard_of(&calls[i]);
    const std::lock_guard lock{shard.mutex};
    EXPECT_NE(shard.take(&calls[i]), nullptr);
    EXPECT_EQ(shard.take(&calls[i]), nullptr);
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {
    Few::Shard& shard = shards.shard_of(&calls[i]);
    const std::lock_guard lock{shard.mutex};
    EXPECT_EQ(shard.find(&calls[i]) != nullptr, i % 2 == 1) << i;
  }
}

// Sessions have the same position in their memory pools, which are thousands of bytes apart.
TEST(ShardedMap, CallsWithSimilarAddressesAreSpread) {
  ShardedMap<Call, int, 9> shards;
  for (const std::size_t apart : {512U, 4096U, 8192U, 1U << 20U}) {
    std::map<const void*, int> sharing;
    for (std::size_t i = 0; i < 200; ++i) {
      // NOLINTNEXTLINE(performance-no-int-to-ptr): nobody looks there
      const auto* call = reinterpret_cast<const Call*>(0x7f00'0000'0100U + i * apart);
      ++sharing[&shards.shard_of(call)];
    }
    int most = 0;
    for (const auto& [shard, calls] : sharing) most = std::max(most, calls);
    EXPECT_LE(most, 4) << apart << " bytes apart";
  }
}

}  // namespace
}  // namespace audio_stream::freeswitch
