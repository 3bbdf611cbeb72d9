#include "transport/url.hpp"

#include "transport/authority.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "holds.hpp"

namespace audio_stream::transport {
namespace {

Url parsed_url(std::string_view text) {
  const auto url = parse_url(text);
  EXPECT_TRUE(url) << url.error();
  return url.value_or(Url{});
}

std::string url_error(std::string_view text) {
  const auto url = parse_url(text);
  EXPECT_FALSE(url) << text;
  return url ? "(no error)" : url.error();
}

using test::holds;

TEST(Url, APlainHostHasTheSchemesPortAndTheRootForTarget) {
  const Url plain = parsed_url("ws://example.com");
  EXPECT_FALSE(plain.secure);
  EXPECT_EQ(plain.host, "example.com");
  EXPECT_EQ(plain.port, 80);
  EXPECT_EQ(plain.target, "/");
  EXPECT_TRUE(plain.userinfo.empty());
  EXPECT_FALSE(plain.ipv6);
  const Url secure = parsed_url("wss://example.com");
  EXPECT_TRUE(secure.secure);
  EXPECT_EQ(secure.port, 443);
}

TEST(Url, TheSchemeIsReadWithoutRegardToCase) {
  EXPECT_FALSE(parsed_url("WS://h").secure);
  EXPECT_TRUE(parsed_url("WSS://h").secure);
  EXPECT_TRUE(parsed_url("wSs://h").secure);
}

TEST(Url, OtherSchemesAreRefused) {
  for (const auto* text : {"http://h/", "https://h/", "wsx://h/", "w://h/", "://h/", "h",
                           "h/ws://h", "ws:/h", "ws:h", "", "//h", " ws://h"}) {
    EXPECT_TRUE(holds(url_error(text), "neither ws nor wss")) << text;
  }
}

TEST(Url, HostNamesMayHoldDigitsDashesUnderscoresAndATrailingDot) {
  for (const auto* host :
       {"localhost", "a-b.c", "my_service", "1a.2b", "x.y.", "xn--bcher-kva.de", "4.example"}) {
    EXPECT_EQ(parsed_url("ws://" + std::string{host} + "/p").host, host);
  }
}

TEST(Url, HostNamesThatDnsCannotCarryAreRefused) {
  const std::string label(63, 'a');
  EXPECT_EQ(parsed_url("ws://" + label).host, label);
  for (const auto& host : {std::string{"a..b"}, std::string{".a"}, std::string{"a%41"},
                           std::string{"a,b"}, label + "a", std::string(254, 'a')}) {
    EXPECT_TRUE(holds(url_error("ws://" + host + "/"), "is not a host name")) << host;
  }
  for (const auto* text :
       {"ws://", "ws:///p", "ws://?q", "ws://:80", "ws://user@", "ws://user@/p"}) {
    EXPECT_TRUE(holds(url_error(text), "the host is missing")) << text;
  }
}

TEST(Url, Ipv4AddressesAreRead) {
  EXPECT_EQ(parsed_url("ws://127.0.0.1:8080/x").host, "127.0.0.1");
  for (const auto* host : {"256.1.1.1", "1.2.3", "1.2.3.4.5", "1..2.3", "123"}) {
    EXPECT_TRUE(holds(url_error("ws://" + std::string{host}), "is not an IPv4 address")) << host;
  }
}

TEST(Url, Ipv6AddressesAreReadInBrackets) {
  const Url url = parsed_url("wss://[2001:db8::1]:8443/x");
  EXPECT_TRUE(url.ipv6);
  EXPECT_EQ(url.host, "2001:db8::1");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.target, "/x");
  EXPECT_EQ(parsed_url("ws://[::1]").port, 80);
  EXPECT_EQ(parsed_url("ws://[::ffff:10.0.0.1]?q").host, "::ffff:10.0.0.1");
}

TEST(Url, AnInvalidIpv6AddressInBracketsIsRefused) {
  for (const auto* text :
       {"ws://[]", "ws://[1.2.3.4]", "ws://[host]", "ws://[::g]", "ws://[:::]"}) {
    EXPECT_TRUE(holds(url_error(text), "is not an IPv6 address")) << text;
  }
  EXPECT_TRUE(holds(url_error("ws://[::1/x"), "'[' without ']'"));
  EXPECT_TRUE(holds(url_error("ws://[::1]8080"), "is not a port"));
  url_error("ws://::1/x");
}

TEST(Url, PortsAreFrom1To65535) {
  EXPECT_EQ(parsed_url("ws://h:1").port, 1);
  EXPECT_EQ(parsed_url("ws://h:65535/x").port, 65535);
  EXPECT_EQ(parsed_url("ws://h:0080").port, 80);
  EXPECT_EQ(parsed_url("ws://h:/x").port, 80);
  EXPECT_EQ(parsed_url("wss://[::1]:").port, 443);
  for (const auto* port : {"0", "65536", "99999", "4294967297", "99999999999999999999", "8x", "x",
                           "-1", "+1", "0x50", "80:80"}) {
    EXPECT_TRUE(
        holds(url_error("ws://h:" + std::string{port} + "/"), "is not a number from 1 to 65535"))
        << port;
    url_error("ws://[::1]:" + std::string{port} + "/");
  }
}

TEST(Url, PathAndQueryStayUnchanged) {
  for (const auto* target : {"/", "/a/b", "/a//b/../c", "/a?b=c&d=%20e", "/%2F%zz", "/a?b?c/d",
                             "/a;b,c:@!$'()*+=~", "/?", "/[x]"}) {
    EXPECT_EQ(parsed_url("ws://h:81" + std::string{target}).target, target);
  }
}

TEST(Url, AQueryMayFollowTheHostDirectly) {
  const Url url = parsed_url("ws://example.com?token=1/2@3");
  EXPECT_EQ(url.host, "example.com");
  EXPECT_EQ(url.target, "/?token=1/2@3");
  EXPECT_EQ(parsed_url("ws://h:81?x").port, 81);
}

TEST(Url, UserinfoIsDecoded) {
  EXPECT_EQ(parsed_url("ws://user:pass@h/").userinfo, "user:pass");
  EXPECT_EQ(parsed_url("ws://us%40er:p%3Aa%2fss@h/").userinfo, "us@er:p:a/ss");
  EXPECT_EQ(parsed_url("ws://user@h/").userinfo, "user");
  EXPECT_EQ(parsed_url("ws://u:p@w@h/").userinfo, "u:p@w");
  EXPECT_EQ(parsed_url("ws://u:p@[::1]:81/").host, "::1");
  EXPECT_TRUE(parsed_url("ws://@h/").userinfo.empty());
  EXPECT_EQ(parsed_url("ws://h/a@b").host, "h");
}

TEST(Url, WronglyEncodedUserinfoIsRefused) {
  for (const auto* userinfo : {"%", "%4", "%zz", "u:p%4g", "u%"}) {
    EXPECT_TRUE(holds(url_error("ws://" + std::string{userinfo} + "@h/"), "percent-encoded"))
        << userinfo;
  }
}

TEST(Url, BlanksControlsFragmentsAndNonAsciiAreRefused) {
  for (const auto* text :
       {"ws://h/a b", "ws://h\t/", "ws://h/\r\nX: y", "ws://h/\x7F", "ws://h/\x01"}) {
    EXPECT_TRUE(holds(url_error(text), "a blank or a control character")) << text;
  }
  url_error(std::string_view{"ws://h/\0x", 9});
  EXPECT_TRUE(holds(url_error("ws://h/\xC3\xBC"), "beyond ASCII"));
  EXPECT_TRUE(holds(url_error("ws://h/a#b"), "fragment"));
  EXPECT_TRUE(holds(url_error("ws://h#"), "fragment"));
}

TEST(Url, TheDisplayedUrlHidesUserinfoAndQuery) {
  EXPECT_EQ(parsed_url("ws://user:secret@h:81/a/b?token=secret").display(), "ws://h:81/a/b");
  EXPECT_EQ(parsed_url("WSS://u@h?secret").display(), "wss://h/");
  EXPECT_EQ(parsed_url("ws://[::1]/x").display(), "ws://[::1]/x");
}

TEST(Url, TheSecretsAreListedAsWritten) {
  EXPECT_EQ(parsed_url("ws://u:p%40@h/x?q=1").secrets,
            (std::vector<std::string>{"?q=1", "u:p%40@"}));
  EXPECT_EQ(parsed_url("ws://u:pass%40word@h/x?n=1&token=s3cret-1&s3cret-2").secrets,
            (std::vector<std::string>{"?n=1&token=s3cret-1&s3cret-2", "s3cret-1", "s3cret-2",
                                      "u:pass%40word@", "pass%40word", "pass@word"}));
  EXPECT_EQ(parsed_url("ws://u:p%2541-word@h/x").secrets,
            (std::vector<std::string>{"u:p%2541-word@", "p%2541-word", "p%41-word"}))
      << "decoded once";
  EXPECT_EQ(parsed_url("ws://h/?key=a%2Fb%2Fc-long").secrets,
            (std::vector<std::string>{"?key=a%2Fb%2Fc-long", "a%2Fb%2Fc-long", "a/b/c-long"}));
  EXPECT_TRUE(parsed_url("ws://h/x").secrets.empty());
  EXPECT_TRUE(parsed_url("ws://h/x?").secrets.empty());
  EXPECT_TRUE(parsed_url("ws://@h/x").secrets.empty()) << "many values contain an @";
}

TEST(Url, TheHostHeaderHasThePortOnlyIfItIsNotTheSchemesOwn) {
  for (const auto& [text, header] :
       {std::tuple{"ws://h:80/", "h"}, std::tuple{"ws://h:443/", "h:443"},
        std::tuple{"wss://h:443/", "h"}, std::tuple{"wss://h:80/", "h:80"},
        std::tuple{"ws://[::1]:81/", "[::1]:81"}, std::tuple{"wss://[::1]/", "[::1]"}}) {
    EXPECT_EQ(parsed_url(text).host_header(), header) << text;
  }
}

TEST(Url, AVeryLongUrlNeedsNoStack) {
  const std::string path = "/" + std::string(100 * 1024, 'x');
  EXPECT_EQ(parsed_url("ws://h" + path).target, path);
  EXPECT_EQ(parsed_url("ws://h/?" + std::string(100 * 1024, '/')).target.size(), 2 + 100 * 1024U);
  const std::string user(100 * 1024, 'u');
  EXPECT_EQ(parsed_url("ws://" + user + "@h").userinfo, user);
  url_error("ws://" + std::string(100 * 1024, 'h'));
  url_error(std::string(100 * 1024, ':'));
}

TEST(Url, ErrorsNameTheUrlAndTheRemedy) {
  const std::string text = url_error("http://example.com/x");
  EXPECT_TRUE(holds(text, "\"http://example.com/...\""));
  EXPECT_TRUE(holds(text, "ws://host[:port][/path]"));
}

// Errors go to replies and logs, so they have no escape sequences, no invalid UTF-8, and no
// megabytes.
TEST(Url, ErrorsArePrintableAndShort) {
  using namespace std::string_literals;
  for (const auto& text :
       {"ws://h/\x1B[31m"s, "x\x1B[31m://h"s, "ws://h/\0"s, "ws://\xFF\xFE/"s, "\xC3://"s,
        "ws://" + std::string(100'000, 'h'), "ws://h:" + std::string(100'000, '9'),
        "ws://[" + std::string(100'000, ':') + "]"}) {
    const std::string shown = url_error(text);
    EXPECT_LT(shown.size(), 1000U);
    for (const char c : shown) ASSERT_TRUE(c >= 0x20 && c < 0x7F) << static_cast<int>(c);
  }
}

class UrlErrors : public testing::TestWithParam<const char*> {};

TEST_P(UrlErrors, NeverShowUserinfoOrQuery) {
  const std::string text = url_error(GetParam());
  EXPECT_FALSE(holds(text, "s3cret")) << text;
}

INSTANTIATE_TEST_SUITE_P(Malformed, UrlErrors,
                         testing::Values("http://user:s3cret@host/", "ws://user:s3cret@host:99999/",
                                         "ws://user:s3cret@/", "ws://user:s3cret@ho st/",
                                         "user:s3cret@host/path", "ws://host:x/?token=s3cret",
                                         "ws://host/a b?token=s3cret", "ws://user:s3cret@[::1",
                                         "ws://user:s3cret%@host/", "ws://us er:s3cret@host/",
                                         "ws://user:s3cret#@host/", "ws://user:s#s3cret@host/",
                                         "http://host?token=s3cret", "ws://host/?a b&token=s3cret",
                                         "ws://s3cret@host:0/", "ws://a@s3cret@host:0/"));

INSTANTIATE_TEST_SUITE_P(SecretsInOddPlaces, UrlErrors,
                         testing::Values("ws://host:99999/?mail=me@s3cret",
                                         "http://host/?mail=me@s3cret",
                                         "ws://user:s3cret@host:0/?mail=me@s3cret",
                                         "ws://host:0?s3cret@host/@s3cret",
                                         "ws:/host/?token=s3cret&next=http://x",
                                         "host?token=s3cret://x", "user:s3cret://x@host/"));

// An unencoded character of these in a password makes the URL malformed: the part before it looks
// like a port.
INSTANTIATE_TEST_SUITE_P(UnencodedPassword, UrlErrors,
                         testing::Values("ws://user:s3cret/x@host/", "ws://user:s3cret?x@host/",
                                         "ws://s3cret,/x@host/", "ws://s3cret,?x@host/"));

std::string hosts_of(std::string_view text) {
  const auto urls = parse_urls(text);
  if (!urls) return urls.error();
  std::string hosts;
  for (const Url& url : *urls) hosts += url.display() + " ";
  return hosts;
}

TEST(Urls, ACommaBeforeASchemeSeparatesUrls) {
  EXPECT_EQ(hosts_of("ws://a"), "ws://a/ ");
  EXPECT_EQ(hosts_of("ws://a/x,wss://b:1/y,WS://c"), "ws://a/x wss://b:1/y ws://c/ ");
  EXPECT_EQ(parse_urls("ws://a/?k=1,wss://b/?k=2")->at(0).target, "/?k=1");
}

TEST(Urls, OtherCommasBelongToTheUrl) {
  EXPECT_EQ(hosts_of("ws://a/1,2,3,ws://b/x,ws"), "ws://a/1,2,3 ws://b/x,ws ");
  EXPECT_EQ(hosts_of("ws://a/x,"), "ws://a/x, ");
  EXPECT_EQ(parse_urls("ws://a/?at=1,http://h")->size(), 1U);
}

TEST(Urls, ABadUrlIsNamedWithoutItsSecrets) {
  EXPECT_TRUE(holds(hosts_of("ws://a,ws://b:99999"), "ws://b:99999"));
  EXPECT_FALSE(holds(hosts_of("ws://a?s3cret,ws://u:s3cret@b:99999?s3cret"), "s3cret"));
  EXPECT_TRUE(holds(hosts_of("ws://a,ws://"), "the host is missing"));
}

TEST(Urls, AtMostEightAreAllowed) {
  std::string list = "ws://h1";
  for (int i = 2; i <= 8; ++i) list += ",ws://h" + std::to_string(i);
  EXPECT_EQ(parse_urls(list)->size(), 8U);
  EXPECT_TRUE(holds(hosts_of(list + ",ws://h9"), "more than 8"));
}

}  // namespace
}  // namespace audio_stream::transport
