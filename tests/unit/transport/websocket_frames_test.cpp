// Frames of ours between those of Beast: over a socket that is full again and again, to a server
// that pings meanwhile.
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include <cstddef>
#include <cstring>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fakes/self_signed.hpp"
#include "transport/io_thread.hpp"
#include "transport/resolver.hpp"
#include "transport/websocket.hpp"
#include "transport/worker.hpp"

namespace audio_stream::transport {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint32_t kMessages = 6000;
constexpr std::uint32_t kMessagesAPing = 7;
constexpr int kSmall = 4096;  // of a socket's buffers

/// The n-th message: its number, and bytes that follow from it. Short and long ones in turn.
std::string message(std::uint32_t number) {
  std::string text(number % 5 == 0 ? 20000 : 320, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(number * 31 + i);
  std::memcpy(text.data(), &number, sizeof number);
  return text;
}

struct Seen {
  std::uint32_t messages = 0;  ///< each the right one
  std::uint32_t pongs = 0;
  std::string error;  ///< of the reading
};

/// Reads all messages, pinging now and then, and closes.
template <class Socket>
Seen serve(Socket& socket) {
  Seen seen;
  error_code error;
  socket.control_callback([&](websocket::frame_type type, beast::string_view) {
    if (type == websocket::frame_type::pong) ++seen.pongs;
  });
  socket.read_message_max(1 << 20);
  socket.accept(error);
  while (!error && seen.messages < kMessages) {
    if (seen.messages % kMessagesAPing == 0) socket.ping({}, error);
    beast::flat_buffer buffer;
    socket.read(buffer, error);
    if (error || beast::buffers_to_string(buffer.data()) != message(seen.messages)) break;
    ++seen.messages;
  }
  if (error) seen.error = error.message();
  socket.close(websocket::close_code::normal, error);
  return seen;
}

/// Sends all messages, each as soon as it may, and waits for the server's close.
class Sender final : public WebSocket::Listener {
 public:
  void on_open() override { go_on(); }
  void on_failed(const Failure& failure) override { over.set_value(failure.message); }
  void on_text(std::string&& /*text*/) override {}
  void on_binary(std::string&& /*bytes*/) override {}
  void on_pong() override {}
  void on_sent() override {
    ++late;
    go_on();
  }
  void on_closed(const Closure& closure) override { over.set_value(std::to_string(closure.code)); }

  std::shared_ptr<WebSocket> socket;
  std::promise<std::string> over;
  std::uint32_t late = 0;  ///< messages that the socket did not take at once

 private:
  void go_on() {
    while (next_ < kMessages) {
      bytes_ = message(next_++);
      const bool more = next_ % 3 != 0 && next_ < kMessages;
      if (!socket->send_binary(std::as_bytes(std::span{bytes_}), more)) return;
    }
  }

  std::uint32_t next_ = 0;
  std::string bytes_;
};

class WebSocketFrames : public testing::Test {
 protected:
  WebSocketFrames() {
    acceptor_.set_option(asio::socket_base::receive_buffer_size{kSmall});
    acceptor_.listen();
  }

  /// One connection to `serving`, which is called on a thread of its own.
  template <class Serving>
  Seen play(const std::string& scheme, const Serving& serving) {
    auto seen = std::async(std::launch::async, [&] { return serving(acceptor_.accept()); });
    Endpoint endpoint;
    endpoint.url = *parse_url(
        scheme + "://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/");
    endpoint.tls.ca_file = "NONE";
    endpoint.deflate = false;
    asio::post(io_.context(), [&] {
      sender_.socket =
          make_beast_websocket({io_, resolver_, worker_, tls_contexts_},
                               std::make_shared<const Endpoint>(endpoint), {}, sender_);
      sender_.socket->open();
    });
    EXPECT_EQ(sender_.over.get_future().get(), "1000");
    std::promise<void> gone;  // on the connection's own thread
    asio::post(io_.context(), [&] {
      sender_.socket.reset();
      gone.set_value();
    });
    gone.get_future().get();
    return seen.get();
  }

  asio::io_context server_context_;
  tcp::acceptor acceptor_{server_context_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
  TlsContexts tls_contexts_;
  Sender sender_;
  IoThread io_{"io"};
  Resolver resolver_;
  Worker worker_;
};

TEST_F(WebSocketFrames, OfOursAndPongsDoNotMix) {
  const Seen seen = play("ws", [](tcp::socket socket) {
    websocket::stream<tcp::socket> stream{std::move(socket)};
    return serve(stream);
  });
  EXPECT_EQ(seen.error, "");
  EXPECT_EQ(seen.messages, kMessages);
  EXPECT_GT(seen.pongs, 0U);
  EXPECT_GT(sender_.late, 0U) << "the socket was never full: this proves nothing";
}

TEST_F(WebSocketFrames, NorOverTls) {
  const test::SelfSigned identity;
  asio::ssl::context context{asio::ssl::context::tls_server};
  context.use_certificate_chain(asio::buffer(identity.certificate_pem()));
  context.use_private_key(asio::buffer(identity.key_pem()), asio::ssl::context::pem);
  const Seen seen = play("wss", [&](tcp::socket socket) {
    websocket::stream<asio::ssl::stream<tcp::socket>> stream{std::move(socket), context};
    error_code error;
    stream.next_layer().handshake(asio::ssl::stream_base::server, error);
    return serve(stream);
  });
  EXPECT_EQ(seen.error, "");
  EXPECT_EQ(seen.messages, kMessages);
  EXPECT_GT(seen.pongs, 0U);
  EXPECT_GT(sender_.late, 0U) << "the socket was never full: this proves nothing";
}

}  // namespace
}  // namespace audio_stream::transport
