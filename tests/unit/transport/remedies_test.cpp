#include "transport/remedies.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

#include "holds.hpp"

namespace audio_stream::transport {
namespace {

using test::holds;

boost::system::error_code of_tls(int reason) {
  return {static_cast<int>(ERR_PACK(ERR_LIB_SSL, 0, reason)),
          boost::asio::error::get_ssl_category()};
}

TEST(Remedies, AnUnknownAuthorityNamesTheVariable) {
  for (const long result :
       {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT}) {
    EXPECT_TRUE(holds(remedy_for_certificate(result), "STREAM_TLS_CA_FILE")) << result;
  }
  EXPECT_TRUE(holds(remedy_for_certificate(X509_V_ERR_HOSTNAME_MISMATCH), "in the URL"));
  EXPECT_EQ(remedy_for_certificate(X509_V_ERR_CERT_HAS_EXPIRED), "") << "the server's to mend";
}

TEST(Remedies, ThePortsOwnSchemeIsNamed) {
  EXPECT_TRUE(holds(remedy_for_tls(of_tls(SSL_R_WRONG_VERSION_NUMBER)), "use ws://"));
  EXPECT_TRUE(holds(remedy_for_plain_text(), "use wss://"));
  EXPECT_TRUE(holds(remedy_for_tls(of_tls(SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED)),
                    "STREAM_TLS_CERT_FILE"));
  EXPECT_EQ(remedy_for_tls(boost::asio::error::connection_reset), "");
}

TEST(Remedies, CredentialsHaveTheirVariables) {
  EXPECT_TRUE(holds(remedy_for_status(401), "STREAM_BEARER_FILE"));
  EXPECT_TRUE(holds(remedy_for_status(407), "STREAM_PROXY"));
  EXPECT_EQ(remedy_for_status(403), "");
}

}  // namespace
}  // namespace audio_stream::transport
