#include "transport/connector.hpp"

#include <boost/asio/post.hpp>

#include <utility>

#include "transport/bearer_file.hpp"
#include "transport/deflate_offers.hpp"
#include "transport/io_thread.hpp"
#include "transport/remedies.hpp"
#include "transport/socket_tuning.hpp"
#include "transport/tcp_stream.hpp"
#include "transport/worker.hpp"

namespace audio_stream::transport {
namespace {

using websocket::DeflateOffer;

std::string milliseconds(std::chrono::milliseconds time) {
  return std::to_string(time.count()) + " ms";
}

/// Jobs in one lane run one after the other. Connections share a lane if they need the same files.
std::string lane_of_files(const Endpoint& endpoint) {
  const TlsOptions& tls = endpoint.tls;
  return tls.ca_file + '\n' + tls.cert_file + '\n' + tls.key_file + '\n' + endpoint.bearer_file;
}

}  // namespace

Connector::Connector(const WebSocketServices& services, std::shared_ptr<const Endpoint> endpoint)
    : services_{services},
      endpoint_{std::move(endpoint)},
      deadline_{services.io.context()},
      offer_{endpoint_->deflate
                 ? services.deflate_offers.best(endpoint_->url.host, endpoint_->url.port)
                 : DeflateOffer::none} {}

void Connector::connect(Handler handler) {
  handler_ = std::move(handler);
  if (endpoint_->url.secure || !endpoint_->bearer_file.empty()) {
    load_files();
  } else {
    dial();
  }
}

void Connector::cancel() {
  handler_ = nullptr;
  end_step();
  if (dialer_) dialer_->cancel();
  if (tunnel_) tunnel_->cancel();
  drop_stream();
}

Traffic Connector::traffic() const {
  Traffic all = traffic_;
  if (stream_) all += stream_->traffic();
  return all;
}

// ---- files ------------------------------------------------------------------------------------

tl::expected<Connector::Files, Failure> Connector::read_files(TlsContexts& contexts,
                                                              const Endpoint& endpoint) {
  Files files;
  if (endpoint.url.secure) {
    auto context = contexts.get(endpoint.tls);
    if (!context) return tl::unexpected(std::move(context.error()));
    files.tls = std::move(*context);
  }
  if (!endpoint.bearer_file.empty()) {
    auto token = read_bearer_file(endpoint.bearer_file);
    if (!token) {
      return tl::unexpected(Failure{ErrorCode::bearer_unreadable, 0, std::move(token.error())});
    }
    files.token = std::move(*token);
  }
  return files;
}

/// Reads the files on a thread that may block on the disk.
void Connector::load_files() {
  const bool queued =
      services_.disk.run(lane_of_files(*endpoint_), [self = shared_from_this()]() mutable {
        auto files = read_files(self->services_.tls_contexts, *self->endpoint_);
        auto& context = self->services_.io.context();
        // The handler moves the last reference to the I/O thread, which owns the timers.
        boost::asio::post(context, [self = std::move(self), files = std::move(files)]() mutable {
          if (!self->handler_) return;
          self->end_step();
          if (!files) {
            self->fail(std::move(files.error()));
            return;
          }
          self->files_ = std::move(*files);
          self->dial();
        });
      });
  if (!queued) {
    fail({ErrorCode::io, 0,
          "The files for " + endpoint_->url.display() +
              " can't be read: too many reads already wait for the disk"});
    return;
  }
  expire_after(endpoint_->deadlines.files, [this] {
    return Failure{ErrorCode::timeout, 0,
                   "The files for " + endpoint_->url.display() + " were not read within " +
                       milliseconds(endpoint_->deadlines.files) + ": the disk does not answer"};
  });
}

// ---- TCP --------------------------------------------------------------------------------------

void Connector::dial() {
  const auto& proxy = endpoint_->proxy;
  dialer_ = std::make_shared<Dialer>(services_.io.context(), services_.resolver,
                                     proxy ? proxy->authority.host : endpoint_->url.host,
                                     proxy ? proxy->authority.port : endpoint_->url.port,
                                     endpoint_->deadlines);
  dialer_->dial([self = shared_from_this()](tl::expected<Dialer::Socket, Failure> socket) {
    self->dialer_.reset();
    if (!socket) {
      if (self->endpoint_->proxy) socket.error().message.insert(0, "Proxy: ");
      self->fail(std::move(socket.error()));
    } else if (self->endpoint_->proxy) {
      self->open_tunnel(std::move(*socket));
    } else {
      self->connected(std::move(*socket));
    }
  });
}

void Connector::open_tunnel(Dialer::Socket socket) {
  tunnel_ = std::make_shared<ProxyTunnel>(std::move(socket), *endpoint_->proxy, endpoint_->url,
                                          endpoint_->deadlines.connect);
  tunnel_->open([self = shared_from_this()](tl::expected<Dialer::Socket, Failure> through) {
    self->tunnel_.reset();
    if (through) {
      self->connected(std::move(*through));
    } else {
      self->fail(std::move(through.error()));
    }
  });
}

void Connector::connected(Dialer::Socket socket) {
  tune(socket, {endpoint_->send_buffer_bytes, endpoint_->user_timeout});
  if (endpoint_->url.secure) {
    begin_tls(std::move(socket));
  } else {
    stream_ = std::make_unique<TcpStream>(std::move(socket));
    upgrade();
  }
}

// ---- TLS --------------------------------------------------------------------------------------

void Connector::begin_tls(Dialer::Socket socket) {
  const bool verify = endpoint_->tls.verify_peer() && endpoint_->tls.verify_host;
  auto made = TlsStream::create(std::move(socket), files_.tls,
                                {endpoint_->url.host, endpoint_->url.port, verify});
  if (!made) {
    fail(tls_failure(made.error()));
    return;
  }
  tls_ = made->get();
  stream_ = std::move(*made);
  expire_after(endpoint_->deadlines.tls, [this] {
    Failure failure = tls_failure("not done within " + milliseconds(endpoint_->deadlines.tls));
    failure.code = ErrorCode::timeout;
    return failure;
  });
  tls_handshake();
}

void Connector::tls_handshake() {
  const ByteStream::Step step = tls_->handshake();
  if (step.error) {
    std::string why = step.error.message();
    if (const std::string verdict = tls_->verdict(); !verdict.empty()) {
      why += " (" + verdict + ")" + remedy_for_certificate(tls_->verified());
    } else {
      why += remedy_for_tls(step.error);
    }
    fail(tls_failure(why));
  } else if (step.need == ByteStream::Need::nothing) {
    end_step();
    tls_ = nullptr;
    upgrade();
  } else {
    stream_->wait(step.need, [self = shared_from_this()](const ByteStream::Error& cancelled) {
      if (!cancelled && self->handler_ && self->tls_ != nullptr) self->tls_handshake();
    });
  }
}

Failure Connector::tls_failure(const std::string& why) const {
  return {ErrorCode::ssl_handshake_failed, 0,
          "TLS handshake with " + endpoint_->url.host_header() + " failed: " + why};
}

// ---- the upgrade ------------------------------------------------------------------------------

void Connector::upgrade() {
  upgrade_ = std::make_shared<Upgrade>(services_.io, *stream_, endpoint_, files_.token, offer_);
  expire_after(endpoint_->deadlines.handshake, [this] { return upgrade_->too_late(); });
  upgrade_->begin(
      [self = shared_from_this()](tl::expected<Upgrade::Agreed, Upgrade::Refusal> result) {
        self->end_step();
        if (result) {
          self->agreed(std::move(*result));
        } else {
          self->refused(std::move(result.error()));
        }
      });
}

void Connector::agreed(Upgrade::Agreed agreed) {
  if (offer_reduced_) {
    services_.deflate_offers.remember(endpoint_->url.host, endpoint_->url.port, offer_);
  }
  upgrade_.reset();
  finish(Made{std::move(stream_), agreed.deflate, std::move(agreed.ahead)});
}

void Connector::refused(Upgrade::Refusal refusal) {
  if (!refusal.may_be_deflate) {
    fail(std::move(refusal.failure));
    return;
  }
  drop_stream();
  offer_ = DeflateOffers::smaller(offer_);
  offer_reduced_ = true;
  dial();
}

// ---- the end ----------------------------------------------------------------------------------

void Connector::drop_stream() {
  if (upgrade_) upgrade_->cancel();
  upgrade_.reset();
  tls_ = nullptr;
  if (!stream_) return;
  stream_->close();
  traffic_ += stream_->traffic();
  // Its handlers may still be pending. They detect its end by handler_ or upgrade_.
  stream_.reset();
}

/// Calls `failure` when the time is over. `failure` may use `this`.
void Connector::expire_after(std::chrono::milliseconds deadline, std::function<Failure()> failure) {
  deadline_.expires_after(deadline);
  deadline_.async_wait([self = shared_from_this(), failure = std::move(failure),
                        step = step_](const boost::system::error_code& cancelled) {
    // The step may have ended at the same moment as its deadline.
    if (!cancelled && step == self->step_ && self->handler_) self->fail(failure());
  });
}

/// Ends the step: its deadline no longer counts.
void Connector::end_step() {
  ++step_;
  deadline_.cancel();
}

void Connector::fail(Failure failure) {
  drop_stream();
  finish(tl::unexpected(std::move(failure)));
}

void Connector::finish(tl::expected<Made, Failure> result) {
  end_step();
  if (handler_) std::exchange(handler_, nullptr)(std::move(result));
}

}  // namespace audio_stream::transport
