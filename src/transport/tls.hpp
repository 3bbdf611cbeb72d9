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

/// Which servers a stream trusts over TLS, and how it identifies itself.
struct TlsOptions {
  std::string ca_file = "SYSTEM";  ///< PEM file; SYSTEM: system's CA list; NONE: trust any server
  std::string cert_file;           ///< client certificate (PEM, with its chain); empty: none
  std::string key_file;            ///< its key; empty: none
  bool verify_host = true;         ///< the certificate must name the host of the URL

  [[nodiscard]] bool verify_peer() const { return ca_file != "NONE"; }
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes what the compiler makes for ours
  friend auto operator<=>(const TlsOptions&, const TlsOptions&) = default;
};

/// An OpenSSL context, and the sessions that it can resume.
class ClientContext : public boost::asio::ssl::context {
 public:
  ClientContext();
  TlsSessions sessions;
};
using TlsContext = std::shared_ptr<ClientContext>;

/// Caches TLS contexts, one for each set of options. A context costs 33 ms of CPU and 800 KiB with
/// a system's usual CA list, too much for every call. It is made again when a file has changed;
/// open connections keep theirs.
class TlsContexts {
 public:
  /// Told of files that changed and cannot be used, once for each change.
  using Warn = std::function<void(const std::string&)>;

  explicit TlsContexts(Warn warn = {}) : warn_{std::move(warn)} {}

  /// The context for `options`, made from the files' current versions, or from the last usable
  /// ones. May block on the disk: not on an I/O thread. The failure names the file, never its
  /// content. It is worth a retry only if it may pass by itself (no descriptor is left, for
  /// example).
  tl::expected<TlsContext, Failure> get(const TlsOptions& options);

  /// Keeps contexts for this many sets of options: the most recently requested.
  static constexpr std::size_t kMost = 64;

 private:
  /// Identifies the version of a file.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = -1;  ///< -1: the file does not exist
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
