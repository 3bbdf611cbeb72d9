#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace audio_stream::test {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

/// A key and a self-signed certificate, as PEM.
class SelfSigned {
 public:
  /// Valid for `seconds` from now on.
  explicit SelfSigned(const std::string& name = "test", long seconds = 3600)
      : key_{EVP_EC_gen("P-256")}, certificate_{X509_new()} {
    X509_gmtime_adj(X509_getm_notBefore(certificate_.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate_.get()), seconds);
    X509_set_pubkey(certificate_.get(), key_.get());
    X509_NAME* subject = X509_get_subject_name(certificate_.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate_.get(), subject);
    X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  }

  [[nodiscard]] std::string key_pem(const std::string& password = "") const {
    const Bio bio{BIO_new(BIO_s_mem())};
    PEM_write_bio_PrivateKey(bio.get(), key_.get(), password.empty() ? nullptr : EVP_aes_128_cbc(),
                             nullptr, 0, nullptr,
                             password.empty() ? nullptr : const_cast<char*>(password.c_str()));
    return text_of(bio);
  }
  [[nodiscard]] std::string certificate_pem() const {
    const Bio bio{BIO_new(BIO_s_mem())};
    PEM_write_bio_X509(bio.get(), certificate_.get());
    return text_of(bio);
  }

 private:
  using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;

  static std::string text_of(const Bio& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>> key_;
  std::unique_ptr<X509, FreeWith<X509_free>> certificate_;
};

}  // namespace audio_stream::test
