#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "transport/byte_stream.hpp"
#include "transport/errors.hpp"
#include "transport/websocket.hpp"
#include "websocket/handshake.hpp"

namespace audio_stream::transport {

class IoThread;

/// Asks a server over an open byte stream to switch to WebSocket (RFC 6455, 4.1). One attempt,
/// without its own deadline. One I/O thread only.
class Upgrade : public std::enable_shared_from_this<Upgrade> {
 public:
  /// The terms that the server agreed to.
  struct Agreed {
    std::optional<websocket::DeflateParameters> deflate;
    std::vector<std::byte> ahead;  ///< bytes of frames that came with the answer
  };
  /// Why the upgrade failed.
  struct Refusal {
    Failure failure;
    bool may_be_deflate = false;  ///< the server may accept a smaller offer of compression
  };
  using Handler = std::function<void(tl::expected<Agreed, Refusal>)>;

  /// `stream` and `io` must outlive this, or cancel() must come first. `token` is the bearer token,
  /// or empty.
  Upgrade(IoThread& io, ByteStream& stream, std::shared_ptr<const Endpoint> endpoint,
          const std::string& token, websocket::DeflateOffer offer);

  /// Calls `handler` once, unless cancelled before; never from inside this call.
  void begin(Handler handler);
  void cancel() noexcept { handler_ = nullptr; }
  /// Call when the deadline passed. Returns the failure to report. Only cancel() may be called
  /// afterwards.
  [[nodiscard]] Failure too_late();

 private:
  void write();
  void read();
  void wait(ByteStream::Need need, void (Upgrade::*then)());
  void take(std::span<const std::byte> bytes);
  void ended(const ByteStream::Error& error);
  void finish(tl::expected<Agreed, Refusal> result);
  [[nodiscard]] Refusal refusal(const websocket::Refused& refused) const;
  [[nodiscard]] Refusal malformed(const websocket::Malformed& malformed) const;

  IoThread& io_;
  ByteStream& stream_;
  const std::shared_ptr<const Endpoint> endpoint_;
  const websocket::DeflateOffer offer_;
  websocket::ClientHandshake handshake_;
  std::size_t written_ = 0;  // bytes of the request
  Handler handler_;          // empty once called or cancelled
};

}  // namespace audio_stream::transport
