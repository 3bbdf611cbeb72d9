// How a Connection writes messages to its byte stream.
#include "transport/connection.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "transport/io_thread.hpp"

namespace audio_stream::transport {
namespace {

namespace asio = boost::asio;
using audio_stream::websocket::DeflateParameters;
using audio_stream::websocket::Opcode;

/// Accepts all writes and records each of them.
class RecordingStream final : public ByteStream {
 public:
  RecordingStream(TcpSocket socket, std::vector<std::string>& writes)
      : ByteStream{std::move(socket)}, writes_{writes} {}

 private:
  Step read_open(std::span<std::byte> /*into*/) noexcept override {
    return {0, Need::readable, {}, false};
  }
  Step write_open(std::span<const std::byte> bytes, bool /*more*/) noexcept override {
    writes_.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    written_ += bytes.size();
    return {bytes.size(), Need::nothing, {}, false};
  }
  void finish_writing_open() noexcept override {}
  [[nodiscard]] std::uint64_t written() const noexcept override { return written_; }

  std::vector<std::string>& writes_;
  std::uint64_t written_ = 0;
};

class DeafListener final : public WebSocket::Listener {
 public:
  virtual ~DeafListener() = default;
  void on_open() override {}
  void on_failed(const Failure& /*why*/) override {}
  void on_text(std::string&& /*text*/) override {}
  void on_binary(std::string_view /*bytes*/, bool /*last*/) override {}
  void on_pong() override {}
  void on_sent() override {}
  void on_closed(const Closure& /*closure*/) override {}
};

/// The writes for each of `messages`.
std::vector<std::vector<std::string>> writes_of(const std::vector<std::string>& messages,
                                                std::optional<DeflateParameters> deflate) {
  std::vector<std::vector<std::string>> all;
  DeafListener listener;
  IoThread io{"io"};
  std::promise<void> done;
  asio::post(io.context(), [&] {
    TcpSocket socket{io.context()};
    socket.open(asio::ip::tcp::v4());
    std::vector<std::string> writes;
    const auto connection = std::make_shared<Connection>(
        io, std::make_unique<RecordingStream>(std::move(socket), writes), deflate,
        Connection::Settings{.message_bytes = 1024, .deflate_audio = false}, listener);
    for (const std::string& message : messages) {
      writes.clear();
      EXPECT_TRUE(connection->send(Opcode::text, std::as_bytes(std::span{message}), false));
      all.push_back(writes);
    }
    connection->detach();
    done.set_value();
  });
  done.get_future().get();
  return all;
}

/// One masked frame on the wire (RFC 6455, 5.2).
struct Frame {
  explicit Frame(std::string_view bytes) {
    const auto byte = [bytes](std::size_t i) { return static_cast<unsigned char>(bytes.at(i)); };
    first = byte(0);
    std::uint64_t length = byte(1) & 0x7FU;
    EXPECT_NE(byte(1) & 0x80U, 0U) << "a client masks";
    const std::size_t more = length == 127 ? 8 : length == 126 ? 2 : 0;
    if (more > 0) length = 0;
    for (std::size_t i = 0; i < more; ++i) length = length << 8U | byte(2 + i);
    const std::size_t key = 2 + more;
    whole = bytes.size() == key + 4 + length;
    if (!whole) return;
    for (std::size_t i = 0; i < length; ++i) {
      payload += static_cast<char>(byte(key + 4 + i) ^ byte(key + i % 4));
    }
  }
  unsigned first = 0;  ///< FIN, RSV and the opcode
  bool whole = false;  ///< complete, with nothing behind it
  std::string payload;
};

const std::vector<std::string>& texts() {
  static const std::vector<std::string> kTexts = [] {
    std::vector<std::string> texts;
    for (const std::size_t size :
         {0U, 1U, 125U, 126U, 255U, 256U, 1500U, 65535U, 65536U, 100'000U, 1U << 20U}) {
      std::string& text = texts.emplace_back(size, '\0');
      for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 26);
    }
    return texts;
  }();
  return kTexts;
}

// So a server that reads frame by frame gets each text with one read, and TCP gets it with one
// call.
TEST(Connection, EachTextIsOneFrameAndOneWrite) {
  const auto writes = writes_of(texts(), std::nullopt);
  for (std::size_t i = 0; i < texts().size(); ++i) {
    ASSERT_EQ(writes[i].size(), 1U) << texts()[i].size();
    const Frame frame{writes[i].front()};
    EXPECT_TRUE(frame.whole) << texts()[i].size();
    EXPECT_EQ(frame.first, 0x81U) << "FIN with opcode text";
    EXPECT_TRUE(frame.payload == texts()[i]) << texts()[i].size();
  }
}

TEST(Connection, EachCompressedTextIsOneFrameAndOneWrite) {
  const auto writes = writes_of(texts(), DeflateParameters{});
  for (std::size_t i = 0; i < texts().size(); ++i) {
    ASSERT_EQ(writes[i].size(), 1U) << texts()[i].size();
    const Frame frame{writes[i].front()};
    EXPECT_TRUE(frame.whole) << texts()[i].size();
    const bool compressed = texts()[i].size() >= Connection::kWorthCompressing;
    EXPECT_EQ(frame.first, compressed ? 0xC1U : 0x81U) << texts()[i].size();
    if (compressed) {
      EXPECT_LT(frame.payload.size(), texts()[i].size());
    }
  }
}

}  // namespace
}  // namespace audio_stream::transport
