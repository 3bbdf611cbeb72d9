#include "audio/speech_gate.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

#include "audio/tone.hpp"

namespace audio_stream::audio {
namespace {

using Samples = std::vector<std::int16_t>;

Samples noise(double amplitude) {
  static std::mt19937 random{5};
  std::normal_distribution<double> level{0, amplitude};
  Samples out(160);
  for (auto& sample : out) sample = static_cast<std::int16_t>(level(random));
  return out;
}

/// ms until it opens; -1 if it doesn't within `frames` of 20 ms.
int opens_after(SpeechGate& gate, const std::vector<Samples>& frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (gate.hear({frames[i], 8000, 1})) return static_cast<int>((i + 1) * 20);
  }
  return -1;
}

TEST(SpeechGate, StaysShutForSilenceAndForNoise) {
  SpeechGate gate;
  EXPECT_EQ(opens_after(gate, std::vector<Samples>(100, Samples(160))), -1);
  std::vector<Samples> hiss;
  for (int i = 0; i < 200; ++i) hiss.push_back(noise(60));
  EXPECT_EQ(opens_after(gate, hiss), -1);
}

TEST(SpeechGate, OpensForAVoiceWithinALittleWhile) {
  SpeechGate gate;
  opens_after(gate, std::vector<Samples>(20, noise(30)));
  const int ms = opens_after(gate, std::vector<Samples>(20, test::tone(300, 8000, 160, 5000)));
  EXPECT_GT(ms, 0);
  EXPECT_LE(ms, 80);
}

TEST(SpeechGate, AClickIsNoVoice) {
  SpeechGate gate;
  std::vector<Samples> frames(40, noise(30));
  for (std::size_t i = 5; i < frames.size(); i += 7) frames[i] = test::tone(300, 8000, 160, 9000);
  EXPECT_EQ(opens_after(gate, frames), -1);
}

TEST(SpeechGate, OpensOncePerUtteranceAndShutsAfterAPause) {
  SpeechGate gate;
  const Samples voice = test::tone(300, 8000, 160, 5000);
  EXPECT_GT(opens_after(gate, std::vector<Samples>(20, voice)), 0);
  EXPECT_EQ(opens_after(gate, std::vector<Samples>(50, voice)), -1);
  opens_after(gate, std::vector<Samples>(10, Samples(160)));
  EXPECT_TRUE(gate.open()) << "a breath";
  opens_after(gate, std::vector<Samples>(20, Samples(160)));
  EXPECT_FALSE(gate.open());
  EXPECT_GT(opens_after(gate, std::vector<Samples>(20, voice)), 0);
}

}  // namespace
}  // namespace audio_stream::audio
