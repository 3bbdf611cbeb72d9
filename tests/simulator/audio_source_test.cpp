// Where a call's audio comes from.
#include <algorithm>
#include <array>
#include <cmath>

#include "fixture.hpp"

namespace simulator::testing {
namespace {

std::vector<std::int16_t> take(AudioSource& source, std::size_t samples, std::uint32_t rate,
                               std::uint8_t channels = 1) {
  std::vector<std::int16_t> frame(samples * channels);
  source.next(frame, rate, channels);
  return frame;
}

TEST(AudioSourceTest, PlaysSamplesUnchangedThenSilence) {
  AudioSource source = AudioSource::samples(counting(5), 8000);
  EXPECT_FALSE(source.ended());
  EXPECT_EQ(take(source, 3, 8000), counting(3));
  EXPECT_EQ(take(source, 3, 8000), (std::vector<std::int16_t>{4, 5, 0}));
  EXPECT_TRUE(source.ended());
  EXPECT_EQ(take(source, 2, 8000), (std::vector<std::int16_t>{0, 0}));
  EXPECT_EQ(source.length(), std::chrono::microseconds(625));
}

TEST(AudioSourceTest, StartsOver) {
  AudioSource source = AudioSource::samples(counting(2), 8000).repeated();
  EXPECT_EQ(take(source, 5, 8000), (std::vector<std::int16_t>{1, 2, 1, 2, 1}));
  EXPECT_FALSE(source.ended());
}

TEST(AudioSourceTest, CopiesPlayOnTheirOwn) {
  AudioSource source = AudioSource::samples(counting(4), 8000);
  AudioSource copy = source;
  take(source, 2, 8000);
  EXPECT_EQ(take(copy, 2, 8000), counting(2));
}

TEST(AudioSourceTest, ConvertsRateAndChannels) {
  std::vector<std::int16_t> tone(8000);
  for (std::size_t i = 0; i < tone.size(); ++i) {
    tone[i] =
        static_cast<std::int16_t>(8000 * std::sin(2 * M_PI * 440 * static_cast<double>(i) / 8000));
  }
  AudioSource source = AudioSource::samples(tone, 8000);
  const auto wide = take(source, 16000, 16000, 2);
  double error = 0;
  for (std::size_t i = 200; i < 15800; ++i) {
    EXPECT_EQ(wide[2 * i], wide[2 * i + 1]);
    const double exact = 8000 * std::sin(2 * M_PI * 440 * static_cast<double>(i) / 16000);
    error = std::max(error, std::abs(wide[2 * i] - exact));
  }
  EXPECT_LT(error, 40) << "no delay and no distortion worth mentioning";
  EXPECT_TRUE(source.ended());
}

TEST(AudioSourceTest, KeepsItsPlaceWhenTheRateChanges) {
  AudioSource source = AudioSource::samples(std::vector<std::int16_t>(1600, 1000), 8000);
  take(source, 800, 8000);
  take(source, 1600, 16000);
  EXPECT_TRUE(source.ended());
}

TEST(AudioSourceTest, TonesHaveTheirFrequency) {
  AudioSource source = AudioSource::tone(1000, 0.5);
  const auto tone = take(source, 8000, 8000);
  EXPECT_EQ(tone[2], 16384) << "a quarter turn";
  int crossings = 0;
  for (std::size_t i = 1; i < tone.size(); ++i) crossings += tone[i - 1] < 0 && tone[i] >= 0;
  EXPECT_NEAR(crossings, 1000, 1);
}

TEST(AudioSourceTest, NamesTheFileItCannotRead) {
  try {
    AudioSource::wav("absent.wav");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("absent.wav"), std::string::npos);
  }
}

TEST(AudioSourceTest, IsMadeByAFunctionThatCopiesShare) {
  int made = 0;
  auto source = AudioSource::made_by([&made](std::span<std::int16_t> packet) {
    std::fill(packet.begin(), packet.end(), static_cast<std::int16_t>(++made));
  });
  AudioSource copy = source;
  std::array<std::int16_t, 160> packet{};
  EXPECT_EQ(source.next(packet, 8000, 1), Packet::audio);
  EXPECT_EQ(packet[159], 1);
  EXPECT_EQ(copy.next(packet, 8000, 1), Packet::audio);
  EXPECT_EQ(packet[0], 2);
  EXPECT_FALSE(copy.ended());
}

}  // namespace
}  // namespace simulator::testing
