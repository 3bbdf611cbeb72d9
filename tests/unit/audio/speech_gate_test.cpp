#include "audio/speech_gate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>
#include <ostream>
#include <random>
#include <span>
#include <vector>

#include "audio/tone.hpp"

namespace audio_stream::audio {
namespace {

using Samples = std::vector<std::int16_t>;

using test::kFrame;

double amplitude_of(double dbfs) {
  return 32768 * std::pow(10, dbfs / 20);
}

/// Noise of a room or a car: stronger at low frequencies. Its level swings by `swing_db`.
class Noise {
 public:
  explicit Noise(double dbfs, double swing_db = 0) : dbfs_{dbfs}, swing_db_{swing_db} {}

  Samples frame() {
    // The filter's power gain is 1 / (1 - 0.6^2).
    const double level = amplitude_of(dbfs_ + swing_db_ * std::sin(frames_++ * 0.05)) * 0.8;
    std::normal_distribution<double> white{0, level};
    Samples out(kFrame);
    for (auto& sample : out) {
      last_ = 0.6 * last_ + white(random_);
      sample = static_cast<std::int16_t>(std::clamp(last_, -32768.0, 32767.0));
    }
    return out;
  }

 private:
  double dbfs_;
  double swing_db_;
  double last_ = 0;
  int frames_ = 0;
  std::mt19937 random_{5};
};

/// A voice: harmonics of 120 Hz in four syllables a second, with a pause after each twelfth. `dbfs`
/// is the average level while it speaks.
Samples voice(std::size_t frame, double dbfs) {
  Samples out(kFrame);
  for (std::size_t i = 0; i < kFrame; ++i) {
    const double at = static_cast<double>(frame * kFrame + i) / 8000;
    const double syllable = std::abs(std::sin(std::numbers::pi * 4 * at));
    double sound = 0;
    for (int n = 1; n <= 8; ++n) sound += std::sin(2 * std::numbers::pi * 120 * n * at + n * n) / n;
    // The syllables have half the power, the harmonics 0.76 of it.
    const double sample = amplitude_of(dbfs) * syllable * sound / std::sqrt(0.5 * 0.76);
    out[i] = static_cast<std::int16_t>(std::clamp(sample, -32768.0, 32767.0));
  }
  return out;
}

Samples sum(const Samples& a, const Samples& b) {
  Samples out(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    out[i] = static_cast<std::int16_t>(std::clamp(a[i] + b[i], -32768, 32767));
  }
  return out;
}

/// The time until the gate opens in ms. -1 if it stays closed.
int opens_after(SpeechGate& gate, const std::vector<Samples>& frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (gate.hear({frames[i], 8000, 1}).started) return static_cast<int>((i + 1) * 20);
  }
  return -1;
}

struct Scene {
  double noise_db;
  double swing_db;
  double voice_db;
};
std::ostream& operator<<(std::ostream& out, const Scene& scene) {
  return out << "noise of " << scene.noise_db << " dBFS, a voice of " << scene.voice_db << " dBFS";
}

class SpeechGateIn : public testing::TestWithParam<Scene> {};

/// Six utterances of 1.5 s, each after three seconds of noise.
TEST_P(SpeechGateIn, EachUtteranceOpensItAndNoiseDoesNot) {
  SpeechGate gate;
  Noise noise{GetParam().noise_db, GetParam().swing_db};
  int alarms = 0;
  int misses = 0;
  int slowest = 0;
  for (int utterance = 0; utterance < 6; ++utterance) {
    for (int i = 0; i < 150; ++i) {
      if (gate.hear({noise.frame(), 8000, 1}).started) ++alarms;
    }
    int latency = -1;
    for (std::size_t i = 0; i < 75; ++i) {
      const bool opened =
          gate.hear({sum(noise.frame(), voice(i, GetParam().voice_db)), 8000, 1}).started;
      if (!opened) continue;
      if (latency < 0) latency = static_cast<int>(i + 1) * 20;
    }
    if (latency < 0) ++misses;
    slowest = std::max(slowest, latency);
  }
  RecordProperty("latency_ms", slowest);
  EXPECT_EQ(misses, 0);
  EXPECT_EQ(alarms, 0);
  EXPECT_LE(slowest, 200);
}

INSTANTIATE_TEST_SUITE_P(Levels, SpeechGateIn,
                         testing::Values(Scene{-60, 0, -35}, Scene{-60, 2, -35}, Scene{-50, 0, -35},
                                         Scene{-50, 2, -35}, Scene{-45, 0, -33}, Scene{-45, 2, -33},
                                         Scene{-40, 0, -28}, Scene{-40, 2, -28}, Scene{-35, 0, -23},
                                         Scene{-35, 2, -23}, Scene{-30, 0, -18},
                                         Scene{-30, 2, -18}));

TEST(SpeechGate, StaysClosedInSilence) {
  SpeechGate gate;
  EXPECT_EQ(opens_after(gate, std::vector<Samples>(100, Samples(kFrame))), -1);
}

TEST(SpeechGate, LearnsTheNoiseThatOpenedIt) {
  SpeechGate gate;
  opens_after(gate, std::vector<Samples>(20, Samples(kFrame)));
  Noise noise{-38};
  std::vector<Samples> hiss;
  for (int i = 0; i < 150; ++i) hiss.push_back(noise.frame());
  EXPECT_GT(opens_after(gate, hiss), 0) << "in silence this could be a voice";
  EXPECT_EQ(opens_after(gate, hiss), -1);
  EXPECT_FALSE(gate.open());
}

TEST(SpeechGate, OpensForAVoiceSoon) {
  SpeechGate gate;
  Noise noise{-60};
  std::vector<Samples> quiet;
  for (int i = 0; i < 20; ++i) quiet.push_back(noise.frame());
  opens_after(gate, quiet);
  const int ms = opens_after(gate, std::vector<Samples>(20, test::tone(300, 8000, kFrame, 5000)));
  EXPECT_GT(ms, 0);
  EXPECT_LE(ms, 80);
}

TEST(SpeechGate, AClickIsNoVoice) {
  SpeechGate gate;
  Noise noise{-60};
  std::vector<Samples> frames;
  for (int i = 0; i < 40; ++i) {
    frames.push_back(i % 7 == 5 ? test::tone(300, 8000, kFrame, 9000) : noise.frame());
  }
  EXPECT_EQ(opens_after(gate, frames), -1);
}

TEST(SpeechGate, OpensOncePerUtteranceAndClosesAfterAPause) {
  SpeechGate gate;
  opens_after(gate, std::vector<Samples>(20, Samples(kFrame)));
  const Samples voice = test::tone(300, 8000, kFrame, 5000);
  EXPECT_GT(opens_after(gate, std::vector<Samples>(20, voice)), 0);
  EXPECT_EQ(opens_after(gate, std::vector<Samples>(50, voice)), -1);
  opens_after(gate, std::vector<Samples>(10, Samples(kFrame)));
  EXPECT_TRUE(gate.open()) << "a short silence";
  opens_after(gate, std::vector<Samples>(20, Samples(kFrame)));
  EXPECT_FALSE(gate.open());
  EXPECT_GT(opens_after(gate, std::vector<Samples>(20, voice)), 0);
}

// ---- what the call did not yield --------------------------------------------------------------

constexpr double kStreet = -41;  // dBFS: the noise of a street or a car

/// A line with noise on which nobody speaks: alarms in ten seconds. `lose` says which frames the
/// call does not yield, and what comes instead.
template <class Lose>  // std::optional<Samples>(int frame)
int alarms_on_a_noisy_line(SpeechGate& gate, const Lose& lose, int frames = 500) {
  Noise noise{kStreet, 1};
  int alarms = 0;
  for (int i = 0; i < frames; ++i) {
    const Samples sound = noise.frame();
    const std::optional<Samples> instead = lose(i);
    if (gate.hear({instead ? *instead : sound, 8000, 1}).started) ++alarms;
  }
  return alarms;
}

Samples padding() {
  return Samples(kFrame, -1);
}

TEST(SpeechGate, HearsNobodyWhereFramesAreLost) {
  for (const int percent : {1, 5, 20}) {
    SpeechGate gate;
    std::minstd_rand random{static_cast<std::minstd_rand::result_type>(percent)};
    const int alarms = alarms_on_a_noisy_line(
        gate,
        [&](int) -> std::optional<Samples> {
          if (static_cast<int>(random() % 100) >= percent) return std::nullopt;
          return padding();
        },
        3000);
    EXPECT_EQ(alarms, 0) << percent << " % lost";
  }
}

TEST(SpeechGate, HearsNobodyOnALineThatStartsNoisy) {
  for (const int first : {0, 1, 2, 3}) {  // frames that the switch loses behind a media bug
    SpeechGate gate;
    EXPECT_EQ(alarms_on_a_noisy_line(gate,
                                     [&](int i) -> std::optional<Samples> {
                                       if (i >= first) return std::nullopt;
                                       return Samples(kFrame);
                                     }),
              0)
        << first << " frames of silence";
  }
}

TEST(SpeechGate, HearsNobodyWhenAMuteEnds) {
  for (const int sample : {-1, 0, 8}) {  // the switch's padding, PCMU's silence, PCMA's
    SpeechGate gate;
    EXPECT_EQ(alarms_on_a_noisy_line(gate,
                                     [&](int i) -> std::optional<Samples> {
                                       if (i < 100 || i % 100 >= 30) return std::nullopt;
                                       return Samples(kFrame, static_cast<std::int16_t>(sample));
                                     }),
              0)
        << "silence of " << sample;
  }
}

// A second stream's start, or a recording's, loses a frame or two.
TEST(SpeechGate, HearsNobodyWhenAFrameOrTwoAreSilent) {
  SpeechGate gate;
  EXPECT_EQ(alarms_on_a_noisy_line(gate,
                                   [](int i) -> std::optional<Samples> {
                                     if (i % 100 > 1) return std::nullopt;
                                     return Samples(kFrame);
                                   }),
            0);
}

TEST(SpeechGate, HearsNobodyAfterAHold) {
  SpeechGate gate;
  Noise noise{kStreet};
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 100; ++i) {
      EXPECT_FALSE(gate.hear({noise.frame(), 8000, 1}).started) << round;
    }
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(gate.miss(200).started);
  }
}

