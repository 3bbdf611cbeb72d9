#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "transport/byte_stream.hpp"
#include "transport/tls.hpp"
#include "transport/tls_sessions.hpp"

namespace audio_stream::transport {

/// TLS over TCP, client side. OpenSSL works on the non-blocking socket itself and is called again
/// when the socket is ready for what it needs. With memory BIOs instead, a stream would have four
/// buffers of 17 KiB and copy each record twice.
class TlsStream final : public ByteStream {
  struct Private {};  // restricts the constructor to create()
  struct Free {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  };
  using SslPtr = std::unique_ptr<SSL, Free>;

 public:
  struct Server {
    std::string host;  ///< a name or an address
    std::uint16_t port = 0;
    bool verify_host = true;  ///< the certificate must be for `host` (RFC 6125)
  };

  /// Fails if OpenSSL has no memory or cannot be told to verify the host: the connection would then
  /// be less safe than configured.
  static tl::expected<std::unique_ptr<TlsStream>, std::string> create(TcpSocket socket,
                                                                      const TlsContext& context,
                                                                      const Server& server);

  TlsStream(Private tag, TcpSocket socket, SslPtr ssl, const TlsContext& context,
            const Server& server);

  /// Runs the next step of the handshake. It is complete when the step has neither a need nor an
  /// error.
  [[nodiscard]] Step handshake() noexcept;
  /// Why the certificate was rejected, in words; empty if that was not the reason.
  [[nodiscard]] std::string verdict() const;
  /// OpenSSL's verify result of the certificate, once the handshake has failed.
  [[nodiscard]] long verified() const noexcept { return verified_; }

 private:
  [[nodiscard]] Step read_open(std::span<std::byte> into) noexcept override;
  [[nodiscard]] Step write_open(std::span<const std::byte> bytes, bool more) noexcept override;
  void finish_writing_open() noexcept override;
  void closing() noexcept override;
  [[nodiscard]] std::uint64_t written() const noexcept override;
  [[nodiscard]] Step judge(int result, std::size_t bytes) noexcept;

  // Receives new sessions from OpenSSL, so it must outlive ssl_.
  TlsResumption resumption_;
  SslPtr ssl_;  // null once closed, because it holds the descriptor's number
  bool established_ = false;
  long verified_ = X509_V_OK;
};

}  // namespace audio_stream::transport
