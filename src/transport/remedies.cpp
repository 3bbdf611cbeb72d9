#include "transport/remedies.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/ssl/error.hpp>

namespace audio_stream::transport {

std::string remedy_for_certificate(long verify_result) {
  switch (verify_result) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return ". No attempt succeeds until STREAM_TLS_CA_FILE names the file of the server's "
             "authority";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return ". Use a name that the certificate has in the URL";
    default:
      return {};
  }
}

std::string remedy_for_tls(const boost::system::error_code& error) {
  if (error.category() != boost::asio::error::get_ssl_category()) return {};
  switch (ERR_GET_REASON(static_cast<unsigned long>(error.value()))) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
      return ". If the server speaks no TLS there, use ws://";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return ". The server does not accept the client certificate (STREAM_TLS_CERT_FILE), or wants "
             "one";
    default:
      return {};
  }
}

std::string remedy_for_plain_text() {
  return ". If the server speaks TLS there, use wss://";
}

std::string remedy_for_status(int status) {
  if (status == 401) return ". Give credentials in STREAM_EXTRA_HEADERS or STREAM_BEARER_FILE";
  if (status == 407) return ". Give the user and password in STREAM_PROXY";
  return {};
}

}  // namespace audio_stream::transport
