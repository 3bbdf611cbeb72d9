#include "control/options.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "audio/codec/opus.hpp"

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

/// G.711 has one rate, and Opus a few rates and lengths.
Reason encoding_without_such_audio(const Options& options) {
  constexpr std::uint32_t kG711Hz = 8000;
  const AudioOptions& audio = options.audio;
  const bool is_g711 = audio.encoding == Encoding::pcmu || audio.encoding == Encoding::pcma;
  if (is_g711 && audio.rate_hz != kG711Hz) {
    return "encoding=pcmu and encoding=pcma are of 8000 Hz, and the command says " +
           std::to_string(audio.rate_hz) + " Hz: say 8k, or another encoding";
  }
  if (audio.encoding == Encoding::opus &&
      !audio::codec::opus_takes(audio.rate_hz, audio.packet_ms)) {
    return "encoding=opus takes 8k, 16k, 24k, 48k or 12000 Hz and a STREAM_BUFFER_SIZE of 20, 40 "
           "or "
           "60 ms; this stream has " +
           std::to_string(audio.rate_hz) + " Hz and " + std::to_string(audio.packet_ms) + " ms";
  }
  return std::nullopt;
}

/// What the caller hears would be left out with the caller's silence.
Reason gate_of_two_legs(const Options& options) {
  if (options.caller.vad != Vad::gate || options.audio.mix == audio::Mix::mono) return std::nullopt;
  return "vad=gate sends the caller's speech alone, so it needs the mix type mono: say mono, or "
         "vad=on";
}

constexpr std::array kRules{half_of_a_certificate, forbidden_url, forbidden_proxy,
                            encoding_without_such_audio, gate_of_two_legs};

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
