#include "contract_test.hpp"

namespace contract {

ContractTest::ContractTest() : watch_{{temp_dir()}} {
  EXPECT_EQ(load_module(), "");
}

void ContractTest::TearDown() {
  // A module whose streams are all over can be unloaded. The last event of a stream is fired a
  // moment before the stream is gone, hence the patience.
  std::string refusal;
  EXPECT_TRUE(test::eventually([&] { return (refusal = unload_module()).empty(); }))
      << "a stream is left: " << refusal;
  if (!switch_keeps_threads()) {
    EXPECT_TRUE(watch_.nothing_left());
  }
  EXPECT_TRUE(test::eventually([] { return temp_files().empty(); }));
}

}  // namespace contract
