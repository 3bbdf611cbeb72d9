#include "transport/tls.hpp"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fakes/self_signed.hpp"
#include "fakes/temp_dir.hpp"

namespace audio_stream::transport {
namespace {

using test::SelfSigned;

class TlsTest : public testing::Test {
 protected:
  std::string error(const TlsOptions& options) {
    const auto context = contexts_.get(options);
    EXPECT_FALSE(context);
    return context ? "(no error)" : context.error().message;
  }

  /// Replaces a file by another one of the same name.
  void replace(const std::string& name, const std::string& content) const {
    std::filesystem::rename(dir_.write("new", content), dir_.file(name));
  }

  test::TempDir dir_;
  SelfSigned one_;
  std::vector<std::string> warnings_;
  TlsContexts contexts_{[this](const std::string& text) { warnings_.push_back(text); }};
};

TEST_F(TlsTest, TrustsTheSystemsAuthoritiesUnlessToldOtherwise) {
  const auto context = contexts_.get({});
  ASSERT_TRUE(context) << context.error().message;
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
  ASSERT_TRUE(context) << context.error().message;
  EXPECT_EQ(SSL_CTX_get_verify_mode((*context)->native_handle()), SSL_VERIFY_PEER);
  const X509_STORE* store = SSL_CTX_get_cert_store((*context)->native_handle());
  EXPECT_EQ(sk_X509_OBJECT_num(X509_STORE_get0_objects(store)), 1);
}

TEST_F(TlsTest, Tls12IsTheOldestVersion) {
  const auto context = contexts_.get({});
  ASSERT_TRUE(context);
  EXPECT_EQ(SSL_CTX_get_min_proto_version((*context)->native_handle()), TLS1_2_VERSION);
}

/// Both ends of TLS 1.2 over memory, so that the test controls each step.
class Renegotiation : public TlsTest {
 protected:
  using Ssl = std::unique_ptr<SSL, test::FreeWith<SSL_free>>;

  void SetUp() override {
    server_context_.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_max_proto_version(server_context_.get(), TLS1_2_VERSION);
    const auto use = [](const std::string& pem, const auto& take) {
      const std::unique_ptr<BIO, test::FreeWith<BIO_free>> bio{
          BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
      take(bio.get());
    };
    use(one_.certificate_pem(), [this](BIO* bio) {
      const std::unique_ptr<X509, test::FreeWith<X509_free>> certificate{
          PEM_read_bio_X509(bio, nullptr, nullptr, nullptr)};
      SSL_CTX_use_certificate(server_context_.get(), certificate.get());
    });
    use(one_.key_pem(), [this](BIO* bio) {
      const std::unique_ptr<EVP_PKEY, test::FreeWith<EVP_PKEY_free>> pkey{
          PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr)};
      SSL_CTX_use_PrivateKey(server_context_.get(), pkey.get());
    });
    context_ = *contexts_.get({.ca_file = "NONE", .cert_file = "", .key_file = ""});
    client_.reset(SSL_new(context_->native_handle()));
    server_.reset(SSL_new(server_context_.get()));
    BIO* ours = nullptr;
    BIO* theirs = nullptr;
    ASSERT_EQ(BIO_new_bio_pair(&ours, 0, &theirs, 0), 1);
    SSL_set_bio(client_.get(), ours, ours);
    SSL_set_bio(server_.get(), theirs, theirs);
    SSL_set_connect_state(client_.get());
    SSL_set_accept_state(server_.get());
    for (int i = 0; i < 10; ++i) {
      SSL_do_handshake(client_.get());
      SSL_do_handshake(server_.get());
    }
    ASSERT_TRUE(SSL_is_init_finished(client_.get()));
    ASSERT_TRUE(SSL_is_init_finished(server_.get()));
  }

