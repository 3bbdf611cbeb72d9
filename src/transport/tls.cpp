#include "transport/tls.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/error.hpp>

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "transport/settings_file.hpp"

namespace audio_stream::transport {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

// A system's CA list has 220 KiB. This allows for dozens of them.
constexpr std::size_t kMostPemBytes = std::size_t{16} * 1024 * 1024;

/// Whether a retry may succeed without anybody correcting a file.
bool may_pass(const std::error_code& error) {
  return error == std::errc::too_many_files_open ||
         error == std::errc::too_many_files_open_in_system || error == std::errc::not_enough_memory;
}

tl::unexpected<Failure> cannot(const std::string& what, const std::string& file,
                               const FileFailure& failure) {
  return tl::unexpected(
      Failure{may_pass(failure.code) ? ErrorCode::io : ErrorCode::tls_init_failed, 0,
              "TLS: " + what + " \"" + file + "\" can't be used: " + failure.why});
}

/// The content of a file that may hold a key. Overwritten on destruction.
class PemFile {
 public:
  static tl::expected<PemFile, FileFailure> read(const std::string& path) {
    auto text = read_settings_file(path, kMostPemBytes);
    if (!text) return tl::unexpected(std::move(text.error()));
    return PemFile{std::move(*text)};
  }
  PemFile(PemFile&&) = default;
  PemFile& operator=(PemFile&&) = delete;
  PemFile(const PemFile&) = delete;
  PemFile& operator=(const PemFile&) = delete;
  ~PemFile() { OPENSSL_cleanse(text_.data(), text_.size()); }

  [[nodiscard]] boost::asio::const_buffer bytes() const { return boost::asio::buffer(text_); }

