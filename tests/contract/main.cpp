#include <gtest/gtest.h>

#include "switch_host.hpp"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  return contract::in_switch([] { return RUN_ALL_TESTS(); });
}
