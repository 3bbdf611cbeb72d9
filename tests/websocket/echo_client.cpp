// Sends random messages to a server that echoes them, and compares the echoes.
//
//   echo_client PORT MESSAGES SEED OFFER
//
// OFFER of compression: none, bare or full. The server may fragment, compress and ping. Messages
// are sent compressed or not, at random, as agreed. Reads from TCP have random sizes. Exits with 1
// and prints the difference if there is one.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "base/unique_fd.hpp"
#include "websocket/closing.hpp"
#include "websocket/frame_writer.hpp"
#include "websocket/handshake.hpp"
#include "websocket/message_reader.hpp"

namespace {

using namespace audio_stream::websocket;

constexpr std::size_t kMostBytes = std::size_t{1} << 20U;
constexpr std::size_t kMostOnTheWay = 60'000;  // less than TCP holds, to avoid waits
constexpr int kCloseCode = 1000;
constexpr std::string_view kCloseReason = "enough";

struct Message {
  Opcode opcode = Opcode::binary;
  std::string payload;
};

/// Messages of all kinds: short and long, well and badly compressible.
class Messages {
 public:
  explicit Messages(unsigned seed) : random_{seed} {}

  Message next() {
    const bool is_text = below(2) == 0;
    const std::size_t size = random_size();
    return {is_text ? Opcode::text : Opcode::binary, is_text ? text(size) : bytes(size)};
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  std::size_t random_size() {
    switch (below(100)) {
      case 0:
        return below(200'000);
      case 1:
        return 65'530 + below(12);
      case 2:
      case 3:
        return 120 + below(12);
      case 4:
        return 0;
      case 5:
        return 320;
      default:
        return below(below(10) == 0 ? 5000 : 600);
    }
  }

  std::string bytes(std::size_t size) {
    std::string made(size, static_cast<char>(random_()));
    if (below(2) == 0) return made;
    const std::size_t values = 1 + below(256);
    std::generate(made.begin(), made.end(), [&] { return static_cast<char>(random_() % values); });
    return made;
  }

  /// UTF-8 with characters of all lengths, partly repeated.
  std::string text(std::size_t size) {
    std::string made;
    while (made.size() < size) {
      if (below(3) == 0) {
        static constexpr std::array<std::string_view, 6> kWords{
            R"({"type":"transcript",)",
            "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
            "\xf0\x9f\x98\x80",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            " ",
            "\xe2\x82\xac"};
        made += kWords[below(kWords.size())];
      } else if (made.size() > 10 && below(2) == 0) {
        std::size_t from = below(made.size());
        while (from > 0 && (static_cast<unsigned char>(made[from]) & 0xC0U) == 0x80) --from;
        made += made.substr(from);
      } else {
        made += static_cast<char>(' ' + below(95));
      }
      if (made.size() > 2 * size + 100) break;
    }
    return made;
  }

  std::mt19937 random_;
};

class EchoClient {
 public:
  EchoClient(std::uint16_t port, unsigned seed, DeflateOffer offer)
      : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}, messages_{seed} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
        0) {
      throw std::system_error{errno, std::generic_category(), "connect"};
    }
    shake_hands(offer);
  }

  void run(std::size_t count) {
    for (std::size_t sent = 0; sent < count || !expected_.empty();) {
      while (sent < count && on_the_way_ < kMostOnTheWay) {
        send(messages_.next());
        ++sent;
      }
      const std::size_t waiting = expected_.size();
      while (expected_.size() == waiting) read();
    }
    const ClosePayload close{kCloseCode, kCloseReason};
    write(Opcode::close, false, close.bytes());
    while (!closed_) read();
    std::printf("%zu messages, %zu sent compressed, %zu pings%s\n", count, compressed_, pings_,
                deflate_ ? "" : ", no compression agreed");
  }

  void operator()(Nothing& /*event*/) {}
  void operator()(Text& event) { compare(Opcode::text, event.text); }
  void operator()(Binary& event) {
    binary_ += event.part;
    if (event.last) compare(Opcode::binary, std::exchange(binary_, {}));
  }
  void operator()(Ping& event) {
    ++pings_;
    write(Opcode::pong, false, std::as_bytes(std::span{event.payload}));
  }
  void operator()(Pong& /*event*/) {}
  void operator()(Close& event) {
    if (event.code != kCloseCode || event.reason != kCloseReason || !expected_.empty()) {
      throw std::runtime_error{"closed with " + std::to_string(event.code) + " " + event.reason};
    }
    closed_ = true;
  }
  void operator()(Violation& event) {
    throw std::runtime_error{"the server broke a rule: " + event.what};
  }

