#include "transport/echoed_secrets.hpp"

#include <gtest/gtest.h>

#include <string>

#include "transport/authority.hpp"
#include "transport/url.hpp"

namespace audio_stream::transport {
namespace {

constexpr const char* kNot = "(not shown)";

std::string hidden(const std::string& text, const std::string& url, const Headers& headers = {},
                   const std::string& token = {}) {
  Endpoint endpoint;
  endpoint.url = *parse_url(url);
  endpoint.headers = headers;
  endpoint.subprotocols = {"audio.v1"};
  return EchoedSecrets{endpoint, token}.hidden(text);
}

TEST(EchoedSecrets, OtherTextsStayAsTheyAre) {
  for (const std::string text : {"", "no such tenant", "a=b", "\"\\ \xFF", "Basic", "?", "@"}) {
    EXPECT_EQ(hidden(text, "ws://u:p@h/?a=b", {{"A", "b"}}, "t"), text);
  }
}

TEST(EchoedSecrets, TheCredentialsOfAUrlAreHiddenInEveryForm) {
  const std::string url = "ws://user:p%40ss%2Fword@h/";
  EXPECT_EQ(hidden("for p@ss/word, sorry", url), "for " + std::string{kNot} + ", sorry");
  EXPECT_EQ(hidden("for p%40ss%2Fword.", url), "for " + std::string{kNot} + ".");
  EXPECT_EQ(hidden("for user:p@ss/word.", url), "for " + std::string{kNot} + ".");
  EXPECT_EQ(hidden(R"(["p@ss\/word"])", url), "[\"(not shown)\"]") << "as JSON spells it";
  const std::string sent = basic_credentials("user:p@ss/word");
  EXPECT_EQ(hidden("got " + sent + "!", url), "got " + std::string{kNot} + "!");
  EXPECT_EQ(hidden("got [" + sent.substr(6) + "]", url), "got [" + std::string{kNot} + "]");
}

TEST(EchoedSecrets, TheValuesOfAQueryAreHiddenDecodedToo) {
  const std::string url = "ws://h/?id=7&key=s3%20cr%2Bet&t=long%2Bt0ken";
  EXPECT_EQ(hidden("key s3 cr+et is unknown", url), "key (not shown) is unknown");
  EXPECT_EQ(hidden("key s3%20cr%2Bet is unknown", url), "key (not shown) is unknown");
  EXPECT_EQ(hidden("t0: long+t0ken, long%2Bt0ken", url), "t0: (not shown), (not shown)");
}

TEST(EchoedSecrets, HeadersTokensAndSubprotocolsAreHidden) {
  const Headers headers{{"Authorization", "Bearer abcdef"}};
  EXPECT_EQ(hidden("abcdef, ghijkl, audio.v1", "ws://h/", headers, "ghijkl"),
            "(not shown), (not shown), (not shown)");
}

TEST(EchoedSecrets, ASecretWithinAnotherDoesNotRevealTheRest) {
  EXPECT_EQ(hidden("xxabcdyy", "ws://h/", {{"A", "abcd"}, {"B", "xxabcdyy"}}), kNot);
  EXPECT_EQ(hidden("-12345678-", "ws://h/", {{"A", "123456"}, {"B", "45678"}}),
            "-" + std::string{kNot} + "-");
  EXPECT_EQ(hidden("-aaaaa-", "ws://h/", {{"A", "aaaa"}}), "-" + std::string{kNot} + "-");
}

TEST(EchoedSecrets, ATruncatedSecretIsHidden) {
  const std::string secret = "0123456789abcdef";
  EXPECT_EQ(hidden("is 0123456789", "ws://h/", {{"A", secret}}), "is " + std::string{kNot});
  EXPECT_EQ(hidden("not Bearer", "ws://h/", {{"A", "Bearer " + secret}}), "not Bearer");
  const std::string text = hidden(std::string(4086, '-') + secret, "ws://h/", {{"A", secret}});
  EXPECT_EQ(text, std::string(4086, '-') + kNot) << "the search is bounded";
}

}  // namespace
}  // namespace audio_stream::transport
