#include "control/words.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace audio_stream::control {
namespace {

TEST(Words, ALongListEndsInTheNumberOfTheRest) {
  EXPECT_EQ(listed({}), "none");
  EXPECT_EQ(listed({"a", "b"}), "a, b");
  const std::string list = listed(std::vector<std::string>(2000, "profile"));
  EXPECT_LT(list.size(), 200U);
  EXPECT_TRUE(list.ends_with(" and 1984 more")) << list;
}

TEST(Words, TheNearestNameIsTheOneWithTheFewestChanges) {
  const std::vector<std::string_view> known{"STREAM_PROXY", "STREAM_PLAY_TO", "io-threads"};
  EXPECT_EQ(nearest("STREAM_PROXI", known), "STREAM_PROXY");
  EXPECT_EQ(nearest("stream_playto", known), "STREAM_PLAY_TO");
  EXPECT_EQ(nearest("threads", known), "io-threads");
  EXPECT_EQ(nearest(std::string(1'000'000, 'x'), known).empty(), false);
}

}  // namespace
}  // namespace audio_stream::control
