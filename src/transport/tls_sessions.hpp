#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace audio_stream::transport {

/// The server of a TLS session.
struct TlsServer {
  std::string host;
  std::uint16_t port = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a null pointer in it
  friend auto operator<=>(const TlsServer&, const TlsServer&) = default;
};

struct FreeTlsSession {
  void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};
using TlsSessionPtr = std::unique_ptr<SSL_SESSION, FreeTlsSession>;

/// Sessions that servers issued, for a later connection to the same server to resume: tickets (RFC
/// 5077; RFC 8446, 4.6.1) or session ids. Resuming saves both sides the expensive half of the
/// handshake, for example when a thousand calls reconnect to a restarted server.
///
/// In a resumed handshake the server shows no certificate, so the earlier verification must still
/// hold. A session is kept under the exact host that it was verified for, by the context that
/// verified it, and for at most kLongestTrust after the certificate was seen.
///
/// Any thread but a media thread.
class TlsSessions {
 public:
  using Clock = std::chrono::steady_clock;
  struct Session {
    TlsSessionPtr ssl;
    Clock::time_point verified;  ///< when the server showed its certificate
  };

  static constexpr std::chrono::hours kLongestTrust{1};
  static constexpr std::size_t kMostOfAServer = 4;  ///< a ticket is used once (RFC 8446, C.4)
  static constexpr std::size_t kMostServers = 64;

  void keep(const TlsServer& server, Session session);
  /// The newest usable session. A TLS 1.3 session is removed, since it may be used only once.
  std::optional<Session> take(const TlsServer& server);
  void remove(const TlsServer& server);

 private:
  struct Kept {
    std::deque<Session> sessions;  ///< the newest last
    Clock::time_point changed;
  };

  std::mutex mutex_;
  std::map<TlsServer, Kept> kept_;  // guarded by mutex_
};

class ClientContext;

/// Resumption for one connection. Lives as long as the connection's SSL, on its I/O thread.
class TlsResumption {
 public:
  TlsResumption(std::shared_ptr<ClientContext> context, TlsServer server);
  TlsResumption(const TlsResumption&) = delete;
  TlsResumption& operator=(const TlsResumption&) = delete;
  ~TlsResumption() = default;

  /// Call before the handshake: offers a session if there is one, and keeps the sessions that the
  /// server issues.
  void begin(SSL* ssl);
  /// Call when the handshake failed: drops the server's sessions if one was offered.
  void failed();

  /// Makes connections of `context` report new sessions.
  static void enable(SSL_CTX* context);

 private:
  static int on_new_session(SSL* ssl, SSL_SESSION* session) noexcept;

  const std::shared_ptr<ClientContext> context_;
  const TlsServer server_;
  std::optional<TlsSessions::Clock::time_point> offered_;  // when the offered session was verified
};

}  // namespace audio_stream::transport
