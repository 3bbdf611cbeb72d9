#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "transport/deadlines.hpp"
#include "transport/errors.hpp"
#include "transport/headers.hpp"
#include "transport/progress.hpp"
#include "transport/proxy.hpp"
#include "transport/subprotocols.hpp"
#include "transport/tls.hpp"
#include "transport/traffic.hpp"
#include "transport/url.hpp"

namespace audio_stream::transport {

class DeflateOffers;
class IoThread;
class Resolver;
class Worker;
struct Workers;

/// How a connection is to be made.
struct Endpoint {
  Url url;
  Headers headers;
  std::string bearer_file;    ///< whose token authorizes, unless headers do; empty: none
  Subprotocols subprotocols;  ///< to offer; the server takes one of them, or none
  TlsOptions tls;
  Deadlines deadlines;
  std::optional<Proxy> proxy;  ///< to connect through
  bool deflate = true;         ///< offer permessage-deflate (RFC 7692)
  bool deflate_audio = false;  ///< compress audio too, where it was agreed upon
  /// Bounds on what the kernel keeps (SocketTuning); 0: the kernel's own.
  std::size_t send_buffer_bytes = 0;
  std::chrono::milliseconds user_timeout{0};
};

/// Bounds of one connection.
struct WebSocketLimits {
  std::size_t message_bytes = std::size_t{16} * 1024 * 1024;  ///< of one message, inflated
};

/// One WebSocket connection (RFC 6455), from its first lookup to its end. Never reused.
///
/// Everything happens on one I/O thread: calls to it, calls from it. After on_failed() or
/// on_closed(), and after detach(), the listener hears no more.
class WebSocket {
 public:
  class Listener {
   public:
    Listener() = default;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    virtual void on_open() = 0;
    /// The connection could not be made. The last call.
    virtual void on_failed(const Failure& failure) = 0;
    virtual void on_text(std::string&& text) = 0;
    /// A part of a binary message, as it came in; `last` ends the message, perhaps with no bytes.
    /// Parts of one message follow each other: no text comes between them. The bytes are valid
    /// during the call.
    virtual void on_binary(std::string_view bytes, bool last) = 0;
    virtual void on_pong() = 0;
    /// What was given to send() is on its way; the next may follow.
    virtual void on_sent() = 0;
    /// The connection that stood has ended. The last call.
    virtual void on_closed(const Closure& closure) = 0;

   protected:
    ~Listener() = default;
  };

  WebSocket() = default;
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;
  virtual ~WebSocket() = default;

  virtual void open() = 0;
  /// It is not its turn yet (ConnectLimiter): nothing of it is under way.
  [[nodiscard]] virtual bool waits_for_its_turn() const noexcept = 0;
  /// No host has taken or refused a TCP connection of this attempt yet.
  [[nodiscard]] virtual bool is_dialing() const noexcept = 0;
  /// False if nothing of it is under way that would go on by itself: an exception ended its last
  /// step (there was no memory, mostly) where nobody could tell whose it was. Not to be asked from
  /// inside a call of the listener's.
  [[nodiscard]] virtual bool is_alive() const noexcept = 0;

  /// Sends one message. True: the kernel has all of it, and no on_sent() follows. False: on_sent()
  /// follows, and the next message may not be sent before it; the bytes stay where they are until
  /// then. Not before on_open().
  virtual bool send_text(std::string_view text) = 0;
  /// With `more` to be sent at once, TCP may wait for that and put both into one segment.
  virtual bool send_binary(std::span<const std::byte> bytes, bool more) = 0;
  virtual void ping() = 0;

  /// The next message is read only after resume_reading(): backpressure towards the server.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;

  /// Sends a close frame and waits for the server's; ends with on_closed(). For how long to wait is
  /// the caller's to say, with detach().
  virtual void close(int code, const std::string& reason) = 0;

  /// Of this connection so far, or until it was closed.
  [[nodiscard]] virtual Traffic traffic() = 0;

  /// How far the bytes of this connection have come. `written`: given to the kernel, HTTP and TLS
  /// included. `acknowledged`: of those, what the server's TCP has acknowledged. Costs a system
  /// call. In on_closed() it is what held when the connection was closed.
  using Progress = transport::Progress;
  [[nodiscard]] virtual Progress progress() = 0;
  /// progress().written alone, for which no system call is needed.
  [[nodiscard]] virtual std::uint64_t written() { return progress().written; }

  /// Drops the connection as it stands. The listener hears no more.
  virtual void detach() = 0;
};

/// What a connection leans on; all of it outlives the connection.
struct WebSocketServices {
  IoThread& io;
  Resolver& resolver;
  Worker& disk;  ///< reads what files the connection needs
  TlsContexts& tls_contexts;
  DeflateOffers& deflate_offers;
};

/// A connection over TCP or TLS, as the endpoint's URL has it. `listener` is called until detach().
std::shared_ptr<WebSocket> make_websocket(const WebSocketServices& services,
                                          std::shared_ptr<const Endpoint> endpoint,
                                          const WebSocketLimits& limits,
                                          WebSocket::Listener& listener);

}  // namespace audio_stream::transport
