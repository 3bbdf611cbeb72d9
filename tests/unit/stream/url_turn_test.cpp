#include "stream/url_turn.hpp"

#include <gtest/gtest.h>

namespace audio_stream::stream {
namespace {

using Outlook = UrlTurn::Outlook;

TEST(UrlTurn, ASingleUrlIsARoundOfItsOwn) {
  UrlTurn turn{1};
  EXPECT_EQ(turn.failed(false), Outlook::round_over);
  EXPECT_EQ(turn.failed(true), Outlook::all_refused);
  EXPECT_EQ(turn.current(), 0U);
}

TEST(UrlTurn, EachIsTriedOnceARound) {
  UrlTurn turn{3};
  EXPECT_EQ(turn.failed(false), Outlook::another);
  EXPECT_EQ(turn.current(), 1U);
  EXPECT_EQ(turn.failed(true), Outlook::another);
  EXPECT_EQ(turn.current(), 2U);
  EXPECT_EQ(turn.failed(true), Outlook::round_over) << "one of them did not refuse";
  EXPECT_EQ(turn.current(), 0U);
  EXPECT_EQ(turn.failed(true), Outlook::another);
  EXPECT_EQ(turn.failed(true), Outlook::another);
  EXPECT_EQ(turn.failed(true), Outlook::all_refused);
}

TEST(UrlTurn, TheOneThatStoodIsTheFirstOfTheNextRound) {
  UrlTurn turn{3};
  EXPECT_EQ(turn.failed(false), Outlook::another);
  turn.stood();
  EXPECT_EQ(turn.current(), 1U);
  EXPECT_EQ(turn.failed(false), Outlook::another);
  EXPECT_EQ(turn.current(), 2U);
  EXPECT_EQ(turn.failed(false), Outlook::another);
  EXPECT_EQ(turn.current(), 0U);
  EXPECT_EQ(turn.failed(false), Outlook::round_over);
}

}  // namespace
}  // namespace audio_stream::stream
