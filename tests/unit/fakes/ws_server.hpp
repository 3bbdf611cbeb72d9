#pragma once

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace audio_stream::test {

/// A WebSocket server on the loopback with a thread for each connection. It records what it
/// receives in order. A text "close" makes it close with 1000. A text "echo", or every text on the
/// path /echo, is sent back.
class WsServer {
 public:
  using Socket = boost::beast::websocket::stream<boost::asio::ip::tcp::socket>;

  struct Connection {
    std::string target;
    std::vector<std::string> texts;
    std::string audio;   ///< all binary messages
    std::string order;   ///< 't' and 'b', message by message
    int close_code = 0;  ///< of the client; 0: no close frame
  };

  WsServer()
      : acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}},
        port_{acceptor_.local_endpoint().port()},
        accepting_{[this] { accept(); }} {}

  /// All connections must be over, or their clients must end them.
  ~WsServer() {
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);  // ends the accept()
    accepting_.join();
    for (auto& thread : threads_) thread.join();
  }
  WsServer(const WsServer&) = delete;
  WsServer& operator=(const WsServer&) = delete;

  [[nodiscard]] std::string url(const std::string& target = "/") const {
    return "ws://127.0.0.1:" + std::to_string(port_) + target;
  }

  /// Waits until `done` holds for all connections so far. A connection is known before its client
  /// is answered.
  bool wait(const std::function<bool(const std::vector<Connection>&)>& done) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, std::chrono::seconds{20}, [&] { return done(connections_); });
  }
  [[nodiscard]] std::vector<Connection> connections() const {
    const std::lock_guard lock{mutex_};
    return connections_;
  }

 private:
  void accept() {
    boost::system::error_code error;
    while (true) {
      boost::asio::ip::tcp::socket socket{context_};
      acceptor_.accept(socket, error);
      if (error) return;
      threads_.emplace_back([this, taken = std::make_shared<boost::asio::ip::tcp::socket>(
                                       std::move(socket))] { serve(std::move(*taken)); });
    }
  }

  void serve(boost::asio::ip::tcp::socket tcp) {
    namespace http = boost::beast::http;
    boost::system::error_code error;
    boost::beast::flat_buffer buffer;
    http::request<http::empty_body> request;
    http::read(tcp, buffer, request, error);
    if (error) return;
    std::size_t number = 0;
    {  // before the answer, so that a connected client finds its connection
      const std::lock_guard lock{mutex_};
      number = connections_.size();
      connections_.push_back({std::string{request.target()}, {}, {}, {}, 0});
      changed_.notify_all();
    }
    Socket socket{std::move(tcp)};
    socket.accept(request, error);
    if (error) return;
    while (true) {
      boost::beast::flat_buffer message;
      socket.read(message, error);
      const std::lock_guard lock{mutex_};
      Connection& connection = connections_[number];
      if (error) {
        connection.close_code = socket.reason().code;
        changed_.notify_all();
        return;
      }
      const std::string bytes = boost::beast::buffers_to_string(message.data());
      connection.order += socket.got_text() ? 't' : 'b';
      if (socket.got_text()) {
        connection.texts.push_back(bytes);
      } else {
        connection.audio += bytes;
      }
      changed_.notify_all();
      const bool sends_back =
          bytes == "echo" || (connection.target == "/echo" && socket.got_text());
      if (sends_back) socket.write(message.data(), error);
      if (bytes == "close")
        socket.close({boost::beast::websocket::close_code::normal, "done"}, error);
    }
  }

  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  unsigned short port_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Connection> connections_;  // guarded by mutex_
  std::vector<std::thread> threads_;     // used by the accepting thread, then by the destructor
  std::thread accepting_;
};

/// A port of the loopback without a listener.
inline unsigned short closed_port() {
  boost::asio::io_context context;
  return boost::asio::ip::tcp::acceptor{context, {boost::asio::ip::address_v4::loopback(), 0}}
      .local_endpoint()
      .port();
}

}  // namespace audio_stream::test
