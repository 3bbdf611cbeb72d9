#include "transport/tls_stream.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>

#include <cerrno>
#include <utility>

namespace audio_stream::transport {
namespace {

constexpr const char* kNoMemory = "no memory is left for TLS";

bool is_address(const std::string& host) {
  ByteStream::Error not_an_address;
  boost::asio::ip::make_address(host, not_an_address);
  return !not_an_address;
}

bool verify(SSL* ssl, const std::string& host) {
  // Given an address, OpenSSL would verify only the part before the NUL.
  if (host.find('\0') != std::string::npos) return false;
  X509_VERIFY_PARAM* rules = SSL_get0_param(ssl);
  return is_address(host) ? X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1
                          : X509_VERIFY_PARAM_set1_host(rules, host.c_str(), host.size()) == 1;
}

}  // namespace

tl::expected<std::unique_ptr<TlsStream>, std::string> TlsStream::create(TcpSocket socket,
                                                                        const TlsContext& context,
                                                                        const Server& server) {
  SslPtr ssl{SSL_new(context->native_handle())};
  if (!ssl) return tl::unexpected<std::string>(kNoMemory);
  Error error;
  socket.native_non_blocking(true, error);
  if (error) return tl::unexpected(error.message());
  if (SSL_set_fd(ssl.get(), socket.native_handle()) != 1) {
    return tl::unexpected<std::string>(kNoMemory);
  }
  SSL_set_connect_state(ssl.get());
  SSL_set_mode(ssl.get(), SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (server.verify_host && !verify(ssl.get(), server.host)) {
    return tl::unexpected<std::string>("the certificate can't be verified for this host");
  }
  // RFC 6066, 3: an IP address is not a server name.
  if (!is_address(server.host) && SSL_set_tlsext_host_name(ssl.get(), server.host.c_str()) != 1) {
    return tl::unexpected<std::string>(kNoMemory);
  }
  return std::make_unique<TlsStream>(Private{}, std::move(socket), std::move(ssl), context, server);
}

TlsStream::TlsStream(Private /*tag*/, TcpSocket socket, SslPtr ssl, const TlsContext& context,
                     const Server& server)
    : ByteStream{std::move(socket)},
      resumption_{context, {server.host, server.port}},
      ssl_{std::move(ssl)} {
  resumption_.begin(ssl_.get());
}

ByteStream::Step TlsStream::handshake() noexcept {
  if (!is_open()) return {0, Need::nothing, boost::asio::error::operation_aborted, false};
  ERR_clear_error();
  const Step step = judge(SSL_do_handshake(ssl_.get()), 0);
  if (step.error) {
    verified_ = SSL_get_verify_result(ssl_.get());
    resumption_.failed();
  }
  established_ = step.need == Need::nothing && !step.error;
  return step;
}

std::string TlsStream::verdict() const {
  if (verified_ == X509_V_OK) return {};
  if (verified_ == X509_V_ERR_HOSTNAME_MISMATCH || verified_ == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    return "the certificate is not for this host";
  }
  return X509_verify_cert_error_string(verified_);
}

ByteStream::Step TlsStream::read_open(std::span<std::byte> into) noexcept {
  ERR_clear_error();
  std::size_t bytes = 0;
  const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes);
  Step step = judge(result, bytes);
  step.more = SSL_has_pending(ssl_.get()) == 1;
  return step;
}

ByteStream::Step TlsStream::write_open(std::span<const std::byte> bytes, bool /*more*/) noexcept {
  ERR_clear_error();
  std::size_t written = 0;
  const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
  return judge(result, written);
}

void TlsStream::finish_writing_open() noexcept {
  // Not after a failed handshake: OpenSSL would report an error.
  if (established_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(descriptor(), SHUT_WR);
}

void TlsStream::closing() noexcept {
  ssl_.reset();
}

std::uint64_t TlsStream::written() const noexcept {
  return ssl_ ? BIO_number_written(SSL_get_wbio(ssl_.get())) : 0;
}

/// Translates OpenSSL's result into an Asio error or a need.
ByteStream::Step TlsStream::judge(int result, std::size_t bytes) noexcept {
  const auto error = [](Error why) { return Step{0, Need::nothing, why, false}; };
  if (result > 0) return {bytes, Need::nothing, {}, false};
  const int system = errno;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {0, Need::readable, {}, false};
    case SSL_ERROR_WANT_WRITE:
      return {0, Need::writable, {}, false};
    case SSL_ERROR_ZERO_RETURN:
      return error(boost::asio::error::eof);
    case SSL_ERROR_SYSCALL:
      if (system == 0) return error(boost::asio::ssl::error::stream_truncated);
      return error({system, boost::asio::error::get_system_category()});
    default: {
      const unsigned long code = ERR_get_error();
      if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        return error(boost::asio::ssl::error::stream_truncated);
      }
      return error({static_cast<int>(code), boost::asio::error::get_ssl_category()});
    }
  }
}

}  // namespace audio_stream::transport
