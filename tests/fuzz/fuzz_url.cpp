#include <cstddef>
#include <cstdint>
#include <string>

#include "must.hpp"
#include "transport/authority.hpp"
#include "transport/url.hpp"

namespace {

using audio_stream::transport::parse_url;
using audio_stream::transport::Url;

/// Replaces each valid %XX by its byte.
std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = audio_stream::transport::percent_decoded(text.substr(i, 3));
    const bool is_one = text[i] == '%' && byte;
    out += is_one ? byte->front() : text[i];
    if (is_one) i += 2;
  }
  return out;
}

void check(const Url& url, std::string_view text) {
  must(url.port != 0, "a URL has a port");
  must(!url.host.empty(), "a URL has a host");
  must(url.target.starts_with('/'), "a target begins with '/'");
  must(text.ends_with(url.target) || text.ends_with(url.target.substr(1)),
       "path and query are kept as they were written");
  for (const auto& secret : url.secrets) {
    must(contains(text, secret) || contains(decoded(text), secret), "secrets are parts of the URL");
  }

  const std::string display = url.display();
  const auto again = parse_url(display);
  must(again.has_value(), "what is displayed is a URL", display);
  must(again->userinfo.empty() && again->secrets.empty(), "what is displayed has no secret",
       display);
  must(again->host == url.host && again->port == url.port && again->secure == url.secure &&
           again->ipv6 == url.ipv6,
       "what is displayed leads to the same place", display);
}

void check_errors_of(const std::string& text) {
  const auto url = parse_url(text);
  if (url) {
    must(!contains(url->display(), "s3cret-canary"), "no secret is displayed", url->display());
  } else {
    must(!contains(url.error(), "s3cret-canary"), "no secret is in an error", url.error());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(data, size);
  if (const auto url = parse_url(text)) check(*url, text);
  if (!contains(text, "s3cret-canary")) {
    check_errors_of(std::string{text} + "?s3cret-canary");
    check_errors_of(std::string{text} + "?a@s3cret-canary");
    check_errors_of("?s3cret-canary" + std::string{text});
    check_errors_of("ws://user:s3cret-canary@" + std::string{text});
  }
  return 0;
}
