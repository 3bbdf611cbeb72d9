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

/// With whom a TLS session was made.
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

/// Sessions that servers gave us, to be resumed by a later connection to the same one: tickets
/// (RFC 5077; RFC 8446, 4.6.1) or session ids. Resuming spares both sides the costly half of the
/// handshake, when a thousand calls come back to a restarted server.
///
/// In a resumed handshake the server shows no certificate, so what was verified once must hold: a
/// session is kept under the very host it was verified for, by the context it was verified with,
/// and for no longer than kLongestTrust after the certificate itself was seen.
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
  static constexpr std::size_t kMostOfAServer = 4;  ///< a ticket is for one use (RFC 8446, C.4)
  static constexpr std::size_t kMostServers = 64;

  void keep(const TlsServer& server, Session session);
  /// The newest that can still be used; of TLS 1.3 it is then no longer kept.
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

/// One connection's part in it. Lives as long as the connection's SSL, on its I/O thread.
class TlsResumption {
 public:
  TlsResumption(std::shared_ptr<ClientContext> context, TlsServer server);
  TlsResumption(const TlsResumption&) = delete;
  TlsResumption& operator=(const TlsResumption&) = delete;
  ~TlsResumption() = default;

  /// Before the handshake: offers a session if there is one, and keeps those that the server gives.
  void begin(SSL* ssl);
  /// The handshake failed: what was offered is offered to nobody else.
  void failed();

  /// Makes connections of `context` hand over what servers give.
  static void enable(SSL_CTX* context);

 private:
  static int on_new_session(SSL* ssl, SSL_SESSION* session) noexcept;

  const std::shared_ptr<ClientContext> context_;
  const TlsServer server_;
  std::optional<TlsSessions::Clock::time_point> offered_;  // when that one was verified
};

}  // namespace audio_stream::transport
