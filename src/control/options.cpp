#include "control/options.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace audio_stream::control {
namespace {

using Reason = std::optional<std::string>;

Reason half_of_a_certificate(const Options& options) {
  const auto& tls = options.endpoint.tls;
  if (tls.cert_file.empty() == tls.key_file.empty()) return std::nullopt;
  return "STREAM_TLS_CERT_FILE and STREAM_TLS_KEY_FILE go together: only one of them is set";
}

std::string not_allowed(const std::string& host) {
  return "the " + host + " is not in allowed-hosts of the configuration";
}

Reason forbidden_url(const Options& options) {
  const auto forbidden = [&](const transport::Url& url) {
    return !options.limits.allowed_hosts.allow(url);
  };
  if (forbidden(options.endpoint.url)) {
    return not_allowed("server " + options.endpoint.url.host_header());
  }
  const auto further = std::ranges::find_if(options.further_urls, forbidden);
  if (further == options.further_urls.end()) return std::nullopt;
  return not_allowed("server " + further->host_header());
}

/// All audio goes through the proxy, so allowed-hosts applies to it too.
Reason forbidden_proxy(const Options& options) {
  const auto& proxy = options.endpoint.proxy;
  if (!proxy) return std::nullopt;
  transport::Url url;
  url.host = proxy->authority.host;
  url.port = proxy->authority.port;
  if (options.limits.allowed_hosts.allow(url)) return std::nullopt;
  return not_allowed("proxy " + proxy->display());
}

constexpr std::array kRules{half_of_a_certificate, forbidden_url, forbidden_proxy};

}  // namespace

tl::expected<void, std::string> Options::check() const {
  for (const auto& rule : kRules) {
    if (auto reason = rule(*this)) return tl::unexpected(std::move(*reason));
  }
  return {};
}

void Options::bound_the_kernel() {
  constexpr std::size_t kBufferMs = 500;
  constexpr std::size_t kLeast = std::size_t{16} * 1024;  // texts need some too
  const std::size_t bytes_a_second = std::size_t{audio.rate_hz} * audio.format().channels * 2;
  endpoint.send_buffer_bytes = std::max(kLeast, bytes_a_second * kBufferMs / 1000);
  endpoint.user_timeout = timeouts.stall;
}

}  // namespace audio_stream::control
