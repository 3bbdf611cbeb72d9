#include "control/allowed_hosts.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace audio_stream::control {
namespace {

bool allows(std::string_view list, std::string_view url) {
  const auto hosts = AllowedHosts::parse(list);
  EXPECT_TRUE(hosts) << hosts.error();
  const auto parsed = transport::parse_url(url);
  EXPECT_TRUE(parsed) << parsed.error();
  return hosts && parsed && hosts->allow(*parsed);
}

TEST(AllowedHosts, WithoutAListEveryHostIsAllowed) {
  EXPECT_TRUE(AllowedHosts{}.allow(*transport::parse_url("ws://anybody")));
}

TEST(AllowedHosts, ANameIsAllowedInAnyCaseAndWithTheDotOfTheRoot) {
  EXPECT_TRUE(allows("asr.example.com", "ws://asr.example.com/x"));
  EXPECT_TRUE(allows("ASR.example.com", "wss://asr.EXAMPLE.com:99"));
  EXPECT_TRUE(allows("asr.example.com", "ws://asr.example.com./"));
  EXPECT_FALSE(allows("asr.example.com", "ws://asr.example.com.evil.org"));
  EXPECT_FALSE(allows("asr.example.com", "ws://xasr.example.com"));
  EXPECT_FALSE(allows("asr.example.com", "ws://example.com"));
}

TEST(AllowedHosts, AStarStandsForAnySubdomain) {
  EXPECT_TRUE(allows("*.example.com", "ws://a.example.com"));
  EXPECT_TRUE(allows("*.example.com", "ws://a.b.example.com"));
  EXPECT_FALSE(allows("*.example.com", "ws://example.com"));
  EXPECT_FALSE(allows("*.example.com", "ws://badexample.com"));
}

TEST(AllowedHosts, APortNarrowsItDown) {
  EXPECT_TRUE(allows("h:9000", "ws://h:9000"));
  EXPECT_FALSE(allows("h:9000", "ws://h:9001"));
  EXPECT_TRUE(allows("h:443", "wss://h"));
  EXPECT_TRUE(allows("[::1]:80", "ws://[::1]"));
  EXPECT_FALSE(allows("[::1]:80", "ws://[::1]:81"));
  EXPECT_TRUE(allows("10.0.0.0/8:80", "ws://10.9.8.7"));
}

TEST(AllowedHosts, AddressesAndNetworks) {
  EXPECT_TRUE(allows("10.0.0.7", "ws://10.0.0.7"));
  EXPECT_FALSE(allows("10.0.0.7", "ws://10.0.0.8"));
  EXPECT_TRUE(allows("10.0.0.0/8", "ws://10.255.0.1"));
  EXPECT_FALSE(allows("10.0.0.0/8", "ws://11.0.0.1"));
  EXPECT_TRUE(allows("2001:db8::/32", "ws://[2001:db8:1::5]"));
  EXPECT_FALSE(allows("2001:db8::/32", "ws://[2001:db9::5]"));
  EXPECT_TRUE(allows("::1", "ws://[0:0:0:0:0:0:0:1]"));
  EXPECT_TRUE(allows("10.0.0.0/8", "ws://[::ffff:10.1.2.3]"));
  EXPECT_TRUE(allows("0.0.0.0/0", "ws://1.2.3.4"));
}

// The name's address is unknown here, so a network does not allow it.
TEST(AllowedHosts, ANetworkAllowsNoNameAndANameNoAddress) {
  EXPECT_FALSE(allows("127.0.0.0/8", "ws://localhost"));
  EXPECT_FALSE(allows("localhost", "ws://127.0.0.1"));
}

TEST(AllowedHosts, AListMayHaveBlanksAndEmptyEntries) {
  const char* list = " a.example , *.b.example,, 10.0.0.0/8 ,";
  EXPECT_TRUE(allows(list, "ws://a.example"));
  EXPECT_TRUE(allows(list, "ws://x.b.example"));
  EXPECT_TRUE(allows(list, "ws://10.1.1.1"));
  EXPECT_FALSE(allows(list, "ws://c.example"));
}

TEST(AllowedHosts, AnInvalidHostIsNamed) {
  for (const char* word :
       {"a b", "ws://h", "h:0", "h:65536", "h:x", "*", "*.", "a.*.b", "10.0.0.1/8", "10.0.0.0/33",
        "[::1", "[10.0.0.1]", "1::2::3", "-h", "h..x", "h/8", ":80"}) {
    const auto hosts = AllowedHosts::parse(std::string{"good.example,"} + word);
    ASSERT_FALSE(hosts) << word;
    EXPECT_NE(hosts.error().find(word), std::string::npos) << hosts.error();
  }
  EXPECT_FALSE(AllowedHosts::parse(""));
  EXPECT_FALSE(AllowedHosts::parse(" , "));
}

// The name goes to a log and a console.
TEST(AllowedHosts, AnInvalidHostIsNamedShortlyOnOneLine) {
  const auto odd = AllowedHosts::parse("a\x1b[2J\nb\xff");
  ASSERT_FALSE(odd);
  EXPECT_TRUE(odd.error().starts_with("\"a?[2J?b?\" is not")) << odd.error();

  const std::string letters(63, 'x');
  const auto cut_in_a_letter = AllowedHosts::parse(letters + "\xC3\xA9 ?");
  ASSERT_FALSE(cut_in_a_letter);
  EXPECT_TRUE(cut_in_a_letter.error().starts_with("\"" + letters + "...\" is not"))
      << cut_in_a_letter.error();
}

}  // namespace
}  // namespace audio_stream::control