 private:
  void shake_hands(DeflateOffer offer) {
    UpgradeRequest request;
    request.host = "127.0.0.1";
    request.target = "/";
    request.deflate = offer;
    ClientHandshake handshake{request};
    put(std::as_bytes(std::span{handshake.request()}));
    ClientHandshake::Outcome outcome = NeedMore{};
    while (std::holds_alternative<NeedMore>(outcome)) {
      receive(1 + messages_.below(300));
      auto step = handshake.feed(received_);
      received_ = received_.subspan(step.consumed);
      outcome = std::move(step.outcome);
    }
    if (const auto* malformed = std::get_if<Malformed>(&outcome)) {
      throw std::runtime_error{"the answer " + malformed->what};
    }
    if (const auto* refused = std::get_if<Refused>(&outcome)) {
      throw std::runtime_error{"refused: " + std::to_string(refused->status) + refused->body};
    }
    deflate_ = std::get<Accepted>(outcome).deflate;
    reader_.emplace(MessageReader::Limits{kMostBytes}, deflate_);
    if (!deflate_) return;
    deflater_.emplace(
        deflate_->client_no_context_takeover ? Deflater::Context::fresh : Deflater::Context::kept,
        deflate_->client_max_window_bits);
    take();
  }

  void send(Message message) {
    auto payload = std::as_bytes(std::span{message.payload});
    std::vector<std::byte> squeezed;
    const bool compressed =
        deflater_ && messages_.below(4) != 0 && deflater_->compress(payload, squeezed);
    if (compressed) payload = squeezed;
    compressed_ += compressed ? 1 : 0;
    on_the_way_ += message.payload.size() + frame_size(0);
    write(message.opcode, compressed, payload);
    expected_.push_back(std::move(message));
  }

  void write(Opcode opcode, bool compressed, std::span<const std::byte> payload) {
    std::vector<std::byte> out(frame_size(payload.size()));
    put(write_frame(opcode, compressed, payload, keys_.next(), out));
  }

  void put(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) throw std::system_error{errno, std::generic_category(), "send"};
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
  }

  void receive(std::size_t most) {
    most = std::min(most, buffer_.size());
    const ssize_t got = ::recv(socket_.get(), buffer_.data(), most, 0);
    if (got < 0) throw std::system_error{errno, std::generic_category(), "recv"};
    if (got == 0) throw std::runtime_error{"the server closed the connection"};
    received_ = std::span{buffer_}.first(static_cast<std::size_t>(got));
  }

  void read() {
    receive(1 + messages_.below(messages_.below(4) == 0 ? 20 : buffer_.size()));
    take();
  }

  void take() {
    MessageReader::Step step;
    do {
      step = reader_->next(received_);
      received_ = received_.subspan(step.consumed);
      std::visit(*this, step.event);
    } while (!received_.empty() || step.again);
  }

  void compare(Opcode opcode, const std::string& payload) {
    if (expected_.empty()) throw std::runtime_error{"a message came that was not sent"};
    const Message& message = expected_.front();
    if (message.opcode != opcode || message.payload != payload) {
      throw std::runtime_error{"a message of " + std::to_string(message.payload.size()) +
                               " bytes came back as another one of " +
                               std::to_string(payload.size())};
    }
    on_the_way_ -= message.payload.size() + frame_size(0);
    expected_.pop_front();
  }

  audio_stream::base::UniqueFd socket_;
  Messages messages_;
  MaskingKeys keys_;
  std::optional<DeflateParameters> deflate_;
  std::optional<Deflater> deflater_;
  std::optional<MessageReader> reader_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(std::size_t{64} * 1024);
  std::span<const std::byte> received_;
  std::deque<Message> expected_;
  std::string binary_;
  std::size_t on_the_way_ = 0;
  std::size_t compressed_ = 0;
  std::size_t pings_ = 0;
  bool closed_ = false;
};

DeflateOffer offer_of(std::string_view name) {
  if (name == "none") return DeflateOffer::none;
  if (name == "bare") return DeflateOffer::bare;
  if (name == "full") return DeflateOffer::full;
  throw std::invalid_argument{"an offer is none, bare or full"};
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 5) throw std::invalid_argument{"wants a port, a number, a seed and an offer"};
    const auto seed = static_cast<unsigned>(std::stoul(argv[3]));
    EchoClient client{static_cast<std::uint16_t>(std::stoul(argv[1])), seed, offer_of(argv[4])};
    client.run(std::stoul(argv[2]));
    return 0;
  } catch (const std::exception& error) {
    static_cast<void>(std::fprintf(stderr, "echo_client: %s\n", error.what()));
    return 1;
  }
}
