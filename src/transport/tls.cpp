#include "transport/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace audio_stream::transport {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

tl::unexpected<std::string> cannot(const std::string& what, const std::string& file,
                                   const error_code& error) {
  return tl::unexpected(what + " \"" + file + "\" can't be used: " + error.message());
}

tl::expected<void, std::string> trust(ssl::context& context, const TlsOptions& options) {
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

tl::expected<void, std::string> identify(ssl::context& context, const TlsOptions& options) {
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

}  // namespace

tl::expected<TlsContext, std::string> TlsContexts::get(const TlsOptions& options) {
  const std::lock_guard lock{mutex_};
  if (const auto found = contexts_.find(options); found != contexts_.end()) return found->second;

  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  ERR_clear_error();
  // TLS 1.2 at least (RFC 8996), whatever the system's openssl.cnf allows.
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  // Idle calls keep no 32 KiB of record buffers.
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  if (const auto ready = trust(*context, options); !ready) return tl::unexpected(ready.error());
  if (const auto ready = identify(*context, options); !ready) return tl::unexpected(ready.error());
  contexts_.emplace(options, context);
  return context;
}

}  // namespace audio_stream::transport
