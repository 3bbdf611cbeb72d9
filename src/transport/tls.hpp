#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <boost/asio/ssl/context.hpp>
#include <tl/expected.hpp>

namespace audio_stream::transport {

/// Whom a stream trusts over TLS, and who it says it is.
struct TlsOptions {
  std::string ca_file = "SYSTEM";  ///< a PEM file; SYSTEM: the machine's own; NONE: trust anybody
  std::string cert_file;           ///< client certificate (PEM, with its chain); empty: none
  std::string key_file;            ///< its key; empty: none
  bool verify_host = true;         ///< the certificate must name the host of the URL

  [[nodiscard]] bool verify_peer() const { return ca_file != "NONE"; }
  friend auto operator<=>(const TlsOptions&, const TlsOptions&) = default;
};

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

/// TLS contexts, made once for each set of options: one costs 33 ms of CPU and 800 KiB on a
/// system's usual list of authorities, which is too much for every call.
class TlsContexts {
 public:
  /// The context for `options`, loaded from files the first time. May block on the disk: not on an
  /// I/O thread. The error names the file, never its content.
  tl::expected<TlsContext, std::string> get(const TlsOptions& options);

 private:
  std::mutex mutex_;
  std::map<TlsOptions, TlsContext> contexts_;  // guarded by mutex_
};

}  // namespace audio_stream::transport
