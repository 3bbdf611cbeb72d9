#include "audio/speech_gate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <ostream>
#include <random>
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
    if (gate.hear({frames[i], 8000, 1})) return static_cast<int>((i + 1) * 20);
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
      if (gate.hear({noise.frame(), 8000, 1})) ++alarms;
    }
    int latency = -1;
    for (std::size_t i = 0; i < 75; ++i) {
      const bool opened = gate.hear({sum(noise.frame(), voice(i, GetParam().voice_db)), 8000, 1});
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
  opens_after(gate, std::vector<Samples>(5, Samples(kFrame)));
  const Samples voice = test::tone(300, 8000, kFrame, 5000);
  EXPECT_GT(opens_after(gate, std::vector<Samples>(20, voice)), 0);
  EXPECT_EQ(opens_after(gate, std::vector<Samples>(50, voice)), -1);
  opens_after(gate, std::vector<Samples>(10, Samples(kFrame)));
  EXPECT_TRUE(gate.open()) << "a short silence";
  opens_after(gate, std::vector<Samples>(20, Samples(kFrame)));
  EXPECT_FALSE(gate.open());
  EXPECT_GT(opens_after(gate, std::vector<Samples>(20, voice)), 0);
}

}  // namespace
}  // namespace audio_stream::audio
