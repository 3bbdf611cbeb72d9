#include "transport/headers.hpp"

#include <gtest/gtest.h>

#include <string>

#include "holds.hpp"

namespace audio_stream::transport {
namespace {

Headers parsed(const std::string& json) {
  const auto headers = parse_headers(json);
  EXPECT_TRUE(headers) << headers.error();
  return headers.value_or(Headers{});
}

std::string error(const std::string& json) {
  const auto headers = parse_headers(json);
  EXPECT_FALSE(headers) << json;
  return headers ? "(no error)" : headers.error();
}

using test::holds;

std::string one(const std::string& name, const std::string& value) {
  return R"({")" + name + R"(":")" + value + R"("})";
}

TEST(Headers, AreReadInTheOrderGiven) {
  EXPECT_EQ(parsed(R"({"Z-Last":"1","Authorization":"Bearer a.b=","a":""})"),
            (Headers{{"Z-Last", "1"}, {"Authorization", "Bearer a.b="}, {"a", ""}}));
  EXPECT_TRUE(parsed("{}").empty());
}

TEST(Headers, NamesMayHoldEveryTokenCharacter) {
  EXPECT_EQ(parsed(one("!#$%&'*+-.^_`|~09azAZ", "x")).front().first, "!#$%&'*+-.^_`|~09azAZ");
}

TEST(Headers, ValuesMayHoldTabsAndNonAscii) {
  EXPECT_EQ(parsed(one("A", R"(a\tb \" \\ ü)")).front().second, "a\tb \" \\ \xC3\xBC");
}

TEST(Headers, InvalidUtf8IsReadAsIso8859) {
  EXPECT_EQ(parsed(one("X-Name", "M\xFCller")), (Headers{{"X-Name", "M\xC3\xBCller"}}));
  EXPECT_EQ(parsed(one("X-Name", "\xC3\xBC\x80")), (Headers{{"X-Name", "\xC3\xBC\xEF\xBF\xBD"}}));
  EXPECT_TRUE(holds(error(one("X-N\xFC", "x")), "has an invalid name"));
}

/// JSON with `count` headers.
std::string many(std::size_t count) {
  std::string json = "{";
  for (std::size_t i = 0; i < count; ++i) {
    json += (i == 0 ? "\"n" : ",\"n") + std::to_string(i) + R"(":"")";
  }
  return json + "}";
}

// Reading them takes time quadratic in their number.
TEST(Headers, TheirNumberHasABound) {
  EXPECT_EQ(parsed(many(kMostHeaders)).size(), kMostHeaders);
  EXPECT_EQ(error(many(kMostHeaders + 1)), "it has 257 headers; at most 256 can be sent");
  EXPECT_EQ(error(many(5000)), "it has 5000 headers; at most 256 can be sent");
  EXPECT_EQ(error(R"({"A":)" + many(300) + "}"), R"(the value of header "A" is not a string)");
}

TEST(Headers, TheirSizeHasABound) {
  const std::size_t around = one("A", "").size();
  EXPECT_EQ(parsed(one("A", std::string(kMostHeadersBytes - around, 'x'))).size(), 1U);
  EXPECT_EQ(error(one("A", std::string(kMostHeadersBytes - around + 1, 'x'))),
            "it has 65537 bytes; at most 65536 can be sent");
}

TEST(Headers, AnythingButAJsonObjectIsRefused) {
  for (const auto* json : {"", "null", "[]", R"("A: b")", "A: b", "{", R"({"A":"b")",
                           R"({"A":"b"} x)", R"([{"A":"b"}])", "{'A':'b'}", R"({"A":"\ud800"})"}) {
    EXPECT_TRUE(holds(error(json), "not a JSON object")) << json;
  }
  EXPECT_TRUE(holds(error(std::string(kMostHeadersBytes, '[')), "not a JSON object"));
}

TEST(Headers, ValuesOfOtherTypesAreRefused) {
  for (const auto* value : {"1", "true", "null", "[]", "{}", R"(["s3cret"])"}) {
    EXPECT_TRUE(holds(error(R"({"A":"b","Name":)" + std::string{value} + "}"),
                      R"(the value of header "Name" is not a string)"))
        << value;
  }
}

TEST(Headers, ControlCharactersInAValueAreRefused) {
  for (const auto* escape : {R"(\r)", R"(\n)", R"(\r\nX: y)", R"(\u0000)", R"(\u0001)", R"(\u001f)",
                             R"(\u007f)", R"(\u000b)"}) {
    EXPECT_TRUE(holds(error(one("A", "b" + std::string{escape})), "control character")) << escape;
  }
}

TEST(Headers, IllegalNamesAreRefused) {
  for (const auto* name : {"", " ", "a b", "a:", "a\\r\\n", "\\u0000", "a\\u0000b", "(a)", "a/b",
                           "ü", "a,b", "a=b", "[", "@", "\\\"", "\\t"}) {
    EXPECT_TRUE(holds(error(one(name, "x")), "has an invalid name")) << name;
  }
}

TEST(Headers, HeadersOfTheHandshakeAreRefusedInAnyCase) {
  for (const auto* name : {"Host", "HOST", "connection", "Upgrade", "Content-Length",
                           "Transfer-Encoding", "Sec-WebSocket-Key", "sec-websocket-version",
                           "SEC-WEBSOCKET-ACCEPT", "Sec-WebSocket-Extensions"}) {
    EXPECT_TRUE(holds(error(one(name, "x")), "is set by the handshake itself")) << name;
  }
}

TEST(Headers, ErrorsNameTheHeaderButNeverAValue) {
  for (const auto* json :
       {R"({"Authorization":"s3cret\r\nX: s3cret"})", R"({"Authorization":["s3cret"]})",
        R"({"Host":"s3cret"})", R"({"a b":"s3cret"})", R"({"A":"s3cret)", R"("s3cret")",
        R"({"A":"s3cret","Host":"x"})"}) {
    EXPECT_FALSE(holds(error(json), "s3cret")) << json;
  }
  EXPECT_TRUE(holds(error(R"({"Authorization":1})"), "Authorization"));
}

TEST(Headers, ANameInAnErrorIsPrintableAndShort) {
  const std::string text = error(one("a\\r\\nb\\u001b" + std::string(1000, 'x') + " ", "v"));
  EXPECT_LT(text.size(), 200U);
  for (const char c : text) EXPECT_TRUE(c >= 0x20 && c < 0x7F);
}

}  // namespace
}  // namespace audio_stream::transport
