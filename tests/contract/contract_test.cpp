#include "contract_test.hpp"

#include <algorithm>

namespace contract {
namespace {

/// For a switch that keeps threads and descriptors: compares the module's threads by name, and
/// sockets.
bool nothing_of_ours_left(const test::Resources& before) {
  const auto now = test::resources_now();
  return now.sockets() <= before.sockets() &&
         std::ranges::none_of(now.threads,
                              [](const auto& each) { return each.second.starts_with("as-"); });
}

}  // namespace

ContractTest::ContractTest() : watch_{{temp_dir()}} {
  EXPECT_EQ(load_module(), "");
}

void ContractTest::TearDown() {
  EXPECT_EQ(unload_idle_module(), "") << "a stream still exists";
  if (switch_keeps_threads()) {
    EXPECT_TRUE(test::eventually([&] { return nothing_of_ours_left(watch_.before()); }))
        << "a thread of the module is left, or a socket more than before";
  } else {
    EXPECT_TRUE(watch_.nothing_left());
  }
  EXPECT_TRUE(test::eventually([] { return temp_files().empty(); }));
}

}  // namespace contract
