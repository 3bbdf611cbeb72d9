#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <tl/expected.hpp>

#include "transport/byte_stream.hpp"
#include "transport/dialer.hpp"
#include "transport/errors.hpp"
#include "transport/proxy_tunnel.hpp"
#include "transport/tls.hpp"
#include "transport/tls_stream.hpp"
#include "transport/upgrade.hpp"
#include "transport/websocket.hpp"
#include "websocket/deflate.hpp"
#include "websocket/handshake.hpp"

namespace audio_stream::transport {

/// Makes a WebSocket connection, step by step: files, name and TCP (Dialer), proxy (ProxyTunnel),
/// TLS, upgrade (Upgrade). Each step has its deadline (Deadlines).
///
/// If a server refuses an offer of compression, the connector dials again and makes a smaller offer
/// (DeflateOffers). Used once, on one I/O thread.
class Connector : public std::enable_shared_from_this<Connector> {
 public:
  struct Made {
    std::unique_ptr<ByteStream> stream;
    std::optional<websocket::DeflateParameters> deflate;
    std::vector<std::byte> ahead;  ///< bytes that followed the server's answer
  };
  using Handler = std::function<void(tl::expected<Made, Failure>)>;

  /// The objects in `services` must outlive this.
  Connector(const WebSocketServices& services, std::shared_ptr<const Endpoint> endpoint);

  /// Calls `handler` once, unless cancelled before; perhaps from inside this call.
  void connect(Handler handler);
  /// Drops the pending steps.
  void cancel();

  [[nodiscard]] bool is_dialing() const noexcept { return dialer_ != nullptr; }

  /// Of all attempts so far, without the connection that was handed over.
  [[nodiscard]] Traffic traffic() const;

 private:
  /// A connection's data from the disk.
  struct Files {
    TlsContext tls;
    std::string token;
  };

  [[nodiscard]] static tl::expected<Files, Failure> read_files(TlsContexts& contexts,
                                                               const Endpoint& endpoint);
  void load_files();
  void dial();
  void open_tunnel(Dialer::Socket socket);
  void connected(Dialer::Socket socket);
  void begin_tls(Dialer::Socket socket);
  void tls_handshake();
  [[nodiscard]] Failure tls_failure(const std::string& why) const;
  void upgrade();
  void agreed(Upgrade::Agreed agreed);
  void refused(Upgrade::Refusal refusal);
  void drop_stream();
  void end_step();
  void expire_after(std::chrono::milliseconds deadline, std::function<Failure()> failure);
  void fail(Failure failure);
  void finish(tl::expected<Made, Failure> result);

  const WebSocketServices services_;
  const std::shared_ptr<const Endpoint> endpoint_;
  Handler handler_;                     // empty once called or cancelled
  boost::asio::steady_timer deadline_;  // of the current step
  unsigned step_ = 0;                   // number of the current step
  websocket::DeflateOffer offer_;
  bool offer_reduced_ = false;
  Files files_;
  std::shared_ptr<Dialer> dialer_;
  std::shared_ptr<ProxyTunnel> tunnel_;
  std::unique_ptr<ByteStream> stream_;
  TlsStream* tls_ = nullptr;  // points into stream_ during the TLS handshake
  std::shared_ptr<Upgrade> upgrade_;
  Traffic traffic_;  // of earlier attempts
};

}  // namespace audio_stream::transport
