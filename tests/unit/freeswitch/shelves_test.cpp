#include "freeswitch/shelves.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

namespace audio_stream::freeswitch {
namespace {

/// A call, whose address is all that counts.
struct Call {
  std::array<std::byte, 64> data;
};

using Few = Shelves<Call, std::shared_ptr<int>, 1>;

TEST(Shelves, EachOfManyOnOneShelfIsFoundAsItself) {
  std::vector<Call> calls(100);
  Few shelves;
  std::set<Few::Shelf*> used;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    Few::Shelf& shelf = shelves.of(&calls[i]);
    const std::lock_guard lock{shelf.mutex};
    EXPECT_EQ(shelf.find(&calls[i]), nullptr);
    shelf.put(&calls[i], std::make_shared<int>(static_cast<int>(i)));
    used.insert(&shelf);
  }
  ASSERT_EQ(used.size(), 2U);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    Few::Shelf& shelf = shelves.of(&calls[i]);
    const std::lock_guard lock{shelf.mutex};
    const auto* there = shelf.find(&calls[i]);
    ASSERT_NE(there, nullptr);
    EXPECT_EQ(**there, static_cast<int>(i));
  }
}

TEST(Shelves, WhoIsTakenAwayLeavesTheOthers) {
  std::vector<Call> calls(100);
  Few shelves;
  for (const Call& call : calls) {
    Few::Shelf& shelf = shelves.of(&call);
    const std::lock_guard lock{shelf.mutex};
    shelf.put(&call, std::make_shared<int>(1));
  }
  for (std::size_t i = 0; i < calls.size(); i += 2) {
    Few::Shelf& shelf = shelves.of(&calls[i]);
    const std::lock_guard lock{shelf.mutex};
    EXPECT_NE(shelf.take(&calls[i]), nullptr);
    EXPECT_EQ(shelf.take(&calls[i]), nullptr);
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {
    Few::Shelf& shelf = shelves.of(&calls[i]);
    const std::lock_guard lock{shelf.mutex};
    EXPECT_EQ(shelf.find(&calls[i]) != nullptr, i % 2 == 1) << i;
  }
}

// Sessions are at the same place of their pools, thousands of bytes from each other.
TEST(Shelves, CallsWhoseAddressesAreAlikeAreSpread) {
  Shelves<Call, int, 9> shelves;
  for (const std::size_t apart : {512U, 4096U, 8192U, 1U << 20U}) {
    std::map<const void*, int> sharing;
    for (std::size_t i = 0; i < 200; ++i) {
      // NOLINTNEXTLINE(performance-no-int-to-ptr): nobody looks there
      const auto* call = reinterpret_cast<const Call*>(0x7f00'0000'0100U + i * apart);
      ++sharing[&shelves.of(call)];
    }
    int most = 0;
    for (const auto& [shelf, calls] : sharing) most = std::max(most, calls);
    EXPECT_LE(most, 4) << apart << " bytes apart";
  }
}

}  // namespace
}  // namespace audio_stream::freeswitch
