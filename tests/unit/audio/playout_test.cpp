#include "audio/playout.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <thread>
#include <vector>

#include "audio/tone.hpp"

namespace audio_stream::audio {
namespace {

using Samples = std::vector<std::int16_t>;

using test::kFrame;

/// 1, 2, 3 ...: each sample tells its position, up to the wraparound.
Samples ramp(std::size_t count, std::size_t from = 0) {
  Samples out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = static_cast<std::int16_t>((from + i) % 30000 + 1);
  }
  return out;
}

Samples take(Playout& playout, std::size_t samples = kFrame) {
  Samples out(samples, -7);
  playout.take(out);
  return out;
}

bool silent(const Samples& samples) {
  return std::ranges::all_of(samples, [](std::int16_t sample) { return sample == 0; });
}

TEST(Playout, YieldsTheWrittenSamples) {
  Playout playout{{8000, 300'000, 0}};
  const Samples all = ramp(20'000);
  std::mt19937 random{1};
  for (std::size_t done = 0; done < all.size();) {
    const std::size_t piece = std::min<std::size_t>(all.size() - done, random() % 700 + 1);
    playout.write(std::span{all}.subspan(done, piece));
    done += piece;
  }
  Samples out;
  while (out.size() < all.size()) {
    const Samples frame = take(playout, random() % 300 + 1);
    out.insert(out.end(), frame.begin(), frame.end());
  }
  EXPECT_EQ(Samples(out.begin(), out.begin() + 20'000), all);
  EXPECT_TRUE(silent({out.begin() + 20'000, out.end()}));
  EXPECT_EQ(playout.taken(), 20'000U);
  EXPECT_EQ(playout.underruns(), 0U);
}

TEST(Playout, WaitsForThePrebufferOfAnUtterance) {
  Playout playout{{8000, 300'000, 60}};
  playout.write(ramp(kFrame));
  EXPECT_TRUE(silent(take(playout)));
  playout.write(ramp(3 * kFrame, kFrame));
  EXPECT_EQ(take(playout), ramp(kFrame));
  EXPECT_EQ(take(playout), ramp(kFrame, kFrame));
}

TEST(Playout, DoesNotHoldBackAMarkedEnd) {
  Playout playout{{8000, 300'000, 60}};
  playout.write(ramp(40));
  playout.end_at(40);
  Samples frame = take(playout);
  EXPECT_EQ(Samples(frame.begin(), frame.begin() + 40), ramp(40));
  playout.write(ramp(100, 40));
  playout.end_at(148);  // the resampler keeps some samples back
  frame = take(playout);
  EXPECT_EQ(Samples(frame.begin(), frame.begin() + 100), ramp(100, 40));
  playout.write(ramp(8, 140));
  EXPECT_FALSE(silent(take(playout)));
  EXPECT_EQ(playout.underruns(), 0U);
}

TEST(Playout, HoldsBackAnUnmarkedEndForOnePrebufferAtMost) {
  Playout playout{{8000, 300'000, 60}};
  playout.write(ramp(40));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(silent(take(playout))) << i;
  const Samples frame = take(playout);
  EXPECT_EQ(Samples(frame.begin(), frame.begin() + 40), ramp(40));
  EXPECT_TRUE(silent({frame.begin() + 40, frame.end()}));
}

TEST(Playout, FillsAnUnderrunWithSilenceAndRaisesThePrebuffer) {
  Playout playout{{8000, 300'000, 20}};
  playout.write(ramp(kFrame));
  EXPECT_TRUE(silent(take(playout)));
  EXPECT_FALSE(silent(take(playout)));
  EXPECT_TRUE(silent(take(playout)));  // dry for 20 ms
  EXPECT_TRUE(silent(take(playout)));  // 40 ms
  EXPECT_EQ(playout.underruns(), 0U) << "it may have been the end";
  playout.write(ramp(kFrame));
  EXPECT_TRUE(silent(take(playout)));
  EXPECT_EQ(playout.underruns(), 1U);
  EXPECT_EQ(playout.lacking(), 2 * kFrame);
  EXPECT_EQ(playout.prebuffer_ms(), 80U) << "the missing time, and a step";
}

TEST(Playout, ThePrebufferStaysWithinItsBoundsAndComesDownAgain) {
  Playout playout{{8000, 300'000, 20}};
  for (int i = 0; i < 10; ++i) {
    playout.write(ramp(kFrame));
    for (int j = 0; j < 16; ++j) take(playout);
  }
  EXPECT_EQ(playout.prebuffer_ms(), Playout::kMostPrebufferMs);
  playout.write(ramp(60 * kFrame));
  for (int i = 0; i < 300; ++i) {
    playout.write(ramp(50 * kFrame));
    for (int j = 0; j < 50; ++j) take(playout);
  }
  EXPECT_EQ(playout.prebuffer_ms(), 20U);
}

/// A sender in real time over TCP, which delays packets of 20 ms and keeps their order. The call
/// takes 20 ms every 20 ms.
class Jitter {
 public:
  Jitter(Playout& playout, int most_ms) : playout_{playout}, jitter_{0, most_ms} {}

  /// Sends that many packets and then pauses. Returns the underruns in between.
  std::uint64_t utterance(int packets) {
    const std::uint64_t before = playout_.underruns();
    int arrived = 0;
    int due = jitter_(random_);
    const int pause = 2 * static_cast<int>(Playout::kLongestGapMs);
    for (int now = 0; now < packets * 20 + jitter_.max() + pause; now += 20) {
      while (arrived < packets && due <= now) {
        playout_.write(ramp(kFrame));
        ++arrived;
        due = std::max(due, arrived * 20 + jitter_(random_));
      }
      take(playout_);
    }
    return playout_.underruns() - before;
  }

 private:
  Playout& playout_;
  std::mt19937 random_{6};
  std::uniform_int_distribution<int> jitter_;
};

TEST(Playout, JitterIsConcealedUpToThePrebuffer) {
  for (const int jitter : {0, 20, 60, 100, 200}) {
    Playout playout{{8000, 300'000, static_cast<std::uint32_t>(jitter)}};
    EXPECT_EQ(Jitter(playout, jitter).utterance(3000), 0U) << jitter;
  }
}

TEST(Playout, TheDefaultPrebufferLearnsSteadyJitterAndKeepsIt) {
  constexpr int kUtterances = 200;  // ten minutes of speech
  constexpr int kLearning = 40;
  for (const int jitter : {0, 20, 60, 100, 200}) {
    Playout playout{{8000, 300'000, 60}};
    Jitter network{playout, jitter};
    std::uint64_t learning = 0;
    std::uint64_t learnt = 0;
    for (int i = 0; i < kUtterances; ++i)
      (i < kLearning ? learning : learnt) += network.utterance(150);
    EXPECT_LE(learning, 5U) << jitter;
    EXPECT_LE(learnt, 2U) << jitter;
    EXPECT_LE(playout.prebuffer_ms(), std::max(60, jitter + 20)) << jitter;
  }
}

TEST(Playout, JitterBeyondTheBoundIsCounted) {
  Playout playout{{8000, 300'000, 60}};
  Jitter network{playout, 300};
  std::uint64_t late = 0;
  for (int i = 0; i < 80; ++i) {
    const std::uint64_t underruns = network.utterance(150);
    if (i >= 40) late += underruns;
  }
  EXPECT_GT(late, 5U);
  EXPECT_GT(playout.lacking(), 0U);
  EXPECT_EQ(playout.prebuffer_ms(), Playout::kMostPrebufferMs);
}

TEST(Playout, RunningDryAtAnEndIsNoUnderrun) {
  Playout playout{{8000, 300'000, 0}};
  playout.write(ramp(100));
  playout.end_at(100);
  take(playout);
  playout.write(ramp(100));
  take(playout);
  EXPECT_EQ(playout.underruns(), 0U);
}

TEST(Playout, WantsToBeTakenFromWhileAnUnderrunMayFollow) {
  Playout playout{{8000, 300'000, 0}};
  playout.write(ramp(kFrame));
  take(playout);
  EXPECT_FALSE(playout.wanted());
  int frames = 0;
  for (; playout.expecting() && frames < 100; ++frames) take(playout);
  EXPECT_NEAR(frames, Playout::kLongestGapMs / 20.0, 1);
  playout.write(ramp(kFrame));
  playout.end_at(2 * kFrame);
  take(playout);
  EXPECT_FALSE(playout.expecting()) << "that was all";
  playout.write(ramp(kFrame));
  take(playout);
  playout.pause(true);
  EXPECT_FALSE(playout.expecting());
}

TEST(Playout, AudioAfterALongGapIsAnotherUtterance) {
  Playout playout{{8000, 300'000, 0}};
  playout.write(ramp(100));
  for (int i = 0; i < 30; ++i) take(playout);
  playout.write(ramp(100));
  take(playout);
  EXPECT_EQ(playout.underruns(), 0U);
}

TEST(Playout, AClearStopsAtOnceAndReportsThePosition) {
  Playout playout{{8000, 300'000, 0}};
  playout.write(ramp(10 * kFrame));
  take(playout);
  playout.clear(0);
  EXPECT_TRUE(playout.wanted());
  EXPECT_FALSE(playout.next_cleared());
  EXPECT_TRUE(silent(take(playout)));
  const auto cleared = playout.next_cleared();
  ASSERT_TRUE(cleared);
  EXPECT_EQ(cleared->stopped, kFrame);
  EXPECT_EQ(cleared->end, 10 * kFrame);
  EXPECT_FALSE(playout.next_cleared());
  EXPECT_FALSE(playout.wanted());
  EXPECT_EQ(playout.taken(), 10 * kFrame);
}

TEST(Playout, AudioAfterAClearIsPlayed) {
  Playout playout{{8000, 300'000, 0}};
  playout.write(ramp(50'000));
  take(playout);
  playout.clear(0);
  playout.write(ramp(kFrame, 7));
  EXPECT_EQ(take(playout), ramp(kFrame, 7));
  EXPECT_EQ(playout.next_cleared()->end, 50'000U);
}

TEST(Playout, AFadeIsPlayedAndCountsAsHeard) {
  Playout playout{{8000, 300'000, 0}};
  playout.write(Samples(10 * kFrame, 10'000));
  take(playout);
  playout.clear(80);
  const Samples faded = take(playout);
  EXPECT_LT(faded[0], 10'000);
  EXPECT_TRUE(std::ranges::is_sorted(faded, std::greater{}));
  EXPECT_GT(faded[79], 0);
  EXPECT_EQ(faded[80], 0);
  EXPECT_EQ(playout.next_cleared()->stopped, kFrame + 80);
}

TEST(Playout, AFadeMayBeLongerThanAFrame) {
  Playout playout{{8000, 300'000, 0}};
  playout.write(Samples(10 * kFrame, 10'000));
  take(playout);
  playout.clear(2 * kFrame);
  EXPECT_FALSE(silent(take(playout)));
  playout.clear(0);  // does not change that
  EXPECT_FALSE(silent(take(playout)));
  EXPECT_TRUE(silent(take(playout)));
  EXPECT_EQ(playout.next_cleared()->stopped, 3 * kFrame);
}

TEST(Playout, AClearWithoutAudioIsAnswered) {
  Playout playout{{8000, 300'000, 0}};
  playout.clear(80);
  take(playout);
  const auto cleared = playout.next_cleared();
  ASSERT_TRUE(cleared);
  EXPECT_EQ(cleared->stopped, cleared->end);
}

TEST(Playout, ReportsOfClearsWaitToBeCollected) {
  Playout playout{{8000, 300'000, 0}};
  for (int i = 0; i < 40; ++i) {
    playout.write(ramp(10));
    playout.clear(0);
    EXPECT_TRUE(silent(take(playout)));
  }
  std::uint64_t end = 0;
  for (int i = 0; i < 20 && end < 400; ++i) {
    while (const auto cleared = playout.next_cleared()) end = cleared->end;
    take(playout);
  }
  EXPECT_EQ(end, 400U);
}

TEST(Playout, APauseKeepsEverything) {
  Playout playout{{8000, 300'000, 0}};
  playout.write(ramp(2 * kFrame));
  take(playout);
  playout.pause(true);
  EXPECT_FALSE(playout.wanted());
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(silent(take(playout)));
  playout.pause(false);
  EXPECT_EQ(take(playout), ramp(kFrame, kFrame));
  EXPECT_EQ(playout.underruns(), 0U);
}

TEST(Playout, WakesTheWritingThreadAtAPosition) {
  Playout playout{{8000, 300'000, 0}};
  playout.write(ramp(4 * kFrame));
  playout.wake_at(2 * kFrame);
  Samples out(kFrame);
  EXPECT_FALSE(playout.take(out).wake);
  EXPECT_TRUE(playout.take(out).wake);
  playout.wake_at(Playout::kNever);
  EXPECT_FALSE(playout.take(out).wake);
}

TEST(Playout, HasABoundedBuffer) {
  Playout playout{{8000, 1000, 0}};
  EXPECT_EQ(playout.room(), 8000U);
  playout.write(ramp(8000));
  EXPECT_EQ(playout.room(), 0U);
  take(playout);
  EXPECT_EQ(playout.room(), kFrame);
}

TEST(Playout, OneThreadWritesWhileAnotherTakes) {
  Playout playout{{8000, 300'000, 0}};
  constexpr std::size_t kAll = 400'000;
  const Samples all = ramp(kAll);
  std::thread writing{[&] {
    std::mt19937 random{2};
    for (std::size_t done = 0; done < kAll;) {
      const std::size_t piece = std::min<std::size_t>(kAll - done, random() % 3000 + 1);
      playout.write(std::span{all}.subspan(done, piece));
      done += piece;
    }
  }};
  Samples out;
  Samples frame(kFrame);
  while (out.size() < kAll) {
    const std::size_t count = playout.take(frame).samples;
    out.insert(out.end(), frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(count));
  }
  writing.join();
  EXPECT_EQ(out, all);
}

TEST(Playout, ClearingWhileAnotherThreadTakesKeepsTheCounts) {
  Playout playout{{8000, 300'000, 0}};
  std::atomic<bool> done{false};
  std::uint64_t heard = 0;
  std::thread taking{[&] {
    Samples frame(kFrame);
    while (!done) heard += playout.take(frame).samples;
  }};
  std::uint64_t thrown = 0;
  std::uint64_t answered = 0;
  for (int i = 0; i < 100; ++i) {
    playout.write(ramp(1000));
    playout.clear(0);
    const std::uint64_t asked = playout.written();
    while (answered < asked) {
      if (const auto cleared = playout.next_cleared()) {
        thrown += cleared->end - cleared->stopped;
        answered = cleared->end;
      } else {
        std::this_thread::yield();
      }
    }
  }
  done = true;
  taking.join();
  EXPECT_EQ(heard + thrown, 100'000U);
}

}  // namespace
}  // namespace audio_stream::audio
