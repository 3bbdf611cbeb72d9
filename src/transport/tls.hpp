#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/ssl/context.hpp>
#include <tl/expected.hpp>

#include "transport/errors.hpp"
#include "transport/tls_sessions.hpp"

namespace audio_stream::transport {

/// Whom a stream trusts over TLS, and who it says it is.
struct TlsOptions {
  std::string ca_file = "SYSTEM";  ///< a PEM file; SYSTEM: the machine's own; NONE: trust anybody
  std::string cert_file;           ///< client certificate (PEM, with its chain); empty: none
  std::string key_file;            ///< its key; empty: none
  bool verify_host = true;         ///< the certificate must name the host of the URL

  [[nodiscard]] bool verify_peer() const { return ca_file != "NONE"; }
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes what the compiler makes for ours
  friend auto operator<=>(const TlsOptions&, const TlsOptions&) = default;
};

/// A context of OpenSSL's, and the sessions that can be resumed with it.
class ClientContext : public boost::asio::ssl::context {
 public:
  ClientContext();
  TlsSessions sessions;
};
using TlsContext = std::shared_ptr<ClientContext>;

/// TLS contexts, made once for each set of options: one costs 33 ms of CPU and 800 KiB on a
/// system's usual list of authorities, which is too much for every call. Made anew once a file has
/// changed; connections that stand keep the one they have.
class TlsContexts {
 public:
  /// Hears of files that changed and can't be used, once for each change.
  using Warn = std::function<void(const std::string&)>;

  explicit TlsContexts(Warn warn = {}) : warn_{std::move(warn)} {}

  /// The context for `options`, made of the files as they are now, or as they were when they could
  /// last be used. May block on the disk: not on an I/O thread. The failure names the file, never
  /// its content; it is worth another attempt only where time alone may mend it (no descriptor is
  /// left, say).
  tl::expected<TlsContext, Failure> get(const TlsOptions& options);

  /// Of that many sets of options a context is kept: those asked for last.
  static constexpr std::size_t kMost = 64;

 private:
  /// By which a file is known to have changed.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = -1;  ///< -1: there is no file
    std::int64_t modified_ns = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  using Stamps = std::vector<Stamp>;
  struct Entry {
    TlsContext context;
    Stamps made_of;
    std::optional<Stamps> warned_of;
    std::uint64_t asked_for = 0;
  };

  static Stamp stamp_of(const std::string& file);
  static Stamps stamps_of(const TlsOptions& options);
  TlsContext kept(const TlsOptions& options, const Stamps& stamps);
  TlsContext keep(const TlsOptions& options, Entry entry);

  const Warn warn_;
  std::mutex mutex_;
  std::map<TlsOptions, Entry> entries_;  // guarded by mutex_
  std::uint64_t turn_ = 0;               // guarded by mutex_
};

}  // namespace audio_stream::transport
