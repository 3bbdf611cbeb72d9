#include "transport/subprotocols.hpp"

#include <gtest/gtest.h>

namespace audio_stream::transport {
namespace {

TEST(SubprotocolList, IsReadInItsOrderAndOfferedInIt) {
  EXPECT_EQ(*parse_subprotocols("audio.v2"), (Subprotocols{"audio.v2"}));
  const auto several = parse_subprotocols(" b ,a,\tc");
  ASSERT_TRUE(several) << several.error();
  EXPECT_EQ(*several, (Subprotocols{"b", "a", "c"}));
  EXPECT_EQ(offer_of(*several), "b, a, c");
  EXPECT_EQ(*parse_subprotocols("a,A"), (Subprotocols{"a", "A"})) << "they mind the case";
}

TEST(SubprotocolList, NoneIsNone) {
  for (const auto* word : {"none", "NONE", " None "}) {
    EXPECT_TRUE(parse_subprotocols(word)->empty()) << word;
  }
}

TEST(SubprotocolList, WhatIsWrongIsNamedByItsPlaceNotByItsValue) {
  const auto error = [](const char* list) {
    const auto parsed = parse_subprotocols(list);
    return parsed ? "(taken)" : parsed.error();
  };
  EXPECT_EQ(error(" "), "name 1 of its list is empty");
  EXPECT_EQ(error("a,,b"), "name 2 of its list is empty");
  EXPECT_EQ(error("a,"), "name 2 of its list is empty");
  EXPECT_EQ(error("a,b c"), "name 2 of its list is not a token (RFC 9110, 5.6.2)");
  EXPECT_EQ(error("a\r\nX: y"), "name 1 of its list is not a token (RFC 9110, 5.6.2)");
  EXPECT_EQ(error("s3cret/"), "name 1 of its list is not a token (RFC 9110, 5.6.2)");
  EXPECT_EQ(error("a,b,a"), "name 3 of its list stands there already");
}

}  // namespace
}  // namespace audio_stream::transport
