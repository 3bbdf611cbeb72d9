#include "transport/dialer.hpp"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "transport/address_order.hpp"
#include "transport/name_lookups.hpp"
#include "transport/resolver.hpp"

namespace audio_stream::transport {
namespace {

using boost::system::error_code;

// FreeSWITCH forks to run programs, which must not inherit a call's socket.
void set_close_on_exec(int fd) {
  ::fcntl(fd, F_SETFD, ::fcntl(fd, F_GETFD) | FD_CLOEXEC);
}

std::string milliseconds(std::chrono::milliseconds time) {
  return std::to_string(time.count()) + " ms";
}

}  // namespace

struct Dialer::Attempt {
  Socket socket;
  bool ipv6;
};

Dialer::Dialer(boost::asio::io_context& context, Resolver& resolver, std::string host,
               std::uint16_t port, const Deadlines& deadlines)
    : context_{context},
      resolver_{resolver},
      host_{std::move(host)},
      port_{port},
      deadlines_{deadlines},
      deadline_{context},
      turn_{context} {}

void Dialer::dial(Handler handler) {
  handler_ = std::move(handler);
  error_code not_an_address;
  const auto address = boost::asio::ip::make_address(host_, not_an_address);
  if (not_an_address) {
    look_up();
  } else {
    connect({address});
  }
}

void Dialer::cancel() {
  handler_ = nullptr;
  deadline_.cancel();
  drop_attempts();
}

void Dialer::look_up() {
  expire_after(deadlines_.resolve, [this] {
    fail(ErrorCode::timeout,
         "the name was not resolved within " + milliseconds(deadlines_.resolve));
  });
  resolver_.resolve(host_, context_, [self = shared_from_this()](const Resolver::Result& found) {
    if (!self->handler_) return;
    if (found) {
      self->connect(*found);
    } else {
      const bool silent = found.error() == NameLookups::kSilent;
      self->fail(silent ? ErrorCode::timeout : ErrorCode::connect_failed, found.error());
    }
  });
}

void Dialer::connect(const std::vector<boost::asio::ip::address>& addresses) {
  addresses_ = in_turns(addresses);
  std::reverse(addresses_.begin(), addresses_.end());
  expire_after(deadlines_.connect, [this] {
    for (const AttemptPtr& silent : attempts_) {
      note(silent->ipv6, "no answer within " + milliseconds(deadlines_.connect));
    }
    fail(ErrorCode::connect_failed, last_reasons());
  });
  try_next();
}

/// Starts the next attempt that can be started.
void Dialer::try_next() {
  turn_.cancel();
  while (!addresses_.empty()) {
    const auto address = addresses_.back();
    addresses_.pop_back();
    if (!attempt(address)) continue;
    if (addresses_.empty()) return;
    turn_.expires_after(kAttemptDelay);
    turn_.async_wait([self = shared_from_this()](const error_code& cancelled) {
      if (!cancelled && self->handler_) self->try_next();
    });
    return;
  }
  if (attempts_.empty()) fail(ErrorCode::connect_failed, last_reasons());
}

bool Dialer::attempt(const boost::asio::ip::address& address) {
  const boost::asio::ip::tcp::endpoint endpoint{address, port_};
  const auto attempt = std::make_shared<Attempt>(Attempt{Socket{context_}, address.is_v6()});
  error_code error;
  attempt->socket.open(endpoint.protocol(), error);
  if (error) {
    note(attempt->ipv6, error.message());
    return false;
  }
  set_close_on_exec(attempt->socket.native_handle());
  attempts_.push_back(attempt);
  attempt->socket.async_connect(endpoint,
                                [self = shared_from_this(), attempt](const error_code& failed) {
                                  if (self->handler_) self->on_done(attempt, failed);
                                });
  return true;
}

void Dialer::on_done(const AttemptPtr& attempt, const error_code& error) {
  std::erase(attempts_, attempt);
  if (error) {
    note(attempt->ipv6, error.message());
    try_next();
    return;
  }
  error_code ignored;
  attempt->socket.set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
  finish(std::move(attempt->socket));
}

void Dialer::drop_attempts() {
  turn_.cancel();
  addresses_.clear();
  for (const AttemptPtr& each : std::exchange(attempts_, {})) {
    error_code ignored;
    each->socket.close(ignored);
  }
}

void Dialer::note(bool ipv6, const std::string& why) {
  (ipv6 ? ipv6_reason_ : ipv4_reason_) = why;
}

std::string Dialer::last_reasons() const {
  if (ipv6_reason_.empty() || ipv6_reason_ == ipv4_reason_) return ipv4_reason_;
  if (ipv4_reason_.empty()) return ipv6_reason_;
  return ipv6_reason_ + " (IPv6), " + ipv4_reason_ + " (IPv4)";
}

void Dialer::expire_after(std::chrono::milliseconds deadline, std::function<void()> action) {
  deadline_.expires_after(deadline);
  deadline_.async_wait(
      [self = shared_from_this(), action = std::move(action)](const error_code& cancelled) {
        // A deadline that was replaced at the moment it expired no longer counts.
        const bool over = self->deadline_.expiry() <= std::chrono::steady_clock::now();
        if (!cancelled && over && self->handler_) action();
      });
}

void Dialer::fail(ErrorCode code, const std::string& why) {
  finish(tl::unexpected(Failure{
      code, 0,
      "Unable to connect to " + host_ + " on port " + std::to_string(port_) + ", error: " + why}));
}

void Dialer::finish(tl::expected<Socket, Failure> result) {
  deadline_.cancel();
  drop_attempts();
  std::exchange(handler_, nullptr)(std::move(result));
}

}  // namespace audio_stream::transport
