#include "dialect/json_depth.hpp"

#include <gtest/gtest.h>

#include <string>

namespace audio_stream::dialect {
namespace {

TEST(JsonDepth, CountsTheDeepestNesting) {
  EXPECT_EQ(json_depth(""), 0U);
  EXPECT_EQ(json_depth("42"), 0U);
  EXPECT_EQ(json_depth("{}"), 1U);
  EXPECT_EQ(json_depth(R"({"a":[1,{"b":[]}],"c":{}})"), 4U);
  EXPECT_EQ(json_depth("[[],[],[[]]]"), 3U);
}

TEST(JsonDepth, BracketsInStringsDoNotCount) {
  EXPECT_EQ(json_depth(R"(["[[[[{{{{"])"), 1U);
  EXPECT_EQ(json_depth(R"(["\"[[[["])"), 1U);
  EXPECT_EQ(json_depth(R"(["\\",[[]]])"), 3U);
}

TEST(JsonDepth, TextThatIsNotJsonIsBoundedToo) {
  EXPECT_EQ(json_depth("]]]]"), 0U);
  EXPECT_EQ(json_depth("]]]][["), 2U);
  EXPECT_EQ(json_depth("\"\\"), 0U);
  EXPECT_EQ(json_depth(std::string(1'000'000, '[')), 1'000'000U);
}

}  // namespace
}  // namespace audio_stream::dialect
