#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>

#include "transport/authority.hpp"
#include "transport/bearer_file.hpp"
#include "transport/bounded_teardown.hpp"
#include "transport/cancellable.hpp"
#include "transport/dialer.hpp"
#include "transport/frame_layer.hpp"
#include "transport/io_thread.hpp"
#include "transport/proxy_tunnel.hpp"
#include "transport/read_buffer.hpp"
#include "transport/resolver.hpp"
#include "transport/shown.hpp"
#include "transport/tls_sessions.hpp"
#include "transport/user_agent.hpp"
#include "transport/websocket.hpp"
#include "transport/worker.hpp"
#include "websocket/frame_writer.hpp"

namespace audio_stream::transport {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;

// What Beast has for each connection that once sent a text, for good; a longer text is written in
// pieces of that size.
constexpr std::size_t kTextBuffer = 512;

/// The cheapest setting that still saves what there is to save on speech (docs/performance.md): PCM
/// repeats nothing at a distance, so neither a large window nor a high level finds more.
websocket::permessage_deflate deflate_options(bool offered) {
  websocket::permessage_deflate options;
  options.client_enable = offered;
  options.client_max_window_bits = 9;
  options.compLevel = 1;
  options.memLevel = 4;
  return options;
}

/// Connections that need the same files wait for each other and for none else.
std::string lane_of_files(const Endpoint& endpoint) {
  const TlsOptions& tls = endpoint.tls;
  return tls.ca_file + '\n' + tls.cert_file + '\n' + tls.key_file + '\n' + endpoint.bearer_file;
}

int close_code_of(const error_code& error) {
  if (error == websocket::error::message_too_big || error == websocket::error::buffer_overflow) {
    return 1009;
  }
  if (error == websocket::error::bad_frame_payload) return 1007;
  if (error == websocket::condition::protocol_violation) return 1002;
  return 1006;
}

template <class Layer>
class BeastWebSocket final : public WebSocket,
                             private MessageTaker,
                             public std::enable_shared_from_this<BeastWebSocket<Layer>> {
  static constexpr bool kSecure = std::is_same_v<Layer, SecureLayer>;

 public:
  BeastWebSocket(const WebSocketServices& services, std::shared_ptr<const Endpoint> endpoint,
                 const WebSocketLimits& limits, Listener& listener)
      : services_{services},
        listener_{&listener},
        shared_endpoint_{std::move(endpoint)},
        limits_{limits},
        visit_{services.io.turnstile(), [this] { begin(); }},
        timer_{services.io.context()} {}

  void open() override { visit_.begin(); }

  [[nodiscard]] bool waits_for_its_turn() const noexcept override { return visit_.waiting(); }

  bool send_text(std::string_view text) override {
    stream_->text(true);
    write(asio::buffer(text.data(), text.size()));
    return false;
  }

  bool send_binary(std::span<const std::byte> bytes, bool more) override {
    if (frames_are_ours_ && stream_->is_open() && stream_->next_layer().free()) {
      return write_frame(bytes, more);
    }
    stream_->binary(true);
    write(asio::buffer(bytes.data(), bytes.size()));
    return false;
  }

  void ping() override {
    if (pinging_ || closing_) return;
    pinging_ = true;
    stream_->async_ping({},
                        ping_.bind([self = this->shared_from_this()](const error_code& /*error*/) {
                          self->pinging_ = false;  // a failure shows in the read that is under way
                        }));
  }

  void pause_reading() override { reading_paused_ = true; }

  void resume_reading() override {
    reading_paused_ = false;
    stream_->next_layer().go_on();
    read_on();
  }

  void close(int code, const std::string& reason) override {
    if (closing_ || listener_ == nullptr) return;
    closing_ = true;
    close_code_ = code;
    // A close frame's reason is limited to what a control frame holds.
    const websocket::close_reason closing{static_cast<websocket::close_code>(code),
                                          std::string_view{reason}.substr(0, 123)};
    stream_->async_close(closing,
                         close_.bind([self = this->shared_from_this()](const error_code& error) {
                           // Once ours is sent, a rule that the server breaks changes nothing.
                           const bool lost = error && close_code_of(error) == 1006;
                           self->end_of_stream(lost ? error : error_code{websocket::error::closed});
                         }));
    stream_->next_layer().go_on();
  }

  Traffic traffic() override {
    if (!stream_) return {};
    TcpSocket& socket = stream_->next_layer().socket();
    return socket.is_open() ? traffic_of(socket.native_handle()) : stream_->next_layer().traffic;
  }

  Progress progress() override {
    const std::uint64_t sent = traffic().sent;
    return {sent, sent};
  }

  void detach() override {
    listener_ = nullptr;
    visit_.end();
    timer_.cancel();
    if (dialer_) dialer_->cancel();
    if (tunnel_) tunnel_->cancel();
    shut();
  }

 private:
  /// What a connection needs from the disk.
  struct Files {
    TlsContext tls;
    std::string token;
  };

  /// It is our turn.
  void begin() {
    const auto self = this->shared_from_this();  // who hears at once that it failed may drop us
    if (kSecure || !endpoint_.bearer_file.empty()) {
      load_files();
    } else {
      dial();
    }
  }

  void load_files() {
    // Hence by a worker; a TLS context is there already in the usual case and takes no time.
    const bool queued =
        services_.disk.run(lane_of_files(endpoint_), [self = this->shared_from_this()] {
          auto files = self->files();
          asio::post(self->services_.io.context(), [self, files = std::move(files)]() mutable {
            if (self->listener_ == nullptr) return;
            self->files_awaited_ = false;
            self->timer_.cancel();
            if (!files) {
              self->fail(files.error());
              return;
            }
            self->files_ = std::move(*files);
            self->dial();
          });
        });
    if (!queued) {
      fail({ErrorCode::io, 0,
            "The files it needs can't be read: the disk has left too much undone already"});
      return;
    }
    files_awaited_ = true;
    timer_.expires_after(endpoint_.deadlines.files);
    timer_.async_wait([self = this->shared_from_this()](const error_code& cancelled) {
      if (cancelled || !self->files_awaited_ || self->listener_ == nullptr) return;
      self->fail({ErrorCode::timeout, 0,
                  "The files for " + self->endpoint_.url.display() + " were not read within " +
                      std::to_string(self->endpoint_.deadlines.files.count()) +
                      " ms: the disk does not answer"});
    });
  }

  tl::expected<Files, Failure> files() const {
    Files files;
    if constexpr (kSecure) {
      auto context = services_.tls_contexts.get(endpoint_.tls);
      if (!context) return tl::unexpected(std::move(context.error()));
      files.tls = std::move(*context);
    }
    if (!endpoint_.bearer_file.empty()) {
      auto token = read_bearer_file(endpoint_.bearer_file);
      if (!token) {
        return tl::unexpected(Failure{ErrorCode::bearer_unreadable, 0, std::move(token.error())});
      }
      files.token = std::move(*token);
    }
    return files;
  }

  void dial() {
    const auto& proxy = endpoint_.proxy;
    dialer_ = std::make_shared<Dialer>(services_.io.context(), services_.resolver,
                                       proxy ? proxy->authority.host : endpoint_.url.host,
                                       proxy ? proxy->authority.port : endpoint_.url.port,
                                       endpoint_.deadlines);
    dialer_->dial([self = this->shared_from_this()](tl::expected<Dialer::Socket, Failure> socket) {
      self->dialer_.reset();
      if (!socket) {
        if (self->endpoint_.proxy) socket.error().message.insert(0, "Proxy: ");
        self->fail(socket.error());
      } else if (self->endpoint_.proxy) {
        self->open_tunnel(std::move(*socket));
      } else {
        self->go_on(std::move(*socket));
      }
    });
  }

  void open_tunnel(Dialer::Socket socket) {
    tunnel_ = std::make_shared<ProxyTunnel>(std::move(socket), *endpoint_.proxy, endpoint_.url,
                                            endpoint_.deadlines.connect);
    tunnel_->open([self = this->shared_from_this()](tl::expected<Dialer::Socket, Failure> through) {
      self->tunnel_.reset();
      if (through) {
        self->go_on(std::move(*through));
      } else {
        self->fail(through.error());
      }
    });
  }

  void go_on(Dialer::Socket socket) {
    build_stream(std::move(socket));
    if constexpr (kSecure) {
      shake_tls_hands();
    } else {
      shake_hands();
    }
  }

  void build_stream(Dialer::Socket socket) {
    if constexpr (kSecure) {
      stream_.emplace(std::move(socket), files_.tls->native_handle());
    } else {
      stream_.emplace(std::move(socket));
    }
    stream_->set_option(deflate_options(endpoint_.deflate));
    stream_->read_message_max(limits_.message_bytes);
    buffer_.max_size(read_room(limits_.message_bytes));
    stream_->auto_fragment(false);
    stream_->set_option(websocket::stream_base::decorator(
        [this](websocket::request_type& request) { decorate(request); }));
    stream_->control_callback([this](websocket::frame_type type, beast::string_view /*payload*/) {
      if (type == websocket::frame_type::pong && listener_ != nullptr) listener_->on_pong();
    });
    limit_closing(endpoint_.deadlines.handshake);
  }

  /// Beast's own deadline: for the handshake first, then for the end of the connection.
  void limit_closing(std::chrono::milliseconds deadline) {
    websocket::stream_base::timeout limits{};
    limits.handshake_timeout = deadline;
    limits.idle_timeout = websocket::stream_base::none();
    limits.keep_alive_pings = false;
    stream_->set_option(limits);
  }

  void decorate(websocket::request_type& request) const {
    request.set(http::field::user_agent, kUserAgent);
    if (const std::string& user = endpoint_.url.userinfo; !user.empty()) {
      request.set(http::field::authorization, basic_credentials(user));
    }
    if (!files_.token.empty()) {
      request.set(http::field::authorization, "Bearer " + files_.token);
    }
    for (const auto& [name, value] : endpoint_.headers) request.set(name, value);
    if (!endpoint_.subprotocols.empty()) {
      request.set(http::field::sec_websocket_protocol, offer_of(endpoint_.subprotocols));
    }
  }

  void shake_tls_hands() {
    if constexpr (kSecure) {
      TlsStream& tls = stream_->next_layer().next_layer();
      const Url& url = endpoint_.url;
      error_code not_an_address;
      asio::ip::make_address(url.host, not_an_address);
      if (not_an_address) {  // RFC 6066, 3: no literal addresses in the server name
        SSL_set_tlsext_host_name(tls.native_handle(), url.host.c_str());
      }
      if (endpoint_.tls.verify_peer() && endpoint_.tls.verify_host) {
        tls.verify_host(url.host);
      }
      resumption_.emplace(files_.tls, TlsServer{url.host, url.port});
      resumption_->begin(tls.native_handle());
      timer_.expires_after(endpoint_.deadlines.tls);
      timer_.async_wait([self = this->shared_from_this()](const error_code& cancelled) {
        if (cancelled || self->tls_stands_) return;
        self->timed_out_ = true;
        self->shut();
      });
      tls.async_handshake([self = this->shared_from_this()](const error_code& error) {
        self->timer_.cancel();
        if (self->listener_ == nullptr) return;
        if (error) {
          self->resumption_->failed();
          self->fail(self->tls_failure(error));
        } else {
          self->tls_stands_ = true;
          self->shake_hands();
        }
      });
    }
  }

  Failure tls_failure(const error_code& error) {
    const std::string where = "TLS handshake with " + endpoint_.url.host_header() + " failed: ";
    if (timed_out_) {
      return {ErrorCode::timeout, 0,
              where + "not done within " + std::to_string(endpoint_.deadlines.tls.count()) + " ms"};
    }
    std::string why = error.message();
    if constexpr (kSecure) {
      const long verified =
          SSL_get_verify_result(stream_->next_layer().next_layer().native_handle());
      if (verified == X509_V_ERR_HOSTNAME_MISMATCH || verified == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        why += " (the certificate is not for this host)";
      } else if (verified != X509_V_OK) {
        why += std::string{" ("} + X509_verify_cert_error_string(verified) + ")";
      }
    }
    return {ErrorCode::ssl_handshake_failed, 0, where + why};
  }

  void shake_hands() {
    stream_->async_handshake(response_, endpoint_.url.host_header(), endpoint_.url.target,
                             [self = this->shared_from_this()](const error_code& error) {
                               if (self->listener_ == nullptr) return;
                               if (error) {
                                 self->fail(self->handshake_failure(error));
                               } else if (!self->subprotocol_is_right()) {
                                 self->fail(self->subprotocol_failure());
                               } else {
                                 self->opened();
                               }
                             });
  }

  // The first two texts are the peer's own, which users match on.
  Failure handshake_failure(const error_code& error) {
    const std::string url = endpoint_.url.display();
    const int status = static_cast<int>(response_.result_int());
    if (error == websocket::error::upgrade_declined) {
      return {ErrorCode::protocol, status,
              "Expecting status 101 (Switching Protocol), got " + std::to_string(status) +
                  " status connecting to " + url + ", HTTP Status line: HTTP/" +
                  (response_.version() == 10 ? "1.0 " : "1.1 ") + std::to_string(status) + " " +
                  std::string{response_.reason()} + "\r\n"};
    }
    if (error == beast::error::timeout) {
      return {ErrorCode::timeout, 0,
              "Failed reading HTTP status line from " + url + ": no answer within " +
                  std::to_string(endpoint_.deadlines.handshake.count()) + " ms"};
    }
    if (error == websocket::condition::handshake_failed) {
      return {ErrorCode::invalid_header, status,
              "The answer of " + url + " is no WebSocket handshake: " + error.message()};
    }
    return {ErrorCode::io, 0,
            "Failed reading HTTP status line from " + url + ": " + error.message()};
  }

  /// RFC 6455, 4.1: the server takes one of those offered, or none. Beast leaves that to us.
  bool subprotocol_is_right() const {
    const auto& offered = endpoint_.subprotocols;
    const auto answers = response_.count(http::field::sec_websocket_protocol);
    if (offered.empty() || answers == 0) return true;
    return answers == 1 &&
           std::find(offered.begin(), offered.end(),
                     response_[http::field::sec_websocket_protocol]) != offered.end();
  }

  Failure subprotocol_failure() const {
    const std::string_view chosen = response_[http::field::sec_websocket_protocol];
    return {ErrorCode::invalid_header, static_cast<int>(response_.result_int()),
            "The answer of " + endpoint_.url.display() + " takes the subprotocol \"" +
                shown(chosen, 64) + "\", which is not the one name of those offered it must be"};
  }

  void opened() {
    visit_.end();
    // With an extension (compression) a frame's payload is not the message: that is for Beast.
    frames_are_ours_ = response_.count(http::field::sec_websocket_extensions) == 0;
    if (frames_are_ours_) {
      stream_->write_buffer_bytes(kTextBuffer);
      stream_->next_layer().give_messages_to(*this, limits_.message_bytes);
    } else {
      stream_->next_layer().leave_all_to_beast();
    }
    response_ = {};
    limit_closing(kCloseDeadline);
    listener_->on_open();
    read_on();
  }

  template <class Buffer>
  void write(const Buffer& message) {
    stream_->async_write(message, write_.bind([self = this->shared_from_this()](
                                                  const error_code& error, std::size_t /*bytes*/) {
      if (self->listener_ == nullptr) return;
      // What is refused because the connection has failed elsewhere: whoever saw that says why.
      if (error == asio::error::operation_aborted && self->reading_) return;
      if (error) {
        self->end_of_stream(error);
      } else {
        self->listener_->on_sent();
      }
    }));
  }

  /// As one frame, past Beast. True if the socket took it; else on_sent() follows.
  bool write_frame(std::span<const std::byte> payload, bool more) {
    auto& layer = stream_->next_layer();
    auto& scratch = services_.io.scratch();
    scratch.resize(std::max(scratch.size(), audio_stream::websocket::frame_size(payload.size())));
    error_code error;
    const auto frame =
        audio_stream::websocket::write_frame(audio_stream::websocket::Opcode::binary, false,
                                             payload, services_.io.masking_keys().next(), scratch);
    if (layer.write_frame(frame, more, error)) return true;
    if (error) {
      // Not from inside the call. What the server said before it went is for the read to tell.
      asio::post(services_.io.context(), [self = this->shared_from_this(), error] {
        if (self->listener_ != nullptr && !self->reading_) self->end_of_stream(error);
      });
      return false;
    }
    layer.async_write_rest([self = this->shared_from_this()](const error_code& failed) {
      if (self->listener_ == nullptr) return;
      if (!failed) {
        self->listener_->on_sent();
      } else if (!self->reading_) {
        self->end_of_stream(failed);
      }
    });
    return false;
  }

  /// Beast makes room for what a frame's header promises; of a compressed message it checks only
  /// what came of it, after that. What is promised may be larger than the message by what deflate
  /// adds to what it can't compress.
  static std::size_t read_room(std::size_t message_bytes) {
    return message_bytes + message_bytes / 8 + std::size_t{4096};
  }

  void read() {
    reading_ = true;
    stream_->async_read(buffer_, read_.bind([self = this->shared_from_this()](
                                                const error_code& error, std::size_t /*bytes*/) {
      self->reading_ = false;
      self->on_read(error);
    }));
  }

  void on_read(const error_code& error) {
    if (listener_ == nullptr) return;
    if (error) {
      end_of_stream(error);
      return;
    }
    const auto data = buffer_.cdata();
    std::string message{static_cast<const char*>(data.data()), data.size()};
    buffer_.clear_after_message();
    if (stream_->got_text()) {
      listener_->on_text(std::move(message));
    } else {
      listener_->on_binary(message, true);
    }
    read_on();
  }

  /// Audio, past Beast.
  Answer takes() const noexcept override {
    if (listener_ == nullptr || closing_) return Answer::no_more;
    return reading_paused_ ? Answer::later : Answer::now;
  }
  void take(std::span<const std::byte> payload) override {
    listener_->on_binary({reinterpret_cast<const char*>(payload.data()), payload.size()}, true);
  }

  /// Not while closing: then Beast reads on itself, until the server's close frame.
  void read_on() {
    if (listener_ != nullptr && !closing_ && !reading_paused_ && !reading_) read();
  }

  void end_of_stream(const error_code& error) {
    Closure closure;
    if (error == websocket::error::closed) {
      const auto& reason = stream_->reason();
      const int code = reason.code == websocket::close_code::none ? 1005 : int{reason.code};
      closure.code = closing_ ? close_code_ : code;
      closure.by_server = !closing_;
      closure.reason = reason.reason.empty() || closing_
                           ? reason_of(closure.code)
                           : std::string{reason.reason.data(), reason.reason.size()};
    } else {
      closure.code = close_code_of(error);
      closure.reason = reason_of(closure.code) + ": " + error.message();
    }
    finish([&](Listener& listener) { listener.on_closed(closure); });
  }

  void fail(const Failure& failure) {
    finish([&](Listener& listener) { listener.on_failed(failure); });
  }

  template <class Call>
  void finish(const Call& call) {
    timer_.cancel();
    visit_.end();
    if (Listener* listener = std::exchange(listener_, nullptr)) {
      shut();
      call(*listener);
    }
  }

  void shut() {
    if (!stream_) return;
    auto& layer = stream_->next_layer();
    close_and_note(layer.socket(), layer.traffic);
    layer.abandon();
    // What waits for none of the network, but for another of these.
    for (Cancellable* each : {&read_, &write_, &ping_, &close_}) each->cancel();
  }

  // Looked at with each message, and so close together.
  const WebSocketServices services_;
  Listener* listener_;  // none once it has heard the last
  int close_code_ = 1000;
  bool frames_are_ours_ = false;
  bool closing_ = false;
  bool pinging_ = false;
  bool reading_ = false;
  bool reading_paused_ = false;
  bool files_awaited_ = false;
  bool tls_stands_ = false;
  bool timed_out_ = false;

  const std::shared_ptr<const Endpoint> shared_endpoint_;
  const Endpoint& endpoint_ = *shared_endpoint_;
  const WebSocketLimits limits_;
  Turnstile::Visit visit_;  // until the connection stands
  asio::steady_timer timer_;
  std::shared_ptr<Dialer> dialer_;
  std::shared_ptr<ProxyTunnel> tunnel_;
  Files files_;
  std::optional<TlsResumption> resumption_;  // outlives the stream, which hands sessions over
  websocket::response_type response_;
  ReadBuffer buffer_;
  Cancellable read_;  // these outlive the stream, where their operations wait
  Cancellable write_;
  Cancellable ping_;
  Cancellable close_;
  std::optional<websocket::stream<Layer, true>> stream_;  // once TCP stands
};

}  // namespace

std::shared_ptr<WebSocket> make_beast_websocket(const WebSocketServices& services,
                                                std::shared_ptr<const Endpoint> endpoint,
                                                const WebSocketLimits& limits,
                                                WebSocket::Listener& listener) {
  if (endpoint->url.secure) {
    return std::make_shared<BeastWebSocket<SecureLayer>>(services, std::move(endpoint), limits,
                                                         listener);
  }
  return std::make_shared<BeastWebSocket<PlainLayer>>(services, std::move(endpoint), limits,
                                                      listener);
}

}  // namespace audio_stream::transport