// One or two frames that are quiet but not silent, as a frame that is partly padded.
TEST(SpeechGate, TakesAQuietFrameForNoMeasureOfTheNoise) {
  SpeechGate gate;
  Noise quiet{-75};
  EXPECT_EQ(alarms_on_a_noisy_line(gate,
                                   [&](int i) -> std::optional<Samples> {
                                     if (i % 50 > 1) return std::nullopt;
                                     return quiet.frame();
                                   }),
            0);
}

TEST(SpeechGate, HearsSpeechOverTheNoiseAndLosses) {
  SpeechGate gate;
  Noise noise{kStreet};
  std::minstd_rand random{7};
  int found = 0;
  for (int utterance = 0; utterance < 10; ++utterance) {
    for (int i = 0; i < 100; ++i) gate.hear({noise.frame(), 8000, 1});
    EXPECT_FALSE(gate.open()) << utterance;
    for (std::size_t i = 0; i < 75; ++i) {
      const bool lost = random() % 100 < 5;
      const Samples sound = sum(noise.frame(), voice(i, -26));
      if (gate.hear({lost ? padding() : sound, 8000, 1}).started) ++found;
    }
  }
  EXPECT_EQ(found, 10);
}

// A phone that suppresses silence sends nothing between words, or zeros.
TEST(SpeechGate, ClosesWhenNothingMoreComes) {
  SpeechGate gate;
  opens_after(gate, std::vector<Samples>(20, Samples(kFrame)));
  ASSERT_GT(opens_after(gate, std::vector<Samples>(20, test::tone(300, 8000, kFrame, 5000))), 0);
  double stopped_ms = 0;
  for (int i = 0; i < 40 && stopped_ms == 0; ++i) {
    const auto change = gate.hear({padding(), 8000, 1});
    if (change.stopped) stopped_ms = change.ago_ms;
  }
  EXPECT_DOUBLE_EQ(stopped_ms, 400) << "the speech ended with its last frame";
  EXPECT_FALSE(gate.open());
}

TEST(SpeechGate, KnowsWhenSpeechBeganForEveryFrameLength) {
  for (const std::size_t ms : {10U, 20U, 30U, 60U, 120U}) {
    SpeechGate gate;
    opens_after(gate, std::vector<Samples>(20, Samples(kFrame)));
    const Samples sound = test::tone(300, 8000, 8000, 5000);
    double began_ms = -1;
    for (std::size_t at = 0; at + ms <= 600 && began_ms < 0; at += ms) {
      const auto change = gate.hear({std::span{sound}.subspan(at * 8, ms * 8), 8000, 1});
      if (change.started) began_ms = static_cast<double>(at + ms) - change.ago_ms;
    }
    EXPECT_DOUBLE_EQ(began_ms, 0) << "frames of " << ms << " ms";
  }
}

}  // namespace
}  // namespace audio_stream::audio
