// What a server puts on the wire, from its answer to the handshake on, through the WebSocket as we
// set it up and on to the dialect. And what comes of it is the same whether Beast reads all of it
// or we take audio out before.
#include <openssl/sha.h>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "memory_stream.hpp"
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
  Manner(std::uint8_t byte, std::size_t input_size)
      : own_answer{(byte & 1U) != 0},
        deflate{(byte & 2U) != 0},
        slow_answer{(byte & 4U) != 0},
        pauses{(byte & 8U) != 0},
        piece{std::max(std::size_t{1} << (byte >> 5U), input_size / 64)} {}
  bool own_answer;    ///< the input is the answer to the handshake as well
  bool deflate;       ///< permessage-deflate is agreed upon
  bool slow_answer;   ///< the answer comes in pieces too, else together with the first of them
  bool pauses;        ///< after each message nothing is wanted for a moment
  std::size_t piece;  ///< how much arrives at a time, at the most
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

/// An answer of the input's own, with what only one who has read the request can know.
std::string with_accept(std::string_view answer, std::string_view request) {
  constexpr std::string_view kPlace = "$accept";
  std::string bytes{answer};
  const auto place = bytes.find(kPlace);
  if (place != std::string::npos) bytes.replace(place, kPlace.size(), accept_for(request));
  return bytes;
}

/// What came of it.
struct Outcome {
  bool stood = false;  ///< a request's key is random, and so may be what an answer does with it
  std::vector<std::string> messages;  ///< 't' or 'b' first, as they are texts or not
  error_code end;
};

class Connection final : public audio_stream::transport::MessageTaker {
 public:
  Connection(boost::asio::io_context& context, const Manner& manner, std::string_view input,
             bool takes_audio)
      : manner_{manner},
        input_{input},
        takes_audio_{takes_audio},
        context_{context},
        stream_{context, [this](const std::string& request) { return speech(request); }} {
    websocket::permessage_deflate deflate;
    deflate.client_enable = manner.deflate;
    deflate.client_max_window_bits = 9;
    deflate.compLevel = 1;
    deflate.memLevel = 4;
    stream_.set_option(deflate);
    stream_.read_message_max(kMostBytes);
    buffer_.max_size(2 * kMostBytes);
    stream_.auto_fragment(false);
  }

  Outcome run() {
    stream_.async_handshake(answer_, "server", "/", [this](const error_code& error) {
      if (error) {
        end(error);
        return;
      }
      outcome_.stood = true;
      // As a connection does.
      if (takes_audio_ && answer_.count(beast::http::field::sec_websocket_extensions) == 0) {
        stream_.next_layer().give_messages_to(*this, kMostBytes);
      } else {
        stream_.next_layer().leave_all_to_beast();
      }
      read();
    });
    context_.poll();
    context_.restart();
    must(ended_, "a server that goes, or breaks the rules, ends the connection");
    return std::move(outcome_);
  }

  [[nodiscard]] Answer takes() const noexcept override {
    if (closing_) return Answer::no_more;
    return paused_ ? Answer::later : Answer::now;
  }
  void take(std::span<const std::byte> payload) override {
    binary({reinterpret_cast<const char*>(payload.data()), payload.size()});
  }

 private:
  MemoryStream::Speech speech(const std::string& request) const {
    if (manner_.own_answer) return {with_accept(input_, request), 0, manner_.piece};
    std::string bytes = answer_to(request, manner_.deflate);
    const std::size_t at_once = manner_.slow_answer ? 0 : bytes.size() + manner_.piece;
    bytes += input_;
    return {std::move(bytes), at_once, manner_.piece};
  }

  void read() {
    reading_ = true;
    stream_.async_read(buffer_, [this](const error_code& error, std::size_t /*bytes*/) {
      reading_ = false;
      if (error) {
        end(error);
        return;
      }
      message();
      buffer_.consume(buffer_.size());
      if (!closing_ && !paused_) read();
    });
  }

  void end(const error_code& error) {
    outcome_.end = error;
    ended_ = true;
  }

  void pause() {
    if (!manner_.pauses) return;
    must(!paused_, "nothing comes that is not wanted");
    paused_ = true;
    boost::asio::post(context_, [this] {
      paused_ = false;
      stream_.next_layer().go_on();
      if (!closing_ && !ended_ && !reading_) read();
    });
  }

  void binary(std::string_view bytes) {
    outcome_.messages.push_back("b" + std::string{bytes});
    static_cast<void>(dialect_.understand_binary(bytes));
    pause();
  }

  void message() {
    must(buffer_.size() <= kMostBytes, "a message keeps to its bound");
    const auto data = buffer_.cdata();
    std::string message{static_cast<const char*>(data.data()), data.size()};
    if (stream_.got_text() && audio_stream::protocol::ends_within_letter(message)) {
      refuse();
    } else if (stream_.got_text()) {
      must(audio_stream::protocol::is_utf8(message), "a text is UTF-8", message);
      outcome_.messages.push_back("t" + message);
      static_cast<void>(dialect_.understand_text(std::move(message)));
      pause();
    } else {
      binary(message);
    }
  }

  /// As a session does.
  void refuse() {
    if (std::exchange(closing_, true)) return;
    stream_.async_close(websocket::close_code::bad_payload,
                        [this](const error_code&) { end(websocket::error::closed); });
    stream_.next_layer().go_on();
  }

  const Manner manner_;
  const std::string_view input_;
  const bool takes_audio_;
  boost::asio::io_context& context_;
  Outcome outcome_;
  bool paused_ = false;
  bool reading_ = false;
  bool ended_ = false;
  bool closing_ = false;
  websocket::stream<MemoryLayer> stream_;
  websocket::response_type answer_;
  beast::flat_buffer buffer_;
  audio_stream::protocol::RawL16 dialect_{""};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static boost::asio::io_context context{1};  // to make one costs more than all the rest
  const auto outcome = [&](bool takes_audio) {
    Outcome came;
    {
      Connection connection{context, Manner{data[0], size}, as_text(data + 1, size - 1),
                            takes_audio};
      came = connection.run();
    }
    context.poll();  // what was cancelled
    context.restart();
    return came;
  };
  const Outcome by_beast = outcome(false);
  const Outcome with_us = outcome(true);
  if (!by_beast.stood || !with_us.stood) return 0;
  must(by_beast.messages == with_us.messages, "both ways bring the same messages");
  must(by_beast.end == with_us.end, "both ways end the same", with_us.end.message());
  return 0;
}