 private:
  explicit PemFile(std::string text) : text_{std::move(text)} {}
  std::string text_;
};

/// Rejects encrypted keys. By default OpenSSL would ask for the password on the console.
int no_password(char* /*to*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

/// Trusts the certificates and revocation lists in `file`, like SSL_CTX_load_verify_file() with a
/// path.
error_code trust_those_in(SSL_CTX* context, const PemFile& file) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio{
      BIO_new_mem_buf(file.bytes().data(), static_cast<int>(file.bytes().size())), &BIO_free};
  ERR_clear_error();
  const auto free_all = [](STACK_OF(X509_INFO) * all) {
    sk_X509_INFO_pop_free(all, X509_INFO_free);
  };
  const std::unique_ptr<STACK_OF(X509_INFO), decltype(free_all)> found{
      PEM_X509_INFO_read_bio(bio.get(), nullptr, no_password, nullptr), free_all};
  const auto last_error = [] {
    const unsigned long code = ERR_get_error();
    return error_code{static_cast<int>(code), boost::asio::error::get_ssl_category()};
  };
  if (!found) return last_error();
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  int taken = 0;
  for (int i = 0; i < sk_X509_INFO_num(found.get()); ++i) {
    const X509_INFO* each = sk_X509_INFO_value(found.get(), i);
    if (each->x509 != nullptr) {
      if (X509_STORE_add_cert(store, each->x509) != 1) return last_error();
      ++taken;
    }
    if (each->crl != nullptr) {
      if (X509_STORE_add_crl(store, each->crl) != 1) return last_error();
      ++taken;
    }
  }
  if (taken > 0) return {};
  ERR_clear_error();
  return {ERR_PACK(ERR_LIB_X509, 0, X509_R_NO_CERTIFICATE_OR_CRL_FOUND),
          boost::asio::error::get_ssl_category()};
}

/// Reads the file at `path` and passes its content to `take`.
template <class Take>  // error_code(const PemFile&)
tl::expected<void, Failure> with_file(const std::string& what, const std::string& path,
                                      const Take& take) {
  const auto file = PemFile::read(path);
  if (!file) return cannot(what, path, file.error());
  if (const error_code error = take(*file)) return cannot(what, path, {{}, error.message()});
  return {};
}

tl::expected<void, Failure> trust(ssl::context& context, const TlsOptions& options) {
  error_code error;
  if (!options.verify_peer()) {
    context.set_verify_mode(ssl::verify_none, error);
    return {};
  }
  context.set_verify_mode(ssl::verify_peer, error);
  if (options.ca_file != "SYSTEM") {
    return with_file("CA file", options.ca_file, [&](const PemFile& file) {
      return trust_those_in(context.native_handle(), file);
    });
  }
  context.set_default_verify_paths(error);
  if (error) {
    return cannot("the system's list of authorities", options.ca_file, {error, error.message()});
  }
  return {};
}

tl::expected<void, Failure> identify(ssl::context& context, const TlsOptions& options) {
  SSL_CTX_set_default_passwd_cb(context.native_handle(), no_password);
  if (!options.cert_file.empty()) {
    auto used = with_file("certificate file", options.cert_file, [&](const PemFile& file) {
      error_code error;
      context.use_certificate_chain(file.bytes(), error);
      return error;
    });
    if (!used) return used;
  }
  if (!options.key_file.empty()) {
    return with_file("key file", options.key_file, [&](const PemFile& file) {
      error_code error;
      context.use_private_key(file.bytes(), ssl::context::pem, error);
      return error;
    });
  }
  return {};
}

tl::expected<TlsContext, Failure> make(const TlsOptions& options) {
  auto context = std::make_shared<ClientContext>();
  if (const auto ready = trust(*context, options); !ready) return tl::unexpected(ready.error());
  if (const auto ready = identify(*context, options); !ready) return tl::unexpected(ready.error());
  return context;
}

}  // namespace

ClientContext::ClientContext() : ssl::context{ssl::context::tls_client} {
  ERR_clear_error();
  // TLS 1.2 at least (RFC 8996), whatever the system's openssl.cnf allows.
  SSL_CTX_set_min_proto_version(native_handle(), TLS1_2_VERSION);
  // Renegotiation is refused: no user needs it, TLS 1.3 has none, and a write would otherwise have
  // to wait for data from the server.
  SSL_CTX_set_options(native_handle(), SSL_OP_NO_RENEGOTIATION);
  // Without this, idle calls would keep 32 KiB of record buffers each.
  SSL_CTX_set_mode(native_handle(), SSL_MODE_RELEASE_BUFFERS);
  TlsResumption::enable(native_handle());
}

TlsContexts::Stamp TlsContexts::stamp_of(const std::string& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return {};
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {found.st_dev, found.st_ino, found.st_size,
          found.st_mtim.tv_sec * kNanoseconds + found.st_mtim.tv_nsec};
}

TlsContexts::Stamps TlsContexts::stamps_of(const TlsOptions& options) {
  Stamps stamps;
  if (options.ca_file == "SYSTEM") {  // located as SSL_CTX_set_default_verify_paths() does
    const auto path = [](const char* variable, const char* otherwise) {
      const char* set = ::secure_getenv(variable);
      return std::string{set != nullptr ? set : otherwise};
    };
    stamps.push_back(
        stamp_of(path(X509_get_default_cert_file_env(), X509_get_default_cert_file())));
    stamps.push_back(stamp_of(path(X509_get_default_cert_dir_env(), X509_get_default_cert_dir())));
  } else if (options.verify_peer()) {
    stamps.push_back(stamp_of(options.ca_file));
  }
  if (!options.cert_file.empty()) stamps.push_back(stamp_of(options.cert_file));
  if (!options.key_file.empty()) stamps.push_back(stamp_of(options.key_file));
  return stamps;
}

tl::expected<TlsContext, Failure> TlsContexts::get(const TlsOptions& options) {
  // No lock is held during disk access: the disk may not answer, and other threads need other
  // files.
  // Taken before reading, so that a change meanwhile is noticed next time.
  Stamps stamps = stamps_of(options);
  if (auto context = kept(options, stamps)) return context;
  auto made = make(options);
  if (made) return keep(options, {*made, std::move(stamps), std::nullopt, 0});

  std::unique_lock lock{mutex_};
  const auto found = entries_.find(options);
  if (found == entries_.end()) return made;
  Entry& old = found->second;
  auto context = old.context;
  if (old.warned_of != stamps) {
    old.warned_of = std::move(stamps);
    lock.unlock();
    if (warn_) warn_(made.error().message + "; the version read before stays in use");
  }
  return context;
}

/// The context made from the files' current versions, or null.
TlsContext TlsContexts::kept(const TlsOptions& options, const Stamps& stamps) {
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(options);
  if (found == entries_.end()) return nullptr;
  found->second.asked_for = ++turn_;
  return found->second.made_of == stamps ? found->second.context : nullptr;
}

/// Stores the context and returns the one to use: that of another thread if it made one from the
/// same files first.
TlsContext TlsContexts::keep(const TlsOptions& options, Entry entry) {
  const std::lock_guard lock{mutex_};
  entry.asked_for = ++turn_;
  const auto found = entries_.find(options);
  if (found != entries_.end() && found->second.made_of == entry.made_of) {
    return found->second.context;
  }
  TlsContext context = entry.context;
  entries_.insert_or_assign(options, std::move(entry));
  if (entries_.size() > kMost) {
    entries_.erase(std::min_element(
        entries_.begin(), entries_.end(),
        [](const auto& a, const auto& b) { return a.second.asked_for < b.second.asked_for; }));
  }
  return context;
}

}  // namespace audio_stream::transport
