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

/// The settings of a connection to make.
struct Endpoint {
  Url url;
  Headers headers;
  std::string bearer_file;    ///< file with the bearer token, unless headers authorize; empty: none
  Subprotocols subprotocols;  ///< to offer; the server chooses one or none
  TlsOptions tls;
  Deadlines deadlines;
  std::optional<Proxy> proxy;  ///< to connect through
  bool deflate = true;         ///< offer permessage-deflate (RFC 7692)
  bool deflate_audio = false;  ///< compress audio too, if compression was negotiated
  /// Bounds on the bytes queued in the kernel (SocketTuning); 0: the kernel's default.
  std::size_t send_buffer_bytes = 0;
  std::chrono::milliseconds user_timeout{0};
};

/// Limits of one connection.
struct WebSocketLimits {
  std::size_t message_bytes = std::size_t{16} * 1024 * 1024;  ///< of one message, decompressed
};

/// One WebSocket connection (RFC 6455), from its first lookup to its end. Never reused.
///
/// All calls to it and from it happen on one I/O thread. The listener is not called after
/// on_failed(), on_closed() or detach().
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
    /// A part of a binary message, as it arrived. `last` ends the message; the last part may be
    /// empty. Parts of one message are not interleaved with text. The bytes are valid during the
    /// call.
    virtual void on_binary(std::string_view bytes, bool last) = 0;
    virtual void on_pong() = 0;
    /// The message passed to send() has been written. The next may follow.
    virtual void on_sent() = 0;
    /// The open connection has ended. The last call.
    virtual void on_closed(const Closure& closure) = 0;

   protected:
    ~Listener() = default;
  };

  WebSocket() = default;
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;
  virtual ~WebSocket() = default;

  virtual void open() = 0;
  /// True while it waits for the connect limiter. Nothing has been started then.
  [[nodiscard]] virtual bool waits_for_its_turn() const noexcept = 0;
  /// True while no host has accepted or refused TCP in the current attempt.
  [[nodiscard]] virtual bool is_dialing() const noexcept = 0;
  /// False if no operation is pending that would continue by itself: an exception (mostly for lack
  /// of memory) ended the last step where its owner was unknown. Do not call it from inside a
  /// listener's function.
  [[nodiscard]] virtual bool is_alive() const noexcept = 0;

  /// Sends one message. True: the kernel has accepted all of it, and no on_sent() follows. False:
  /// on_sent() follows; until then the caller must keep the bytes in place and must not send
  /// another message. Not before on_open().
  virtual bool send_text(std::string_view text) = 0;
  /// `more` announces another message at once: TCP may wait for it and put both into one segment.
  virtual bool send_binary(std::span<const std::byte> bytes, bool more) = 0;
  virtual void ping() = 0;

  /// Stops reading messages until resume_reading(): backpressure towards the server.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;

  /// Sends a close frame and waits for the server's, then calls on_closed(). The caller limits the
  /// wait with detach().
  virtual void close(int code, const std::string& reason) = 0;

  /// The traffic of this connection so far, or until it was closed.
  [[nodiscard]] virtual Traffic traffic() = 0;

  /// The bytes written and acknowledged; see transport::Progress. Costs a system call. In
  /// on_closed() it is the state when the connection was closed.
  using Progress = transport::Progress;
  [[nodiscard]] virtual Progress progress() = 0;
  /// progress().written, without a system call.
  [[nodiscard]] virtual std::uint64_t written() { return progress().written; }

  /// Closes the connection at once, without a close frame. The listener is not called any more.
  virtual void detach() = 0;
};

/// The services that a connection uses. They must outlive the connection.
struct WebSocketServices {
  IoThread& io;
  Resolver& resolver;
  Worker& disk;  ///< reads the files that the connection needs
  TlsContexts& tls_contexts;
  DeflateOffers& deflate_offers;
};

/// A connection over TCP or TLS, as the endpoint's URL requires. `listener` is called until
/// detach().
std::shared_ptr<WebSocket> make_websocket(const WebSocketServices& services,
                                          std::shared_ptr<const Endpoint> endpoint,
                                          const WebSocketLimits& limits,
                                          WebSocket::Listener& listener);

}  // namespace audio_stream::transport
