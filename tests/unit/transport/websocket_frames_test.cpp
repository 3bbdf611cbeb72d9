// Messages in both directions with a server of Beast, over a socket that often is full, while the
// server pings. Also pausing reading.
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "fakes/self_signed.hpp"
#include "transport/deflate_offers.hpp"
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
constexpr int kSmall = 4096;  // receive buffer of the server's socket

/// The n-th message: its number, and bytes derived from it. Short and long messages alternate.
std::string message(std::uint32_t number) {
  std::string text(number % 5 == 0 ? 20000 : 320, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(number * 31 + i);
  std::memcpy(text.data(), &number, sizeof number);
  return text;
}

struct Seen {
  std::uint32_t messages = 0;  ///< correct ones
  std::uint32_t pongs = 0;
  std::string error;  ///< error of the last read
};

/// Reads all messages, with a ping now and then, and closes.
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

/// The client's side of a connection. It waits for the server's close.
class Side : public WebSocket::Listener {
 public:
  void on_open() override {}
  void on_failed(const Failure& failure) override { over.set_value(failure.message); }
  void on_text(std::string&& /*text*/) override {}
  void on_binary(std::string_view /*bytes*/, bool /*last*/) override {}
  void on_pong() override {}
  void on_sent() override {}
  void on_closed(const Closure& closure) override { over.set_value(std::to_string(closure.code)); }

  std::shared_ptr<WebSocket> socket;
  std::promise<std::string> over;

 protected:
  ~Side() = default;
};

/// Sends all messages, each as soon as possible.
class Sender final : public Side {
 public:
  void on_open() override { go_on(); }
  void on_sent() override {
    ++late;
    go_on();
  }

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

/// A message of the server: text or audio, with lengths at which a frame's header changes and
/// longer than one read, in one or more frames.
struct Said {
  explicit Said(std::uint32_t number) : text{number % 7 == 3}, frames{number % 5 == 2 ? 3U : 1U} {
    constexpr std::array<std::size_t, 11> kLengths{0,   1,    125,  126,   320,  640,
                                                   320, 1530, 1540, 65535, 65536};
    bytes.resize(kLengths[number % kLengths.size()]);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<char>(text ? 'a' + (number + i) % 26 : number * 31 + i);
    }
  }
  bool text;
  unsigned frames;
  std::string bytes;
};

constexpr std::uint32_t kSaid = 3000;

template <class Socket>
Seen say(Socket& socket) {
  Seen seen;
  error_code error;
  socket.accept(error);
  for (; !error && seen.messages < kSaid; ++seen.messages) {
    const Said said{seen.messages};
    if (seen.messages % kMessagesAPing == 0) socket.ping({}, error);
    socket.text(said.text);
    const std::size_t piece = said.bytes.size() / said.frames;
    for (unsigned i = 0; i + 1 < said.frames; ++i) {
      socket.write_some(false, asio::buffer(said.bytes.data() + i * piece, piece), error);
    }
    const std::size_t before = (said.frames - 1) * piece;
    socket.write_some(true, asio::buffer(said.bytes.data() + before, said.bytes.size() - before),
                      error);
  }
  if (error) seen.error = error.message();
  socket.close(websocket::close_code::normal, error);
  return seen;
}

/// Receives all messages and pauses reading now and then.
class Hearer final : public Side {
 public:
  explicit Hearer(asio::io_context& context) : context_{context} {}

  void on_text(std::string&& text) override { heard(true, text); }
  void on_binary(std::string_view bytes, bool last) override {
    binary_ += bytes;
    if (last) heard(false, std::exchange(binary_, {}));
  }

  std::uint32_t messages = 0;  ///< correct ones
  std::uint32_t wrong = 0;
  std::uint32_t pauses = 0;

 private:
  void heard(bool text, std::string_view bytes) {
    const Said said{messages};
    if (paused_ || text != said.text || bytes != said.bytes) ++wrong;
    if (++messages % 13 != 0) return;
    ++pauses;
    paused_ = true;
    socket->pause_reading();
    // Two handlers later: a message that ignored the pause would arrive before.
    asio::post(context_, [this] {
      asio::post(context_, [this] {
        paused_ = false;
        socket->resume_reading();
      });
    });
  }

  asio::io_context& context_;
  bool paused_ = false;
  std::string binary_;  // the parts so far
};

/// Detaches after the first message.
class Leaver final : public Side {
 public:
  explicit Leaver(asio::io_context& context) : context_{context} {}

  void on_binary(std::string_view /*bytes*/, bool /*last*/) override {
    ++messages;
    socket->pause_reading();
    connection = socket;
    asio::post(context_, [this] {
      socket->detach();
      over.set_value("1000");
    });
  }

  unsigned messages = 0;
  std::weak_ptr<WebSocket> connection;

 private:
  asio::io_context& context_;
};

/// Pauses at the first message, and then sends until the connection breaks.
class Busy final : public Side {
 public:
  explicit Busy(asio::io_context& context) : pause_{context} {}

  void on_binary(std::string_view /*bytes*/, bool /*last*/) override {
    early |= paused_;
    if (++messages > 1) return;
    paused_ = true;
    socket->pause_reading();
    send();
  }
  void on_closed(const Closure& closure) override {
    early |= paused_;
    Side::on_closed(closure);
  }

  unsigned messages = 0;
  bool early = false;  ///< a message came before reading was resumed

 private:
  void send() {
    pause_.expires_after(std::chrono::milliseconds{5});
    pause_.async_wait([this](const error_code& /*due*/) {
      if (socket->send_binary(std::as_bytes(std::span{bytes_}), false)) {
        send();
      } else {
        give_it_time();
      }
    });
  }
  /// The handlers after the write error are posted, so this gives them time.
  void give_it_time() {
    pause_.expires_after(std::chrono::milliseconds{50});
    pause_.async_wait([this](const error_code& /*due*/) {
      paused_ = false;
      socket->resume_reading();
    });
  }

  asio::steady_timer pause_;
  const std::string bytes_ = std::string(320, 'x');
  bool paused_ = false;
};

class UnwantedFrames : public testing::Test {
 protected:
  UnwantedFrames() { acceptor_.listen(); }

  /// Makes one connection to `serving`, which runs on its own thread.
  template <class Serving>
  Seen play(Side& side, const std::string& scheme, const Serving& serving,
            const std::string& ends_with = "1000") {
    auto seen = std::async(std::launch::async, [&] { return serving(acceptor_.accept()); });
    Endpoint endpoint;
    endpoint.url = *parse_url(
        scheme + "://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/");
    endpoint.tls.ca_file = "NONE";
    endpoint.deflate = false;
    asio::post(io_.context(), [&] {
      side.socket = make_websocket({io_, resolver_, worker_, tls_contexts_, deflate_offers_},
                                   std::make_shared<const Endpoint>(endpoint), {}, side);
      side.socket->open();
    });
    EXPECT_EQ(side.over.get_future().get(), ends_with);
    std::promise<void> gone;  // destroyed on the connection's own thread
    asio::post(io_.context(), [&] {
      side.socket.reset();
      gone.set_value();
    });
    gone.get_future().get();
    return seen.get();
  }

  asio::io_context server_context_;
  tcp::acceptor acceptor_{server_context_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
  TlsContexts tls_contexts_;
  DeflateOffers deflate_offers_;
  Sender sender_;
  IoThread io_{"io"};
  Resolver resolver_;
  Worker worker_;
};

class WebSocketFrames : public UnwantedFrames, public testing::WithParamInterface<std::string> {
 protected:
  /// As above, with a WebSocket for `serving`, over TLS if the scheme says so.
  template <class Serving>
  Seen play_as_asked(Side& side, const Serving& serving) {
    if (GetParam() == "ws") {
      return play(side, "ws", [&](tcp::socket socket) {
        websocket::stream<tcp::socket> stream{std::move(socket)};
        return serving(stream);
      });
    }
    const test::SelfSigned identity;
    asio::ssl::context context{asio::ssl::context::tls_server};
    context.use_certificate_chain(asio::buffer(identity.certificate_pem()));
    context.use_private_key(asio::buffer(identity.key_pem()), asio::ssl::context::pem);
    return play(side, "wss", [&](tcp::socket socket) {
      websocket::stream<asio::ssl::stream<tcp::socket>> stream{std::move(socket), context};
      error_code error;
      stream.next_layer().handshake(asio::ssl::stream_base::server, error);
      return serving(stream);
    });
  }
};

TEST_P(WebSocketFrames, MessagesAndPongsDoNotMix) {
  // Not if the server reads nothing until it has sent everything: pongs would fill its buffer, TCP
  // would drop acknowledgements, and both sides would wait forever.
  acceptor_.set_option(asio::socket_base::receive_buffer_size{kSmall});
  const Seen seen = play_as_asked(sender_, [](auto& stream) { return serve(stream); });
  EXPECT_EQ(seen.error, "");
  EXPECT_EQ(seen.messages, kMessages);
  EXPECT_GT(seen.pongs, 0U);
  EXPECT_GT(sender_.late, 0U) << "the socket was never full: this proves nothing";
}

TEST_P(WebSocketFrames, MessagesArriveCompleteAndInOrderAlsoAfterPauses) {
  Hearer hearer{io_.context()};
  const Seen seen = play_as_asked(hearer, [](auto& stream) { return say(stream); });
  EXPECT_EQ(seen.error, "");
  EXPECT_EQ(hearer.messages, kSaid);
  EXPECT_EQ(hearer.wrong, 0U);
  EXPECT_GT(hearer.pauses, 100U);
}

TEST_F(UnwantedFrames, AConnectionDetachedWhilePausedIsReleased) {
  Leaver leaver{io_.context()};
  play(leaver, "ws", [](tcp::socket socket) {
    websocket::stream<tcp::socket> stream{std::move(socket)};
    error_code error;
    stream.accept(error);
    constexpr std::string_view kTwoAtOnce =
        "\x82\x01"
        "a\x82\x01"
        "b";
    asio::write(stream.next_layer(), asio::buffer(kTwoAtOnce), error);
    beast::flat_buffer buffer;
    stream.read(buffer, error);  // until the connection ends
    return Seen{};
  });
  EXPECT_EQ(leaver.messages, 1U);
  EXPECT_TRUE(leaver.connection.expired());
}

// The listener is busy with the first message and must not get the second one meanwhile.
TEST_F(UnwantedFrames, AConnectionLostWhilePausedStaysPaused) {
  Busy busy{io_.context()};
  play(
      busy, "ws",
      [](tcp::socket socket) {
        websocket::stream<tcp::socket> stream{std::move(socket)};
        error_code error;
        stream.accept(error);
        constexpr std::string_view kTwoAtOnce =
            "\x82\x01"
            "a\x82\x01"
            "b";
        asio::write(stream.next_layer(), asio::buffer(kTwoAtOnce), error);
        beast::flat_buffer buffer;
        stream.read(buffer, error);
        stream.next_layer().set_option(asio::socket_base::linger{true, 0});
        stream.next_layer().close(error);  // with a reset
        return Seen{};
      },
      "1006");
  EXPECT_EQ(busy.messages, 2U);
  EXPECT_FALSE(busy.early);
}

INSTANTIATE_TEST_SUITE_P(Schemes, WebSocketFrames, ::testing::Values("ws", "wss"),
                         [](const auto& scheme) { return scheme.param; });

}  // namespace
}  // namespace audio_stream::transport
