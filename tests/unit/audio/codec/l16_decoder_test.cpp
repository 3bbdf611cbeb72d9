#include "audio/codec/l16_decoder.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace audio_stream::audio::codec {
namespace {

using namespace std::string_view_literals;
using Samples = std::vector<std::int16_t>;

class L16DecoderTest : public testing::Test {
 protected:
  void part(std::string_view bytes) { decoder_.decode(bytes, false, samples_); }
  void end(std::string_view bytes) { decoder_.decode(bytes, true, samples_); }

  L16Decoder decoder_;
  Samples samples_;
};

TEST_F(L16DecoderTest, SamplesAreLittleEndian) {
  end("\x01\x02\xFF\xFF"sv);
  EXPECT_EQ(samples_, (Samples{0x0201, -1}));
}

TEST_F(L16DecoderTest, ASampleMayBeSplitBetweenPartsAndBetweenMessages) {
  part("\x01"sv);
  end("\x02\x03"sv);
  end("\x04"sv);
  EXPECT_EQ(samples_, (Samples{0x0201, 0x0403}));
}

TEST_F(L16DecoderTest, AnUtteranceBeginsWithAWholeSample) {
  end("\x01\x02\x03"sv);
  decoder_.end_utterance();
  end("\x05\x06"sv);
  EXPECT_EQ(samples_, (Samples{0x0201, 0x0605}));
}

TEST_F(L16DecoderTest, AClearWithinAMessageKeepsLaterSamplesAligned) {
  part("\x01\x02\x03"sv);
  decoder_.drop_half_sample();
  end("\x04\x05\x06"sv);
  EXPECT_EQ(samples_, (Samples{0x0201, 0x0605}));
}

TEST_F(L16DecoderTest, AClearBetweenMessagesDropsOnlyAHalfSample) {
  end("\x01\x02\x03"sv);
  decoder_.drop_half_sample();
  end("\x05\x06"sv);
  EXPECT_EQ(samples_, (Samples{0x0201, 0x0605}));
}

TEST_F(L16DecoderTest, AConnectionBeginsWithAWholeSample) {
  part("\x01"sv);
  decoder_.new_connection();
  EXPECT_FALSE(decoder_.in_message());
  end("\x05\x06"sv);
  EXPECT_EQ(samples_, Samples{0x0605});
}

TEST_F(L16DecoderTest, AnEmptyPartYieldsNothing) {
  EXPECT_FALSE(decoder_.decode({}, false, samples_));
  EXPECT_TRUE(decoder_.in_message());
  EXPECT_FALSE(decoder_.decode({}, true, samples_));
  EXPECT_FALSE(decoder_.in_message());
}

}  // namespace
}  // namespace audio_stream::audio::codec
