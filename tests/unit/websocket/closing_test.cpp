#include "websocket/closing.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/utf8.hpp"

namespace audio_stream::websocket {
namespace {

std::string payload(int code, std::string_view reason) {
  const ClosePayload close{code, reason};
  const auto bytes = close.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(ClosePayload, IsTheCodeAndTheReason) {
  EXPECT_EQ(payload(1000, ""), "\x03\xe8");
  EXPECT_EQ(payload(4999, "bye"),
            "\x13\x87"
            "bye");
}

// RFC 6455, 5.5: a control frame has at most 125 bytes.
TEST(ClosePayload, ALongReasonIsCutBetweenTwoCharacters) {
  const std::string most(123, 'x');
  EXPECT_EQ(payload(1000, most), "\x03\xe8" + most);
  EXPECT_EQ(payload(1000, most + "y"), "\x03\xe8" + most);
  for (const std::string character : {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    for (std::size_t before = 115; before <= 124; ++before) {
      const std::string reason = std::string(before, 'x') + character + character;
      const std::string cut = payload(1000, reason).substr(2);
      EXPECT_LE(cut.size(), 123U);
      EXPECT_TRUE(cut == reason || cut.size() + character.size() > 123) << "only that is cut";
      EXPECT_TRUE(reason.starts_with(cut));
      EXPECT_TRUE(base::is_utf8(cut));
    }
  }
}

TEST(ClosePayload, AnIllegalCodeIsLeftOut) {
  for (const int code : {-1, 0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65536 + 1000}) {
    EXPECT_FALSE(is_close_code(code)) << code;
    EXPECT_EQ(payload(code, "reason"), "") << code;
  }
}

}  // namespace
}  // namespace audio_stream::websocket
