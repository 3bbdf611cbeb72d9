#include "transport/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

namespace audio_stream::transport {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

/// Whether trying again may help, without anybody mending a file.
bool may_pass(const error_code& error) {
  namespace errc = boost::system::errc;
  return error == errc::too_many_files_open || error == errc::too_many_files_open_in_system ||
         error == errc::not_enough_memory;
}

tl::unexpected<Failure> cannot(const std::string& what, const std::string& file,
                               const error_code& error) {
  return tl::unexpected(
      Failure{may_pass(error) ? ErrorCode::io : ErrorCode::tls_init_failed, 0,
              "TLS: " + what + " \"" + file + "\" can't be used: " + error.message()});
}

tl::expected<void, Failure> trust(ssl::context& context, const TlsOptions& options) {
  error_code error;
  if (!options.verify_peer()) {
    context.set_verify_mode(ssl::verify_none, error);
    return {};
  }
  context.set_verify_mode(ssl::verify_peer, error);
  if (options.ca_file == "SYSTEM") {
    context.set_default_verify_paths(error);
    if (error) return cannot("the system's list of authorities", options.ca_file, error);
  } else {
    context.load_verify_file(options.ca_file, error);
    if (error) return cannot("CA file", options.ca_file, error);
  }
  return {};
}

tl::expected<void, Failure> identify(ssl::context& context, const TlsOptions& options) {
  error_code error;
  if (!options.cert_file.empty()) {
    context.use_certificate_chain_file(options.cert_file, error);
    if (error) return cannot("certificate file", options.cert_file, error);
  }
  if (!options.key_file.empty()) {
    // An encrypted key would make OpenSSL ask for its password on the console.
    context.set_password_callback(
        [](std::size_t, ssl::context::password_purpose) { return std::string{}; }, error);
    context.use_private_key_file(options.key_file, ssl::context::pem, error);
    if (error) return cannot("key file", options.key_file, error);
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
  // Idle calls keep no 32 KiB of record buffers.
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
  if (options.ca_file == "SYSTEM") {  // as SSL_CTX_set_default_verify_paths() finds them
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
  std::unique_lock lock{mutex_};
  Stamps stamps = stamps_of(options);  // before reading: a change meanwhile is seen the next time
  const auto found = entries_.find(options);
  if (found != entries_.end()) found->second.asked_for = ++turn_;
  if (found != entries_.end() && found->second.made_of == stamps) return found->second.context;

  auto made = make(options);
  if (made) {
    keep(options, {*made, std::move(stamps), std::nullopt, ++turn_});
    return *made;
  }
  if (found == entries_.end()) return made;
  Entry& old = found->second;
  auto context = old.context;
  if (old.warned_of != stamps) {
    old.warned_of = std::move(stamps);
    lock.unlock();
    if (warn_) warn_(made.error().message + "; what was read before holds until it can");
  }
  return context;
}

void TlsContexts::keep(const TlsOptions& options, Entry entry) {
  entries_.insert_or_assign(options, std::move(entry));
  if (entries_.size() <= kMost) return;
  entries_.erase(std::min_element(
      entries_.begin(), entries_.end(),
      [](const auto& a, const auto& b) { return a.second.asked_for < b.second.asked_for; }));
}

}  // namespace audio_stream::transport
