#include "transport/upgrade.hpp"

#include <boost/asio/error.hpp>

#include <array>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "base/redacted.hpp"
#include "transport/authority.hpp"
#include "transport/echoed_secrets.hpp"
#include "transport/io_thread.hpp"
#include "transport/remedies.hpp"
#include "transport/user_agent.hpp"

namespace audio_stream::transport {
namespace {

using websocket::DeflateOffer;

constexpr std::size_t kShownTarget = 200;

websocket::UpgradeRequest request_for(const std::shared_ptr<const Endpoint>& to,
                                      const std::string& token, DeflateOffer offer) {
  const Endpoint& endpoint = *to;
  websocket::UpgradeRequest request;
  request.host = endpoint.url.host_header();
  request.target = endpoint.url.target;
  request.headers.emplace_back("User-Agent", kUserAgent);
  if (!endpoint.url.userinfo.empty()) {
    request.headers.emplace_back("Authorization", basic_credentials(endpoint.url.userinfo));
  }
  if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
  request.headers.insert(request.headers.end(), endpoint.headers.begin(), endpoint.headers.end());
  request.subprotocols = endpoint.subprotocols;
  request.deflate = offer;
  // Most servers refuse nothing, so the secrets are collected only for one that does.
  request.hide_secrets = [to, token](std::string_view text) {
    return EchoedSecrets{*to, token}.hidden(text);
  };
  return request;
}

/// Whether a server may mean compression by this status. Statuses about authentication and time do
/// not.
bool may_be_about_deflate(int status) noexcept {
  constexpr std::array kUnrelated{401, 407, 408, 425, 429};
  for (const int other : kUnrelated) {
    if (status == other) return false;
  }
  return (status >= 400 && status < 500) || status == 501;
}

/// The target of a redirect, without parts that may be secret.
std::string place_of(std::string_view location) {
  return base::redacted_location(location, kShownTarget);
}

}  // namespace

Upgrade::Upgrade(IoThread& io, ByteStream& stream, std::shared_ptr<const Endpoint> endpoint,
                 const std::string& token, DeflateOffer offer)
    : io_{io},
      stream_{stream},
      endpoint_{std::move(endpoint)},
      offer_{offer},
      handshake_{request_for(endpoint_, token, offer)} {}

void Upgrade::begin(Handler handler) {
  handler_ = std::move(handler);
  wait(ByteStream::Need::writable, &Upgrade::write);
}

void Upgrade::wait(ByteStream::Need need, void (Upgrade::*then)()) {
  stream_.wait(need, [self = shared_from_this(), then](const ByteStream::Error& error) {
    if (!self->handler_) return;
    if (error) {
      self->ended(error);
    } else {
      ((*self).*then)();
    }
  });
}

void Upgrade::write() {
  const auto rest = std::as_bytes(std::span{handshake_.request()}).subspan(written_);
  const ByteStream::Step step = stream_.write(rest, false);
  written_ += step.bytes;
  if (step.error) {
    ended(step.error);
  } else if (written_ < handshake_.request().size()) {
    wait(step.need, &Upgrade::write);
  } else {
    wait(ByteStream::Need::readable, &Upgrade::read);
  }
}

void Upgrade::read() {
  const std::span<std::byte> buffer = io_.read_buffer();
  ByteStream::Step step;
  do {  // OpenSSL may already hold a TLS record that the socket no longer signals
    step = stream_.read(buffer);
    if (step.error) {
      ended(step.error);
      return;
    }
    if (step.bytes > 0) take(buffer.first(step.bytes));
  } while (handler_ && step.more);
  if (!handler_) return;
  wait(step.need == ByteStream::Need::nothing ? ByteStream::Need::readable : step.need,
       &Upgrade::read);
}

void Upgrade::take(std::span<const std::byte> bytes) {
  auto step = handshake_.feed(bytes);
  if (std::holds_alternative<websocket::NeedMore>(step.outcome)) return;
  if (auto* accepted = std::get_if<websocket::Accepted>(&step.outcome)) {
    const auto ahead = bytes.subspan(step.consumed);
    finish(Agreed{accepted->deflate, {ahead.begin(), ahead.end()}});
  } else if (const auto* refused = std::get_if<websocket::Refused>(&step.outcome)) {
    finish(tl::unexpected(refusal(*refused)));
  } else {
    finish(tl::unexpected(malformed(std::get<websocket::Malformed>(step.outcome))));
  }
}

/// No more bytes come. The bytes so far may still be a complete refusal.
void Upgrade::ended(const ByteStream::Error& error) {
  const auto outcome = handshake_.end();
  if (const auto* refused = std::get_if<websocket::Refused>(&outcome)) {
    finish(tl::unexpected(refusal(*refused)));
    return;
  }
  if (const auto* wrong = std::get_if<websocket::Malformed>(&outcome)) {
    finish(tl::unexpected(malformed(*wrong)));
    return;
  }
  std::string why = error == boost::asio::error::eof ? "end of stream" : error.message();
  why += endpoint_->url.secure ? remedy_for_tls(error) : remedy_for_plain_text();
  finish(tl::unexpected(
      Refusal{{ErrorCode::io, 0,
               "Failed reading HTTP status line from " + endpoint_->url.display() + ": " + why},
              false}));
}

Failure Upgrade::too_late() {
  const auto outcome = handshake_.end();  // a refusal counts even if its body does not end
  if (const auto* refused = std::get_if<websocket::Refused>(&outcome)) {
    return refusal(*refused).failure;
  }
  return {ErrorCode::timeout, 0,
          "Failed reading HTTP status line from " + endpoint_->url.display() +
              ": no answer within " + std::to_string(endpoint_->deadlines.handshake.count()) +
              " ms"};
}

void Upgrade::finish(tl::expected<Agreed, Refusal> result) {
  std::exchange(handler_, nullptr)(std::move(result));
}

// ---- what a refusal says ----------------------------------------------------------------------

/// The first text is that of mod_audio_stream 1.0, which users match on.
Upgrade::Refusal Upgrade::refusal(const websocket::Refused& refused) const {
  const std::string status = std::to_string(refused.status);
  std::string text = "Expecting status 101 (Switching Protocol), got " + status +
                     " status connecting to " + endpoint_->url.display() +
                     ", HTTP Status line: HTTP/1." + std::to_string(refused.minor_version) + " " +
                     status + " " + base::redacted(refused.reason) + "\r\n";
  if (!refused.location.empty()) {
    text += "It redirects to " + place_of(refused.location) +
            ": start the stream with that URL, as ws:// or wss://";
  } else if (!refused.body.empty() && refused.body != refused.reason) {
    text += "It says: " + refused.body;
  }
  std::string remedy = remedy_for_status(refused.status);
  if (text.ends_with('\n')) remedy.erase(0, 2);  // a line of its own begins without ". "
  text += remedy;
  return {{ErrorCode::protocol, refused.status, std::move(text)},
          offer_ != DeflateOffer::none && may_be_about_deflate(refused.status)};
}

/// If the answer to an offer of compression is wrong, the answer without an offer may be right.
Upgrade::Refusal Upgrade::malformed(const websocket::Malformed& malformed) const {
  if (malformed.status == 0) {  // not even HTTP
    return {{ErrorCode::io, 0,
             "Failed reading HTTP status line from " + endpoint_->url.display() + ": the answer " +
                 malformed.what + (endpoint_->url.secure ? "" : remedy_for_plain_text())},
            false};
  }
  return {{ErrorCode::invalid_header, malformed.status,
           "The answer of " + endpoint_->url.display() + " " + malformed.what},
          offer_ != DeflateOffer::none && malformed.of_deflate};
}

}  // namespace audio_stream::transport
