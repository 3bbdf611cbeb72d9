#include "transport/dialer.hpp"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "transport/resolver.hpp"

namespace audio_stream::transport {
namespace {

using boost::system::error_code;

// FreeSWITCH forks to run programs; they must not inherit a call's socket.
void set_close_on_exec(int fd) {
  ::fcntl(fd, F_SETFD, ::fcntl(fd, F_GETFD) | FD_CLOEXEC);
}

std::string milliseconds(std::chrono::milliseconds time) {
  return std::to_string(time.count()) + " ms";
}

}  // namespace

Dialer::Dialer(boost::asio::io_context& context, Resolver& resolver, const Url& url,
               Deadlines deadlines)
    : context_{context},
      resolver_{resolver},
      host_{url.host},
      port_{url.port},
      deadlines_{deadlines},
      socket_{context},
      timer_{context} {}

void Dialer::dial(Handler handler) {
  handler_ = std::move(handler);
  error_code error;
  const auto address = boost::asio::ip::make_address(host_, error);
  if (error) {
    look_up();
  } else {
    addresses_ = {address};
    try_next();
  }
}

void Dialer::cancel() {
  handler_ = nullptr;
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

void Dialer::look_up() {
  expire_after(deadlines_.resolve, [this] {
    fail(ErrorCode::timeout,
         "the name was not resolved within " + milliseconds(deadlines_.resolve));
  });
  resolver_.resolve(host_, context_, [self = shared_from_this()](Resolver::Result found) {
    if (!self->handler_) return;
    self->timer_.cancel();
    if (!found) {
      self->fail(ErrorCode::connect_failed, found.error());
      return;
    }
    self->addresses_ = std::move(*found);
    std::reverse(self->addresses_.begin(), self->addresses_.end());
    self->try_next();
  });
}

void Dialer::try_next() {
  if (addresses_.empty()) {
    fail(ErrorCode::connect_failed, last_error_);
    return;
  }
  const boost::asio::ip::tcp::endpoint endpoint{addresses_.back(), port_};
  addresses_.pop_back();
  error_code error;
  socket_.close(error);
  socket_.open(endpoint.protocol(), error);
  if (error) {
    last_error_ = error.message();
    try_next();
    return;
  }
  set_close_on_exec(socket_.native_handle());
  expire_after(deadlines_.connect, [this] {
    last_error_ = "no answer within " + milliseconds(deadlines_.connect);
    error_code ignored;
    socket_.close(ignored);  // ends the attempt below
  });
  socket_.async_connect(endpoint, [self = shared_from_this()](const error_code& failed) {
    if (!self->handler_) return;
    self->timer_.cancel();
    if (failed || !self->socket_.is_open()) {
      if (failed != boost::asio::error::operation_aborted) self->last_error_ = failed.message();
      self->try_next();
      return;
    }
    error_code ignored;
    self->socket_.set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
    self->finish(std::move(self->socket_));
  });
}

void Dialer::expire_after(std::chrono::milliseconds deadline, std::function<void()> action) {
  timer_.expires_after(deadline);
  timer_.async_wait(
      [self = shared_from_this(), action = std::move(action)](const error_code& cancelled) {
        if (!cancelled && self->handler_) action();
      });
}

void Dialer::fail(ErrorCode code, const std::string& why) {
  finish(tl::unexpected(Failure{
      code, 0,
      "Unable to connect to " + host_ + " on port " + std::to_string(port_) + ", error: " + why}));
}

void Dialer::finish(tl::expected<Socket, Failure> result) {
  timer_.cancel();
  std::exchange(handler_, nullptr)(std::move(result));
}

}  // namespace audio_stream::transport
