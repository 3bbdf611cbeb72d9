#include "transport/proxy.hpp"

#include <gtest/gtest.h>

#include <string>

namespace audio_stream::transport {
namespace {

Proxy parsed_proxy(std::string_view text) {
  const auto proxy = parse_proxy(text);
  EXPECT_TRUE(proxy && *proxy) << text << (proxy ? "" : ": " + proxy.error());
  return proxy && *proxy ? **proxy : Proxy{};
}

TEST(ProxyUrl, HasAHostAPortAndCredentials) {
  const Proxy plain = parsed_proxy("http://proxy.example");
  EXPECT_EQ(plain.authority.host, "proxy.example");
  EXPECT_EQ(plain.authority.port, 80);
  EXPECT_EQ(plain.authority.userinfo, "");
  EXPECT_EQ(plain.authority.secret, "");
  EXPECT_EQ(plain.display(), "http://proxy.example:80");
  const Proxy full = parsed_proxy("HTTP://u%40x:p%3Aw@10.0.0.1:3128/");
  EXPECT_EQ(full.authority.host, "10.0.0.1");
  EXPECT_EQ(full.authority.port, 3128);
  EXPECT_EQ(full.authority.userinfo, "u@x:p:w");
  EXPECT_EQ(full.authority.secret, "u%40x:p%3Aw@");
  EXPECT_EQ(full.display(), "http://10.0.0.1:3128");
  EXPECT_EQ(parsed_proxy("http://[::1]:8080").display(), "http://[::1]:8080");
}

TEST(ProxyUrl, NoneIsNone) {
  for (const auto* word : {"none", "NONE", "None"}) {
    const auto proxy = parse_proxy(word);
    EXPECT_TRUE(proxy && !*proxy) << word;
  }
}

TEST(ProxyUrl, TheErrorTellsWhatIsWrong) {
  const auto error = [](const char* text) {
    const auto proxy = parse_proxy(text);
    return proxy ? "(taken)" : proxy.error();
  };
  EXPECT_EQ(error("proxy:3128"),
            "it is not a proxy URL: the scheme is not http. Use "
            "http://[user:password@]host[:port], or none");
  EXPECT_NE(error("https://proxy").find("the scheme is not http."), std::string::npos);
  EXPECT_NE(error("socks5://proxy").find("the scheme is not http."), std::string::npos);
  EXPECT_NE(error("http://").find("the host is missing"), std::string::npos);
  EXPECT_NE(error("http://h:0").find("port \"0\" is not a number from 1 to 65535"),
            std::string::npos);
  EXPECT_NE(error("http://h/x").find("nothing may follow the port"), std::string::npos);
  EXPECT_NE(error("http://h\r\nX: y").find("a control character"), std::string::npos);
}

TEST(ProxyUrl, NoErrorShowsASecret) {
  for (const auto* text :
       {"http://user:s3cret@h:0", "http://user:s3cr/et@h", "user:s3cret@h", "http://user:s3cret%@h",
        "http://user:s3c?ret@h", "http://u:s3c ret@h", "s3cret", "http://user:s3cret"}) {
    const auto proxy = parse_proxy(text);
    ASSERT_FALSE(proxy) << text;
    EXPECT_EQ(proxy.error().find("s3c"), std::string::npos) << proxy.error();
  }
}

}  // namespace
}  // namespace audio_stream::transport
