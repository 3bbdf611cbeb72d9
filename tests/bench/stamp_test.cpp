#include "macro/stamp.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bench {
namespace {

void write_at(std::vector<unsigned char>& audio, std::size_t at, std::int64_t ns) {
  Stamp::write(std::as_writable_bytes(std::span{audio}).data() + at, ns);
}

TEST(Stamp, IsFoundAtAnyPosition) {
  std::vector<unsigned char> audio(640, 7);
  write_at(audio, 0, 11);
  write_at(audio, 320, 22);
  ASSERT_EQ(Stamp::find(audio, 0), 0U);
  EXPECT_EQ(Stamp::ns_at(audio, 0), 11);
  ASSERT_EQ(Stamp::find(audio, Stamp::kBytes), 320U);
  EXPECT_EQ(Stamp::ns_at(audio, 320), 22);
  EXPECT_EQ(Stamp::find(audio, 321), std::nullopt);
}

TEST(Stamp, ATruncatedOneIsNotFound) {
  std::vector<unsigned char> audio(Stamp::kBytes + 4, 0);
  write_at(audio, 4, 1);
  EXPECT_EQ(Stamp::find(audio, 0), 4U);
  audio.pop_back();
  EXPECT_EQ(Stamp::find(audio, 0), std::nullopt);
}

TEST(Stamp, IsFoundAfterBytesThatBeginLikeOne) {
  std::vector<unsigned char> audio(64, 0xA5);
  audio[1] = 0x5A;
  write_at(audio, 21, 33);
  EXPECT_EQ(Stamp::find(audio, 0), 21U);
}

TEST(Stamp, IsNotFoundInSilence) {
  EXPECT_EQ(Stamp::find(std::vector<unsigned char>(320, 0), 0), std::nullopt);
  EXPECT_EQ(Stamp::find({}, 0), std::nullopt);
  EXPECT_EQ(Stamp::find(std::vector<unsigned char>(8, 0), 9), std::nullopt);
}

}  // namespace
}  // namespace bench
