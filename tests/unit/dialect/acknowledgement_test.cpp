#include "dialect/acknowledgement.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace audio_stream::dialect {
namespace {

TEST(Acknowledgement, HasAPosition) {
  EXPECT_EQ(acknowledgement(R"({"type":"ack","position_ms":2200})"), 2200U);
  EXPECT_EQ(acknowledgement(R"( {"position_ms" : 0, "more": [1], "type" : "ack"} )"), 0U);
}

TEST(Acknowledgement, OtherTextsAreNone) {
  for (const char* text :
       {"", "ack", "\"ack\"", R"({"type":"ack"})", R"({"type":"ack","position_ms":"1"})",
        R"({"type":"ack","position_ms":-1})", R"({"type":"ack","position_ms":1.5})",
        R"({"type":"ack","position_ms":1)", R"(["ack",1])", R"({"name":"ack","position_ms":1})",
        R"({"type":["ack"],"position_ms":1})"}) {
    EXPECT_EQ(acknowledgement(text), std::nullopt) << text;
  }
}

TEST(Acknowledgement, LongTextsAreNotParsed) {
  const std::string text =
      R"({"type":"ack","position_ms":1,"x":")" + std::string(300, 'x') + R"("})";
  EXPECT_EQ(acknowledgement(text), std::nullopt);
}

}  // namespace
}  // namespace audio_stream::dialect
