#include "transport/tls_stream.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>

#include <cerrno>
#include <new>

namespace audio_stream::transport {

TlsStream::TlsStream(Socket socket, SSL_CTX* context)
    : socket_{std::move(socket)}, ssl_{SSL_new(context)} {
  if (!ssl_) throw std::bad_alloc{};
  Error ignored;  // where it blocks all the same, so would Asio's own
  socket_.native_non_blocking(true, ignored);
  if (SSL_set_fd(ssl_.get(), socket_.native_handle()) != 1) throw std::bad_alloc{};
  SSL_set_connect_state(ssl_.get());
  SSL_set_mode(ssl_.get(), SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

void TlsStream::verify_host(const std::string& host) {
  Error not_an_address;
  boost::asio::ip::make_address(host, not_an_address);
  X509_VERIFY_PARAM* rules = SSL_get0_param(ssl_.get());
  if (not_an_address) {
    X509_VERIFY_PARAM_set1_host(rules, host.c_str(), host.size());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str());
  }
}

std::size_t TlsStream::write_now(std::span<const std::byte> bytes, bool /*more*/,
                                 Error& error) noexcept {
  const Progress progress = write({bytes.data(), bytes.size()});
  error = progress.error;
  return progress.bytes;
}

TlsStream::Progress TlsStream::shake_hands() noexcept {
  ERR_clear_error();
  return judge(SSL_do_handshake(ssl_.get()), 0);
}

TlsStream::Progress TlsStream::say_goodbye() noexcept {
  ERR_clear_error();
  int result = SSL_shutdown(ssl_.get());
  // Ours is out: now for the server's.
  if (result == 0) result = SSL_shutdown(ssl_.get());
  return judge(result, 0);
}

TlsStream::Progress TlsStream::read(boost::asio::mutable_buffer into) noexcept {
  if (into.size() == 0) return {Wants::nothing, 0, {}};
  ERR_clear_error();
  std::size_t bytes = 0;
  const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes);
  return judge(result, bytes);
}

TlsStream::Progress TlsStream::write(boost::asio::const_buffer from) noexcept {
  if (from.size() == 0) return {Wants::nothing, 0, {}};
  ERR_clear_error();
  std::size_t bytes = 0;
  const int result = SSL_write_ex(ssl_.get(), from.data(), from.size(), &bytes);
  return judge(result, bytes);
}

/// What OpenSSL's result means, in Asio's words.
TlsStream::Progress TlsStream::judge(int result, std::size_t bytes) noexcept {
  if (result > 0) return {Wants::nothing, bytes, {}};
  const int system = errno;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {Wants::to_read, 0, {}};
    case SSL_ERROR_WANT_WRITE:
      return {Wants::to_write, 0, {}};
    case SSL_ERROR_ZERO_RETURN:
      return {Wants::nothing, 0, boost::asio::error::eof};
    case SSL_ERROR_SYSCALL:
      if (system == 0) return {Wants::nothing, 0, boost::asio::ssl::error::stream_truncated};
      return {Wants::nothing, 0, Error{system, boost::asio::error::get_system_category()}};
    default: {
      const unsigned long code = ERR_get_error();
      if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        return {Wants::nothing, 0, boost::asio::ssl::error::stream_truncated};
      }
      return {Wants::nothing, 0,
              Error{static_cast<int>(code), boost::asio::error::get_ssl_category()}};
    }
  }
}

}  // namespace audio_stream::transport
