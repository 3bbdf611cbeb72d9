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

/// Makes a connection that speaks WebSocket, step by step: files, name and TCP (Dialer), the proxy
/// (ProxyTunnel), TLS, the upgrade (Upgrade). Each step has its deadline (Deadlines).
///
/// A server that refuses an offer of compression is asked again with a smaller one, over another
/// TCP connection (DeflateOffers). Used once, on one I/O thread.
class Connector : public std::enable_shared_from_this<Connector> {
 public:
  struct Made {
    std::unique_ptr<ByteStream> stream;
    std::optional<websocket::DeflateParameters> deflate;
    std::vector<std::byte> ahead;  ///< what the server sent behind its answer
  };
  using Handler = std::function<void(tl::expected<Made, Failure>)>;

  /// What `services` refers to outlives this.
  Connector(const WebSocketServices& services, std::shared_ptr<const Endpoint> endpoint);

  /// Calls `handler` once, unless cancelled first. It may be called from inside this call.
  void connect(Handler handler);
  /// Drops what is under way.
  void cancel();

  [[nodiscard]] bool is_dialing() const noexcept { return dialer_ != nullptr; }

  /// Of all attempts so far, but not of the connection that was handed over.
  [[nodiscard]] Traffic traffic() const;

 private:
  /// What a connection needs from the disk.
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
  boost::asio::steady_timer deadline_;  // of the step
  unsigned step_ = 0;                   // its number
  websocket::DeflateOffer offer_;
  bool offer_reduced_ = false;
  Files files_;
  std::shared_ptr<Dialer> dialer_;
  std::shared_ptr<ProxyTunnel> tunnel_;
  std::unique_ptr<ByteStream> stream_;
  TlsStream* tls_ = nullptr;  // the stream, while hands are shaken
  std::shared_ptr<Upgrade> upgrade_;
  Traffic traffic_;  // of attempts before this one
};

}  // namespace audio_stream::transport
