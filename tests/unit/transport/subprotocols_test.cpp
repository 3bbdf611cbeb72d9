#include "transport/subprotocols.hpp"

#include <gtest/gtest.h>

namespace audio_stream::transport {
namespace {

TEST(SubprotocolList, KeepsItsOrder) {
  EXPECT_EQ(*parse_subprotocols("audio.v2"), (Subprotocols{"audio.v2"}));
  const auto several = parse_subprotocols(" b ,a,\tc");
  ASSERT_TRUE(several) << several.error();
  EXPECT_EQ(*several, (Subprotocols{"b", "a", "c"}));
  EXPECT_EQ(offer_of(*several), "b, a, c");
  EXPECT_EQ(*parse_subprotocols("a,A"), (Subprotocols{"a", "A"})) << "they are case-sensitive";
}

TEST(SubprotocolList, NoneIsNone) {
  for (const auto* word : {"none", "NONE", " None "}) {
    EXPECT_TRUE(parse_subprotocols(word)->empty()) << word;
  }
}

TEST(SubprotocolList, AnErrorNamesTheEntrysNumberAndNotItsValue) {
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
  EXPECT_EQ(error("a,b,a"), "name 3 of its list repeats an earlier name");
}

// Each name is compared with all before it, so a long list without a bound would take seconds.
TEST(SubprotocolList, HasABound) {
  std::string list = "n1";
  for (std::size_t i = 2; i <= kMostSubprotocols; ++i) list += ",n" + std::to_string(i);
  ASSERT_TRUE(parse_subprotocols(list));
  EXPECT_EQ(parse_subprotocols(list)->size(), kMostSubprotocols);
  const auto more = parse_subprotocols(list + ",m");
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error(), "it has more than 64 names");
  const auto longer = parse_subprotocols(std::string(kMostSubprotocolBytes + 1, 'x'));
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error(), "it has 65537 bytes; at most 65536 can be sent");
  EXPECT_TRUE(parse_subprotocols(std::string(kMostSubprotocolBytes, 'x')));
}

}  // namespace
}  // namespace audio_stream::transport
