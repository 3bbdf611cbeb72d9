#include "transport/tls_sessions.hpp"

#include <openssl/x509.h>

#include <algorithm>
#include <utility>

#include "transport/tls.hpp"

namespace audio_stream::transport {
namespace {

/// The ex_data index where an SSL stores its TlsResumption.
int resumption_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

bool is_expired(const SSL_SESSION* session) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): OpenSSL 3.0 wants it so
  const X509* shown = SSL_SESSION_get0_peer(const_cast<SSL_SESSION*>(session));
  return shown != nullptr && X509_cmp_current_time(X509_get0_notAfter(shown)) <= 0;
}

bool is_usable(const TlsSessions::Session& session) {
  return SSL_SESSION_is_resumable(session.ssl.get()) == 1 &&
         TlsSessions::Clock::now() - session.verified < TlsSessions::kLongestTrust &&
         !is_expired(session.ssl.get());
}

/// A copy, because a connection that ends without close_notify marks its session as not resumable.
TlsSessionPtr copy_of(const SSL_SESSION* session) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): OpenSSL 3.0 wants it so
  return TlsSessionPtr{SSL_SESSION_dup(const_cast<SSL_SESSION*>(session))};
}

}  // namespace

void TlsSessions::keep(const TlsServer& server, Session session) {
  const std::lock_guard lock{mutex_};
  Kept& kept = kept_[server];
  kept.changed = Clock::now();
  kept.sessions.push_back(std::move(session));
  if (kept.sessions.size() > kMostOfAServer) kept.sessions.pop_front();
  if (kept_.size() > kMostServers) {
    kept_.erase(std::min_element(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) {
      return a.second.changed < b.second.changed;
    }));
  }
}

std::optional<TlsSessions::Session> TlsSessions::take(const TlsServer& server) {
  const std::lock_guard lock{mutex_};
  const auto found = kept_.find(server);
  if (found == kept_.end()) return std::nullopt;
  auto& sessions = found->second.sessions;
  std::erase_if(sessions, [](const Session& session) { return !is_usable(session); });
  std::optional<Session> taken;
  if (!sessions.empty()) {
    Session& newest = sessions.back();
    if (SSL_SESSION_get_protocol_version(newest.ssl.get()) >= TLS1_3_VERSION) {
      taken = std::move(newest);
      sessions.pop_back();
    } else {
      taken = Session{copy_of(newest.ssl.get()), newest.verified};
    }
  }
  if (sessions.empty()) kept_.erase(found);
  return taken;
}

void TlsSessions::remove(const TlsServer& server) {
  const std::lock_guard lock{mutex_};
  kept_.erase(server);
}

TlsResumption::TlsResumption(std::shared_ptr<ClientContext> context, TlsServer server)
    : context_{std::move(context)}, server_{std::move(server)} {}

void TlsResumption::begin(SSL* ssl) {
  SSL_set_ex_data(ssl, resumption_index(), this);
  const auto session = context_->sessions.take(server_);
  if (session && session->ssl && SSL_set_session(ssl, session->ssl.get()) == 1) {
    offered_ = session->verified;
  }
}

void TlsResumption::failed() {
  if (offered_) context_->sessions.remove(server_);
}

void TlsResumption::enable(SSL_CTX* context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, on_new_session);
}

/// Called by OpenSSL; with TLS 1.3 some time after the handshake. Returns 0: OpenSSL keeps the
/// ownership.
int TlsResumption::on_new_session(SSL* ssl, SSL_SESSION* session) noexcept {
  auto* self = static_cast<TlsResumption*>(SSL_get_ex_data(ssl, resumption_index()));
  if (self == nullptr) return 0;
  try {
    // A resumed handshake shows no certificate, so its sessions inherit the age of the resumed one.
    const bool resumed = SSL_session_reused(ssl) == 1 && self->offered_;
    auto copy = copy_of(session);
    if (!copy) return 0;
    self->context_->sessions.keep(
        self->server_, {std::move(copy), resumed ? *self->offered_ : TlsSessions::Clock::now()});
  } catch (...) {  // out of memory: costs one full handshake
  }
  return 0;
}

}  // namespace audio_stream::transport
