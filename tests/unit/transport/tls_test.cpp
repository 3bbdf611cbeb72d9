#include "transport/tls.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fakes/temp_dir.hpp"

namespace audio_stream::transport {
namespace {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;

std::string text_of(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

/// A key and a certificate that it signed for itself, as PEM.
struct SelfSigned {
  SelfSigned() : key{EVP_EC_gen("P-256")}, certificate{X509_new()} {
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
  }

  [[nodiscard]] std::string key_pem(const std::string& password = "") const {
    const Bio bio{BIO_new(BIO_s_mem())};
    PEM_write_bio_PrivateKey(bio.get(), key.get(), password.empty() ? nullptr : EVP_aes_128_cbc(),
                             nullptr, 0, nullptr,
                             password.empty() ? nullptr : const_cast<char*>(password.c_str()));
    return text_of(bio);
  }
  [[nodiscard]] std::string certificate_pem() const {
    const Bio bio{BIO_new(BIO_s_mem())};
    PEM_write_bio_X509(bio.get(), certificate.get());
    return text_of(bio);
  }

  Key key;
  Certificate certificate;
};

class TlsTest : public testing::Test {
 protected:
  std::string error(const TlsOptions& options) {
    const auto context = contexts_.get(options);
    EXPECT_FALSE(context);
    return context ? "(no error)" : context.error();
  }

  test::TempDir dir_;
  SelfSigned one_;
  TlsContexts contexts_;
};

TEST_F(TlsTest, TrustsTheSystemsAuthoritiesUnlessToldOtherwise) {
  const auto context = contexts_.get({});
  ASSERT_TRUE(context) << context.error();
  EXPECT_EQ(SSL_CTX_get_verify_mode((*context)->native_handle()), SSL_VERIFY_PEER);
  EXPECT_TRUE(TlsOptions{}.verify_peer());
  EXPECT_TRUE(TlsOptions{}.verify_host);
}

TEST_F(TlsTest, NoneTrustsAnybody) {
  const auto context = contexts_.get({.ca_file = "NONE", .cert_file = "", .key_file = ""});
  ASSERT_TRUE(context);
  EXPECT_EQ(SSL_CTX_get_verify_mode((*context)->native_handle()), SSL_VERIFY_NONE);
}

TEST_F(TlsTest, ACaFileIsTrustedInsteadOfTheSystems) {
  const auto file = dir_.write("ca.pem", one_.certificate_pem());
  const auto context = contexts_.get({.ca_file = file, .cert_file = "", .key_file = ""});
  ASSERT_TRUE(context) << context.error();
  EXPECT_EQ(SSL_CTX_get_verify_mode((*context)->native_handle()), SSL_VERIFY_PEER);
  const X509_STORE* store = SSL_CTX_get_cert_store((*context)->native_handle());
  EXPECT_EQ(sk_X509_OBJECT_num(X509_STORE_get0_objects(store)), 1);
}

TEST_F(TlsTest, NothingOlderThanTls12IsSpoken) {
  const auto context = contexts_.get({});
  ASSERT_TRUE(context);
  EXPECT_EQ(SSL_CTX_get_min_proto_version((*context)->native_handle()), TLS1_2_VERSION);
}

TEST_F(TlsTest, EqualOptionsShareOneContextAndOthersDoNot) {
  const TlsOptions none{.ca_file = "NONE", .cert_file = "", .key_file = ""};
  TlsOptions lax = none;
  lax.verify_host = false;
  EXPECT_EQ(*contexts_.get(none), *contexts_.get(none));
  EXPECT_NE(*contexts_.get(none), *contexts_.get(lax));
  EXPECT_NE(*contexts_.get(none), *contexts_.get({}));
}

TEST_F(TlsTest, AFileThatCannotBeReadIsNamed) {
  const auto missing = dir_.file("missing.pem");
  const auto certificate = dir_.write("cert.pem", one_.certificate_pem());
  EXPECT_NE(error({.ca_file = missing, .cert_file = "", .key_file = ""})
                .find("CA file \"" + missing + "\""),
            std::string::npos);
  EXPECT_NE(error({.ca_file = "NONE", .cert_file = missing, .key_file = missing})
                .find("certificate file \"" + missing + "\""),
            std::string::npos);
  EXPECT_NE(error({.ca_file = "NONE", .cert_file = certificate, .key_file = missing})
                .find("key file \"" + missing + "\""),
            std::string::npos);
}

TEST_F(TlsTest, AFileThatHoldsNoPemIsRefusedWithoutShowingItsContent) {
  const auto file = dir_.write("ca.pem", "s3cret");
  const std::string text = error({.ca_file = file, .cert_file = file, .key_file = file});
  EXPECT_EQ(text.find("s3cret"), std::string::npos) << text;
}

TEST_F(TlsTest, AFailureIsForgottenOnceTheFileIsThere) {
  const TlsOptions options{.ca_file = dir_.file("ca.pem"), .cert_file = "", .key_file = ""};
  EXPECT_FALSE(contexts_.get(options));
  EXPECT_FALSE(dir_.write("ca.pem", one_.certificate_pem()).empty());
  EXPECT_TRUE(contexts_.get(options));
}

TEST_F(TlsTest, AClientCertificateAndItsKeyAreLoaded) {
  const auto context = contexts_.get({.ca_file = "NONE",
                                      .cert_file = dir_.write("cert.pem", one_.certificate_pem()),
                                      .key_file = dir_.write("key.pem", one_.key_pem())});
  ASSERT_TRUE(context) << context.error();
  EXPECT_NE(SSL_CTX_get0_certificate((*context)->native_handle()), nullptr);
  EXPECT_EQ(SSL_CTX_check_private_key((*context)->native_handle()), 1);
}

TEST_F(TlsTest, AKeyThatIsNotTheCertificatesIsRefused) {
  const SelfSigned other;
  error({.ca_file = "NONE",
         .cert_file = dir_.write("cert.pem", one_.certificate_pem()),
         .key_file = dir_.write("key.pem", other.key_pem())});
}

TEST_F(TlsTest, AnEncryptedKeyIsRefusedRatherThanAskedForOnTheConsole) {
  error({.ca_file = "NONE",
         .cert_file = dir_.write("cert.pem", one_.certificate_pem()),
         .key_file = dir_.write("key.pem", one_.key_pem("password"))});
}

TEST_F(TlsTest, ManyThreadsMayAskAtOnce) {
  std::vector<TlsContext> found(8);
  std::vector<std::thread> threads;
  threads.reserve(found.size());
  for (auto& context : found) {
    threads.emplace_back([&] { context = *contexts_.get({}); });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& context : found) EXPECT_EQ(context, found.front());
}

}  // namespace
}  // namespace audio_stream::transport
