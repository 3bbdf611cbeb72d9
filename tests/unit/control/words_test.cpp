#include "control/words.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace audio_stream::control {
namespace {

TEST(Words, ALongListEndsWithTheNumberOfTheRest) {
  EXPECT_EQ(comma_list({}), "none");
  EXPECT_EQ(comma_list({"a", "b"}), "a, b");
  const std::string list = comma_list(std::vector<std::string>(2000, "profile"));
  EXPECT_LT(list.size(), 200U);
  EXPECT_TRUE(list.ends_with(" and 1984 more")) << list;
}

TEST(Words, TheNearestNameIsTheOneWithTheFewestChanges) {
  const std::vector<std::string_view> known{"STREAM_PROXY", "STREAM_PLAY_TO", "io-threads"};
  EXPECT_EQ(most_similar("STREAM_PROXI", known), "STREAM_PROXY");
  EXPECT_EQ(most_similar("stream_playto", known), "STREAM_PLAY_TO");
  EXPECT_EQ(most_similar("threads", known), "io-threads");
  EXPECT_EQ(most_similar(std::string(1'000'000, 'x'), known).empty(), false);
}

}  // namespace
}  // namespace audio_stream::control
