#include "audio/frame_mixer.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "audio/tone.hpp"

namespace audio_stream::audio {
namespace {

using Samples = std::vector<std::int16_t>;

TEST(FrameMixer, MixesWithSaturation) {
  Playout playout{{8000, 1000, 0}};
  FrameMixer mixer{playout, PlayMode::mix};
  playout.write(Samples{100, 30'000, -30'000});
  Samples frame{1, 10'000, -10'000, 5};
  EXPECT_TRUE(mixer.mix(frame, 8000, 1).changed);
  EXPECT_EQ(frame, (Samples{101, 32'767, -32'768, 5}));
}

TEST(FrameMixer, ReplacesTheFrameWhileThereIsAudio) {
  Playout playout{{8000, 1000, 0}};
  FrameMixer mixer{playout, PlayMode::replace};
  playout.write(Samples{100, 200});
  Samples frame{1, 2, 3, 4};
  EXPECT_TRUE(mixer.mix(frame, 8000, 1).changed);
  EXPECT_EQ(frame, (Samples{100, 200, 0, 0}));
  frame = {1, 2, 3, 4};
  EXPECT_FALSE(mixer.mix(frame, 8000, 1).changed);
  EXPECT_EQ(frame, (Samples{1, 2, 3, 4}));
}

TEST(FrameMixer, MixesIntoBothChannels) {
  Playout playout{{8000, 1000, 0}};
  FrameMixer mixer{playout, PlayMode::mix};
  playout.write(Samples{100, 200});
  Samples frame{1, 2, 3, 4};
  mixer.mix(frame, 8000, 2);
  EXPECT_EQ(frame, (Samples{101, 102, 203, 204}));
}

TEST(FrameMixer, FollowsACallWhoseCodecChanges) {
  Playout playout{{8000, 10'000, 0}};
  FrameMixer mixer{playout, PlayMode::mix};
  playout.write(test::tone(1000, 8000, 24'000));
  Samples heard;
  for (int i = 0; i < 100; ++i) {
    Samples frame(320);
    mixer.mix(frame, 16'000, 1);
    heard.insert(heard.end(), frame.begin(), frame.end());
  }
  EXPECT_NEAR(static_cast<double>(playout.taken()), 16'000, 40);
  const auto steady = std::span<const std::int16_t>{heard}.subspan(1600, 16'000);
  EXPECT_NEAR(test::decibels(test::amplitude_at(1000, 16'000, steady) / 16000.0), 0, 0.5);
}

}  // namespace
}  // namespace audio_stream::audio
