#include "stream/unread_watch.hpp"

#include <gtest/gtest.h>

namespace audio_stream::stream {
namespace {

using namespace std::chrono_literals;
using Step = UnreadWatch::Step;

class UnreadWatchTest : public testing::Test {
 protected:
  UnreadWatch::Time start_{100s};
  UnreadWatch watch_{start_};
};

TEST_F(UnreadWatchTest, ACallWithFramesIsRead) {
  for (auto now = start_; now < start_ + 60s; now += 250ms) {
    EXPECT_EQ(watch_.look(now, now - 20ms), Step::none);
  }
}

TEST_F(UnreadWatchTest, ACallIsUnreadOnceAndReadAgainOnce) {
  EXPECT_EQ(watch_.look(start_ + 4900ms, start_), Step::none);
  EXPECT_EQ(watch_.look(start_ + 5000ms, start_), Step::ask);
  EXPECT_EQ(watch_.look(start_ + 5250ms, start_), Step::none) << "one question at a time";
  EXPECT_TRUE(watch_.answered(start_ + 5300ms, true));
  EXPECT_EQ(watch_.silent(), 5300ms);
  EXPECT_EQ(watch_.look(start_ + 60s, start_), Step::none);
  EXPECT_EQ(watch_.look(start_ + 61s, start_ + 60500ms), Step::read_again);
  EXPECT_EQ(watch_.silent(), 60500ms);
  EXPECT_EQ(watch_.look(start_ + 62s, start_ + 62s), Step::none);
}

TEST_F(UnreadWatchTest, ACallThatNeverHadAFrameIsUnreadToo) {
  EXPECT_EQ(watch_.look(start_ + 5s, UnreadWatch::Time::min()), Step::ask);
  EXPECT_TRUE(watch_.answered(start_ + 5s, true));
}

TEST_F(UnreadWatchTest, AHeldCallIsAskedAboutAgain) {
  EXPECT_EQ(watch_.look(start_ + 5s, start_), Step::ask);
  EXPECT_FALSE(watch_.answered(start_ + 5s, false));
  EXPECT_EQ(watch_.look(start_ + 9s, start_), Step::none);
  EXPECT_EQ(watch_.look(start_ + 10s, start_), Step::ask);
  EXPECT_TRUE(watch_.answered(start_ + 10s, true));
}

TEST_F(UnreadWatchTest, AFrameBeforeTheAnswerWins) {
  EXPECT_EQ(watch_.look(start_ + 5s, start_), Step::ask);
  EXPECT_EQ(watch_.look(start_ + 5200ms, start_ + 5100ms), Step::none);
  EXPECT_FALSE(watch_.answered(start_ + 5300ms, true));
}

}  // namespace
}  // namespace audio_stream::stream
