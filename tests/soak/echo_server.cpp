#include "echo_server.hpp"

#include <pthread.h>

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <ctime>
#include <mutex>
#include <thread>
#include <utility>

namespace soak {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

/// Figures of all connections.
struct Heard {
  std::atomic<std::uint64_t> messages{0};
  std::mutex mutex;  // guards longest
  EchoServer::Pause longest;

  void message_after(Clock::duration pause) {
    messages.fetch_add(1, std::memory_order_relaxed);
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(pause);
    const std::lock_guard lock{mutex};
    if (ms > longest.length) longest = {ms, Clock::now()};
  }
};

/// One connection. The pending operation keeps it alive.
class Echo : public std::enable_shared_from_this<Echo> {
 public:
  Echo(tcp::socket socket, Heard& heard) : stream_{std::move(socket)}, all_{heard} {}

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
    const auto now = Clock::now();
    all_.message_after(last_ == Clock::time_point{} ? Clock::duration{} : now - last_);
    last_ = now;
    stream_.async_write(heard_.data(),
                        [self = shared_from_this()](error_code error, std::size_t written) {
                          self->heard_.consume(written);
                          if (!error) self->listen();
                        });
  }

  beast::websocket::stream<tcp::socket> stream_;
  beast::flat_buffer heard_;
  Heard& all_;
  Clock::time_point last_{};
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
  [[nodiscard]] std::uint64_t messages() const { return heard_.messages.load(); }
  [[nodiscard]] Pause longest_pause() {
    const std::lock_guard lock{heard_.mutex};
    return heard_.longest;
  }
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
      std::make_shared<Echo>(std::move(socket), heard_)->begin();
      accept();
    });
  }

  Heard heard_;
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

EchoServer::Pause EchoServer::longest_pause() const {
  return listener_->longest_pause();
}

std::chrono::nanoseconds EchoServer::processor_time() const {
  return listener_->processor_time();
}

}  // namespace soak