  std::unique_ptr<SSL_CTX, test::FreeWith<SSL_CTX_free>> server_context_;
  TlsContext context_;
  Ssl client_;
  Ssl server_;
};

TEST_F(Renegotiation, IsNotAnsweredAndAWriteDoesNotWaitForTheServer) {
  ASSERT_EQ(SSL_renegotiate(server_.get()), 1);
  SSL_do_handshake(server_.get());  // sends HelloRequest
  char room[16];
  EXPECT_EQ(SSL_read(client_.get(), room, sizeof room), -1) << "it has no data in it";
  EXPECT_FALSE(SSL_in_init(client_.get()));
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(SSL_write(client_.get(), "audio", 5), 5) << SSL_get_error(client_.get(), -1);
    SSL_read(server_.get(), room, sizeof room);
  }
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

TEST_F(TlsTest, AFifoIsRefusedAtOnce) {
  const auto fifo = dir_.file("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const auto good = dir_.write("cert.pem", one_.certificate_pem());
  EXPECT_EQ(error({.ca_file = fifo, .cert_file = "", .key_file = ""}),
            "TLS: CA file \"" + fifo + "\" can't be used: it is not a regular file");
  EXPECT_EQ(error({.ca_file = "NONE", .cert_file = fifo, .key_file = fifo}),
            "TLS: certificate file \"" + fifo + "\" can't be used: it is not a regular file");
  EXPECT_EQ(error({.ca_file = "NONE", .cert_file = good, .key_file = fifo}),
            "TLS: key file \"" + fifo + "\" can't be used: it is not a regular file");
}

TEST_F(TlsTest, ACaFileMayHoldManyCertificatesAndTextBetweenThem) {
  const SelfSigned two{"two"};
  const auto file = dir_.write(
      "ca.pem", "# first\n" + one_.certificate_pem() + "second:\n" + two.certificate_pem());
  const auto context = contexts_.get({.ca_file = file, .cert_file = "", .key_file = ""});
  ASSERT_TRUE(context) << context.error().message;
  const X509_STORE* store = SSL_CTX_get_cert_store((*context)->native_handle());
  EXPECT_EQ(sk_X509_OBJECT_num(X509_STORE_get0_objects(store)), 2);
}

TEST_F(TlsTest, ACaFileWithoutACertificateIsRefused) {
  for (const std::string& text : {std::string{}, std::string{"no PEM"}, one_.key_pem(),
                                  one_.key_pem("password"), std::string{"-----BEGIN CERT"}}) {
    const auto file = dir_.write("ca.pem", text);
    EXPECT_NE(error({.ca_file = file, .cert_file = "", .key_file = ""}).find("can't be used: "),
              std::string::npos)
        << text;
  }
}

TEST_F(TlsTest, AFileThatHoldsNoPemIsRefusedWithoutShowingItsContent) {
  const auto file = dir_.write("ca.pem", "s3cret");
  const std::string text = error({.ca_file = file, .cert_file = file, .key_file = file});
  EXPECT_EQ(text.find("s3cret"), std::string::npos) << text;
}

TEST_F(TlsTest, AFailureIsRetriedOnceTheFileExists) {
  const TlsOptions options{.ca_file = dir_.file("ca.pem"), .cert_file = "", .key_file = ""};
  EXPECT_FALSE(contexts_.get(options));
  EXPECT_FALSE(dir_.write("ca.pem", one_.certificate_pem()).empty());
  EXPECT_TRUE(contexts_.get(options));
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(TlsTest, AFailureIsFinalUnlessItIsTemporary) {
  const TlsOptions options{
      .ca_file = dir_.write("ca.pem", one_.certificate_pem()), .cert_file = "", .key_file = ""};
  const TlsOptions missing{.ca_file = dir_.file("missing"), .cert_file = "", .key_file = ""};
  const auto final = contexts_.get(missing);
  ASSERT_FALSE(final);
  EXPECT_EQ(final.error().code, ErrorCode::tls_init_failed);
  EXPECT_FALSE(worth_retrying(final.error()));

  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{3, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto passing = contexts_.get(options);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(passing);
  EXPECT_EQ(passing.error().code, ErrorCode::io) << passing.error().message;
  EXPECT_TRUE(worth_retrying(passing.error()));
}

TEST_F(TlsTest, AChangedFileMakesANewContextAndReleasesTheOldOne) {
  const TlsOptions options{.ca_file = dir_.write("ca.pem", one_.certificate_pem()),
                           .cert_file = dir_.write("cert.pem", one_.certificate_pem()),
                           .key_file = dir_.write("key.pem", one_.key_pem())};
  TlsContext old = *contexts_.get(options);
  EXPECT_EQ(*contexts_.get(options), old);
  const std::weak_ptr<ClientContext> gone = old;

  // A renewal replaces the file in the same way.
  replace("ca.pem", one_.certificate_pem());
  const TlsContext renewed = *contexts_.get(options);
  EXPECT_NE(renewed, old);
  EXPECT_FALSE(gone.expired()) << "a connection has it";
  old.reset();
  EXPECT_TRUE(gone.expired());
  EXPECT_EQ(*contexts_.get(options), renewed);
  EXPECT_TRUE(warnings_.empty());

  for (const auto& file : {options.cert_file, options.key_file}) {  // written in place
    const TlsContext before = *contexts_.get(options);
    std::ofstream{file, std::ios::app} << "\n";
    EXPECT_NE(*contexts_.get(options), before) << file;
  }
}

TEST_F(TlsTest, UnusableNewFilesKeepTheOldContextWithOneWarningPerChange) {
  const TlsOptions options{.ca_file = "NONE",
                           .cert_file = dir_.write("cert.pem", one_.certificate_pem()),
                           .key_file = dir_.write("key.pem", one_.key_pem())};
  const TlsContext old = *contexts_.get(options);
  const SelfSigned two;
  replace("cert.pem", two.certificate_pem());  // before its key is replaced
  EXPECT_EQ(*contexts_.get(options), old);
  EXPECT_EQ(*contexts_.get(options), old);
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_NE(warnings_[0].find("key file \"" + options.key_file + "\" can't be used"),
            std::string::npos)
      << warnings_[0];
  EXPECT_NE(warnings_[0].find("the version read before stays in use"), std::string::npos);

  std::filesystem::remove(options.key_file);
  EXPECT_EQ(*contexts_.get(options), old);
  EXPECT_EQ(warnings_.size(), 2U);
  replace("key.pem", two.key_pem());
  EXPECT_NE(*contexts_.get(options), old);
  EXPECT_EQ(warnings_.size(), 2U);
}

TEST_F(TlsTest, TheNumberOfContextsKeptIsBounded) {
  TlsOptions options{.ca_file = "NONE", .cert_file = "", .key_file = ""};
  std::vector<std::weak_ptr<ClientContext>> seen;
  const TlsContext used = *contexts_.get(options);
  for (std::size_t i = 0; i < TlsContexts::kMost + 10; ++i) {
    const std::string number = std::to_string(i);
    options.ca_file = dir_.write("ca" + number, one_.certificate_pem());
    seen.push_back(*contexts_.get(options));
    EXPECT_EQ(*contexts_.get({.ca_file = "NONE", .cert_file = "", .key_file = ""}), used);
  }
  EXPECT_TRUE(seen.front().expired()) << "the least recently used one is dropped first";
  EXPECT_FALSE(seen.back().expired());
}

TEST_F(TlsTest, AClientCertificateAndItsKeyAreLoaded) {
  const auto context = contexts_.get({.ca_file = "NONE",
                                      .cert_file = dir_.write("cert.pem", one_.certificate_pem()),
                                      .key_file = dir_.write("key.pem", one_.key_pem())});
  ASSERT_TRUE(context) << context.error().message;
  EXPECT_NE(SSL_CTX_get0_certificate((*context)->native_handle()), nullptr);
  EXPECT_EQ(SSL_CTX_check_private_key((*context)->native_handle()), 1);
}

TEST_F(TlsTest, AKeyOfAnotherCertificateIsRefused) {
  const SelfSigned other;
  error({.ca_file = "NONE",
         .cert_file = dir_.write("cert.pem", one_.certificate_pem()),
         .key_file = dir_.write("key.pem", other.key_pem())});
}

TEST_F(TlsTest, AnEncryptedKeyIsRefusedWithoutAPrompt) {
  error({.ca_file = "NONE",
         .cert_file = dir_.write("cert.pem", one_.certificate_pem()),
         .key_file = dir_.write("key.pem", one_.key_pem("password"))});
}

TEST_F(TlsTest, ManyThreadsMayUseItAtOnce) {
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
