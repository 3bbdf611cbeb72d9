// What a server puts on the wire, from its answer to the handshake on, through the WebSocket as we
// set it up and on to the dialect.
#include <openssl/sha.h>
#include <boost/asio/io_context.hpp>
#include <boost/beast/_experimental/test/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "must.hpp"
#include "protocol/base64.hpp"
#include "protocol/raw_l16.hpp"
#include "protocol/utf8.hpp"

namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;

constexpr std::size_t kMostBytes = 4096;                                    // of a message
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455, 1.3

/// The first byte of an input says how it is to be taken.
struct Manner {
  explicit Manner(std::uint8_t byte)
      : own_answer{(byte & 1U) != 0},
        deflate{(byte & 2U) != 0},
        piece{std::size_t{1} << (byte >> 5U)} {}
  bool own_answer;    ///< the input is the answer to the handshake as well
  bool deflate;       ///< permessage-deflate is agreed upon
  std::size_t piece;  ///< how much arrives at a time, at the least
};

std::string accept_for(std::string_view request) {
  constexpr std::string_view kName = "Sec-WebSocket-Key: ";
  const auto begin = request.find(kName);
  must(begin != std::string_view::npos, "a request has a key");
  const auto key = request.substr(begin + kName.size(), 24);
  const std::string text = std::string{key} + std::string{kGuid};
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return audio_stream::protocol::encode_base64(
      std::string_view{reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string answer_to(std::string_view request, bool deflate) {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         accept_for(request) + "\r\n" +
         (deflate ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "") + "\r\n";
}

class Connection {
 public:
  Connection(boost::asio::io_context& context, const Manner& manner)
      : manner_{manner}, server_{context}, stream_{context} {
    websocket::permessage_deflate deflate;
    deflate.client_enable = manner.deflate;
    deflate.client_max_window_bits = 9;
    deflate.compLevel = 1;
    deflate.memLevel = 4;
    stream_.set_option(deflate);
    stream_.read_message_max(kMostBytes);
    buffer_.max_size(2 * kMostBytes);
    stream_.auto_fragment(false);
    stream_.next_layer().connect(server_);
    stream_.next_layer().read_size(manner.piece);
  }

  void open(boost::asio::io_context& context, std::string_view input) {
    stream_.async_handshake(answer_, "server", "/", [this](const error_code& error) {
      if (!error) read();
    });
    context.poll();  // the request is out
    context.restart();
    std::string wire{input};
    if (!manner_.own_answer) wire = answer_to(server_.str(), manner_.deflate) + wire;
    boost::asio::write(server_, boost::asio::buffer(wire));
    server_.close();
    context.poll();
  }

 private:
  void read() {
    stream_.async_read(buffer_, [this](const error_code& error, std::size_t /*bytes*/) {
      if (error) {
        must(error == websocket::error::closed || !stream_.is_open() || error.failed(),
             "what can't be read ends the connection");
        return;
      }
      take();
      buffer_.consume(buffer_.size());
      read();
    });
  }

  void take() {
    must(buffer_.size() <= kMostBytes, "a message keeps to its bound");
    const auto data = buffer_.cdata();
    std::string message{static_cast<const char*>(data.data()), data.size()};
    if (stream_.got_text()) {
      must(audio_stream::protocol::is_utf8(message), "a text is UTF-8", message);
      static_cast<void>(dialect_.understand_text(std::move(message)));
    } else {
      static_cast<void>(dialect_.understand_binary(std::move(message)));
    }
  }

  const Manner manner_;
  beast::test::stream server_;
  websocket::stream<beast::test::stream> stream_;
  websocket::response_type answer_;
  beast::flat_buffer buffer_;
  audio_stream::protocol::RawL16 dialect_{""};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static boost::asio::io_context context{1};  // to make one costs more than all the rest
  {
    Connection connection{context, Manner{data[0]}};
    connection.open(context, as_text(data + 1, size - 1));
  }
  context.poll();  // what was cancelled
  context.restart();
  return 0;
}
