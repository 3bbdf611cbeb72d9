#include "echo_server.hpp"

#include <pthread.h>

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <ctime>
#include <thread>

namespace soak {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

/// One connection. Lives in the operation that is pending.
class Echo : public std::enable_shared_from_this<Echo> {
 public:
  Echo(tcp::socket socket, std::atomic<std::uint64_t>& messages)
      : stream_{std::move(socket)}, messages_{messages} {}

  void begin() {
    error_code ignored;
    stream_.next_layer().set_option(tcp::no_delay{true}, ignored);
    stream_.binary(true);
    stream_.async_accept([self = shared_from_this()](error_code error) {
      if (!error) self->listen();
    });
  }

 private:
  void listen() {
    stream_.async_read(heard_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->answer();
    });
  }

  void answer() {
    if (stream_.got_text()) {
      heard_.consume(heard_.size());
      listen();
      return;
    }
    messages_.fetch_add(1, std::memory_order_relaxed);
    stream_.async_write(heard_.data(),
                        [self = shared_from_this()](error_code error, std::size_t written) {
                          self->heard_.consume(written);
                          if (!error) self->listen();
                        });
  }

  beast::websocket::stream<tcp::socket> stream_;
  beast::flat_buffer heard_;
  std::atomic<std::uint64_t>& messages_;
};

}  // namespace

class EchoServer::Listener {
 public:
  Listener() {
    accept();
    thread_ = std::thread{[this] { io_.run(); }};
  }
  ~Listener() {
    io_.stop();
    thread_.join();
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] unsigned short port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] std::uint64_t messages() const { return messages_.load(); }
  std::chrono::nanoseconds processor_time() {
    clockid_t clock{};
    timespec used{};
    pthread_getcpuclockid(thread_.native_handle(), &clock);
    clock_gettime(clock, &used);
    return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
  }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error) return;
      std::make_shared<Echo>(std::move(socket), messages_)->begin();
      accept();
    });
  }

  std::atomic<std::uint64_t> messages_{0};
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

EchoServer::EchoServer() : listener_{std::make_unique<Listener>()} {}
EchoServer::~EchoServer() = default;

std::string EchoServer::url() const {
  return "ws://127.0.0.1:" + std::to_string(listener_->port()) + "/";
}

std::uint64_t EchoServer::messages() const {
  return listener_->messages();
}

std::chrono::nanoseconds EchoServer::processor_time() const {
  return listener_->processor_time();
}

}  // namespace soak
