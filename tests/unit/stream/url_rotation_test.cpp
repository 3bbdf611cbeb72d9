#include "stream/url_rotation.hpp"

#include <gtest/gtest.h>

namespace audio_stream::stream {
namespace {

using Outlook = UrlRotation::Outlook;

TEST(UrlRotation, ASingleUrlIsARound) {
  UrlRotation turn{1};
  EXPECT_EQ(turn.failed(false), Outlook::round_over);
  EXPECT_EQ(turn.failed(true), Outlook::all_refused);
  EXPECT_EQ(turn.current(), 0U);
}

TEST(UrlRotation, EachUrlIsTriedOnceARound) {
  UrlRotation turn{3};
  EXPECT_EQ(turn.failed(false), Outlook::another);
  EXPECT_EQ(turn.current(), 1U);
  EXPECT_EQ(turn.failed(true), Outlook::another);
  EXPECT_EQ(turn.current(), 2U);
  EXPECT_EQ(turn.failed(true), Outlook::round_over) << "one of them was not refused";
  EXPECT_EQ(turn.current(), 0U);
  EXPECT_EQ(turn.failed(true), Outlook::another);
  EXPECT_EQ(turn.failed(true), Outlook::another);
  EXPECT_EQ(turn.failed(true), Outlook::all_refused);
}

TEST(UrlRotation, TheConnectedUrlIsTheFirstOfTheNextRound) {
  UrlRotation turn{3};
  EXPECT_EQ(turn.failed(false), Outlook::another);
  turn.connected();
  EXPECT_EQ(turn.current(), 1U);
  EXPECT_EQ(turn.failed(false), Outlook::another);
  EXPECT_EQ(turn.current(), 2U);
  EXPECT_EQ(turn.failed(false), Outlook::another);
  EXPECT_EQ(turn.current(), 0U);
  EXPECT_EQ(turn.failed(false), Outlook::round_over);
}

}  // namespace
}  // namespace audio_stream::stream
