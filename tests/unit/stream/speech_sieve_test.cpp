// With vad=gate only speech goes up, with what comes directly before and after it.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "audio/tone.hpp"
#include "stream/uplink_fixture.hpp"

namespace audio_stream::stream {
namespace {

using audio::Mix;
using test::Rig;
using test::Samples;

constexpr std::uint64_t kPacket = 160;

class SpeechSieveTest : public testing::Test {
 protected:
  static Uplink::Shape shape(std::uint32_t packet_ms = 20) {
    Uplink::Shape shape{Mix::mono, 8000, packet_ms, 10'000};
    shape.listens = true;
    shape.gates = true;
    return shape;
  }
  void be_quiet(std::uint32_t ms) { rig_->write_ms(ms, 8000, 0); }
  void speak(std::uint32_t ms) {
    const Samples voice = audio::test::tone(300, 8000, kPacket, 5000);
    for (std::uint32_t spoken = 0; spoken < ms; spoken += 20) rig_->write(voice, 8000);
  }
  struct Passed {
    std::uint64_t packet;  // its number
    std::uint64_t left_out;
  };
  std::vector<Passed> passed() {
    std::vector<Passed> all;
    while (const auto packet = rig_->uplink->pop()) {
      all.push_back({packet->position / kPacket, packet->left_out / kPacket});
    }
    return all;
  }

  std::unique_ptr<Rig> rig_ = std::make_unique<Rig>(shape(), 8000);
};

TEST_F(SpeechSieveTest, NothingGoesUpWhileNobodySpeaks) {
  be_quiet(3000);
  EXPECT_TRUE(passed().empty());
  EXPECT_EQ(rig_->counters.samples_dropped.load(), 0U);
  EXPECT_EQ(rig_->counters.samples_unspoken.load(), (150 - 18) * kPacket) << "18 are held";
}

TEST_F(SpeechSieveTest, SpeechGoesUpWithAPreRollAndTheHangover) {
  be_quiet(1000);
  speak(400);
  be_quiet(1000);
  const auto all = passed();
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.front().packet, 34U) << "320 ms before the speech";
  EXPECT_EQ(all.front().left_out, 34U);
  EXPECT_EQ(all.back().packet, 89U) << "400 ms behind it";
  EXPECT_EQ(all.size(), 89U - 34 + 1);
}

TEST_F(SpeechSieveTest, EachPartKnowsWhatWasLeftOutBeforeIt) {
  be_quiet(1000);
  speak(400);
  be_quiet(1000);
  passed();
  speak(400);
  const auto all = passed();
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.front().packet, 104U);
  EXPECT_EQ(all.front().left_out, 34U + 14) << "90 to 103";
}

TEST_F(SpeechSieveTest, APauseWithinASentenceIsSent) {
  be_quiet(1000);
  speak(400);
  be_quiet(300);
  speak(400);
  const auto all = passed();
  EXPECT_EQ(all.size(), 18U + (400 + 300 + 400) / 20 - 2);
}

TEST_F(SpeechSieveTest, ALongPacketThatEndsInSilenceKeepsItsSpeech) {
  rig_ = std::make_unique<Rig>(shape(1000), 8000);
  be_quiet(1000);
  speak(400);
  be_quiet(1600);
  std::vector<std::uint64_t> positions;
  while (const auto packet = rig_->uplink->pop()) positions.push_back(packet->position);
  EXPECT_EQ(positions, (std::vector<std::uint64_t>{0, 8000}));
}

TEST_F(SpeechSieveTest, TheLastWordsOfACallGoUp) {
  rig_ = std::make_unique<Rig>(shape(100), 8000);
  be_quiet(1000);
  speak(340);
  rig_->uplink->finish();
  std::size_t last = 0;
  while (const auto packet = rig_->uplink->pop()) last = packet->position + packet->size();
  EXPECT_EQ(last, 1340U * 8);
}

}  // namespace
}  // namespace audio_stream::stream
