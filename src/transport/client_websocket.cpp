#include <memory>
#include <utility>

#include "transport/connection.hpp"
#include "transport/connector.hpp"
#include "transport/io_thread.hpp"
#include "transport/websocket.hpp"
#include "websocket/frame.hpp"

namespace audio_stream::transport {
namespace {

/// A connection from its wait at the connect limiter to its end: first a Connector, then a
/// Connection.
class ClientWebSocket final : public WebSocket,
                              public std::enable_shared_from_this<ClientWebSocket> {
 public:
  ClientWebSocket(const WebSocketServices& services, std::shared_ptr<const Endpoint> endpoint,
                  const WebSocketLimits& limits, Listener& listener)
      : io_{services.io},
        listener_{&listener},
        settings_{limits.message_bytes, endpoint->deflate_audio},
        connector_{std::make_shared<Connector>(services, std::move(endpoint))},
        permit_{services.io.connect_limiter(), [this] { connect(); }} {}

  void open() override { permit_.request(); }
  [[nodiscard]] bool waits_for_its_turn() const noexcept override { return permit_.waiting(); }
  [[nodiscard]] bool is_dialing() const noexcept override {
    return connector_ != nullptr && connector_->is_dialing();
  }

  /// Every pending operation shares the connector or the connection.
  [[nodiscard]] bool is_alive() const noexcept override {
    if (connection_) return connection_.use_count() > 1 || connection_->reading_paused();
    return permit_.waiting() || connector_.use_count() > 1;
  }

  bool send_text(std::string_view text) override {
    return connection_->send(websocket::Opcode::text,
                             std::as_bytes(std::span{text.data(), text.size()}), false);
  }
  bool send_binary(std::span<const std::byte> bytes, bool more) override {
    return connection_->send(websocket::Opcode::binary, bytes, more);
  }
  void ping() override { connection_->ping(); }
  void pause_reading() override {
    if (connection_) connection_->pause_reading();
  }
  void resume_reading() override {
    if (connection_) connection_->resume_reading();
  }
  void close(int code, const std::string& reason) override { connection_->close(code, reason); }

  [[nodiscard]] Traffic traffic() override {
    Traffic all = before_;
    if (connector_) all += connector_->traffic();
    if (connection_) all += connection_->traffic();
    return all;
  }
  [[nodiscard]] Progress progress() override {
    return connection_ ? connection_->progress() : Progress{};
  }
  [[nodiscard]] std::uint64_t written() override {
    return connection_ ? connection_->written() : 0;
  }

  void detach() override {
    listener_ = nullptr;
    permit_.release();
    if (connector_) connector_->cancel();
    if (connection_) connection_->detach();
  }

 private:
  /// The connect limiter admitted this connection. The connector may report a failure at once, and
  /// the listener may then drop this object.
  void connect() {
    connector_->connect([self = shared_from_this()](tl::expected<Connector::Made, Failure> made) {
      self->connected(std::move(made));
    });
  }

  void connected(tl::expected<Connector::Made, Failure> made) {
    permit_.release();
    before_ = connector_->traffic();
    connector_.reset();
    Listener* listener = listener_;
    if (listener == nullptr) return;
    if (!made) {
      listener_ = nullptr;
      listener->on_failed(made.error());
      return;
    }
    connection_ = std::make_shared<Connection>(io_, std::move(made->stream), made->deflate,
                                               settings_, *listener);
    const auto connection = connection_;  // keeps it alive: the listener may drop this object
    listener->on_open();
    connection->begin(std::move(made->ahead));
  }

  IoThread& io_;
  Listener* listener_;                      // null after on_failed() or detach()
  std::shared_ptr<Connection> connection_;  // once open
  const Connection::Settings settings_;
  std::shared_ptr<Connector> connector_;  // until open
  ConnectLimiter::Permit permit_;         // likewise
  Traffic before_;                        // of the attempts to connect
};

}  // namespace

std::shared_ptr<WebSocket> make_websocket(const WebSocketServices& services,
                                          std::shared_ptr<const Endpoint> endpoint,
                                          const WebSocketLimits& limits,
                                          WebSocket::Listener& listener) {
  return std::make_shared<ClientWebSocket>(services, std::move(endpoint), limits, listener);
}

}  // namespace audio_stream::transport
