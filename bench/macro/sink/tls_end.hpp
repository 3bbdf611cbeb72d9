// The server's end of a TLS connection on a socket that does not block.
#pragma once

#include <openssl/ssl.h>

#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string>

namespace bench {

using TlsContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

inline TlsContext tls_context(const std::string& certificate, const std::string& key) {
  TlsContext context{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw std::runtime_error("can't use " + certificate + " and " + key);
  }
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
  return context;
}

class TlsEnd {
 public:
  TlsEnd(SSL_CTX* context, int socket) : ssl_{SSL_new(context), SSL_free} {
    SSL_set_fd(ssl_.get(), socket);
    SSL_set_accept_state(ssl_.get());
  }

  /// As read(2). Also continues the handshake.
  ssize_t read(void* room, std::size_t bytes) {
    const int got = SSL_read(ssl_.get(), room, static_cast<int>(bytes));
    return got > 0 ? got : failure(got);
  }
  ssize_t write(const void* data, std::size_t bytes) {
    const int put = SSL_write(ssl_.get(), data, static_cast<int>(bytes));
    return put > 0 ? put : failure(put);
  }

 private:
  ssize_t failure(int result) {
    const int error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
    return -1;
  }

  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

}  // namespace bench
