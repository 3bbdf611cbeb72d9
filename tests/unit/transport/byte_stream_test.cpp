// A closed byte stream does not use its descriptor any more.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "transport/tcp_stream.hpp"
#include "transport/tls.hpp"
#include "transport/tls_stream.hpp"

namespace audio_stream::transport {
namespace {

namespace asio = boost::asio;
using Need = ByteStream::Need;

/// Two ends of a TCP connection.
struct Pair {
  Pair() : ours{context}, theirs{context} {
    asio::ip::tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    ours.connect(acceptor.local_endpoint());
    acceptor.accept(theirs);
    ours.non_blocking(true);
  }
  asio::io_context context;
  TcpSocket ours;
  TcpSocket theirs;
};

/// A socket that reuses the number `fd`, and what was written to it.
class Stranger {
 public:
  explicit Stranger(int fd) {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends_.data()),
              0);
    if (ends_[1] == fd) std::swap(ends_[0], ends_[1]);
    if (ends_[0] != fd) {
      EXPECT_EQ(::dup2(ends_[0], fd), fd);
      ::close(ends_[0]);
      ends_[0] = fd;
    }
    EXPECT_EQ(::write(ends_[1], "to the stranger", 15), 15);
  }
  ~Stranger() {
    for (const int end : ends_) ::close(end);
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;

  void expect_untouched() const {
    std::array<char, 64> bytes{};
    EXPECT_EQ(::recv(ends_[1], bytes.data(), bytes.size(), 0), -1) << "something was written to it";
    EXPECT_EQ(errno, EAGAIN) << "its direction was shut down";
    EXPECT_EQ(::recv(ends_[0], bytes.data(), bytes.size(), MSG_PEEK), 15) << "some of it was read";
  }

 private:
  std::array<int, 2> ends_{};
};

void expect_closed(ByteStream& stream) {
  std::array<std::byte, 16> bytes{};
  EXPECT_FALSE(stream.is_open());
  EXPECT_EQ(stream.read(bytes).error, asio::error::operation_aborted);
  EXPECT_EQ(stream.write(bytes, false).error, asio::error::operation_aborted);
  stream.finish_writing();
  stream.close();
}

TEST(TcpStream, AfterItsCloseItLeavesTheOldDescriptorAlone) {
  Pair pair;
  const int fd = pair.ours.native_handle();
  TcpStream stream{std::move(pair.ours)};
  stream.close();
  const Stranger stranger{fd};
  expect_closed(stream);
  stranger.expect_untouched();
}

TEST(TlsStream, AfterItsCloseItLeavesTheOldDescriptorAlone) {
  Pair pair;
  TlsContexts contexts;
  const auto context = contexts.get({.ca_file = "NONE", .cert_file = "", .key_file = ""});
  ASSERT_TRUE(context);
  const int fd = pair.ours.native_handle();
  auto stream = TlsStream::create(std::move(pair.ours), *context, {"localhost", 443, true});
  ASSERT_TRUE(stream) << stream.error();
  EXPECT_EQ((*stream)->handshake().need, Need::readable);
  (*stream)->close();
  const Stranger stranger{fd};
  EXPECT_EQ((*stream)->handshake().error, asio::error::operation_aborted);
  expect_closed(**stream);
  stranger.expect_untouched();
}

// A connection that verified only "a" would be less safe than requested.
TEST(TlsStream, IsRefusedForAHostThatCannotBeVerified) {
  using namespace std::string_literals;
  TlsContexts contexts;
  const auto context = contexts.get({});
  ASSERT_TRUE(context);
  for (const std::string& host : {"a\0b"s, "127.0.0.1\0b"s, "::1\0"s, "\0"s}) {
    Pair pair;
    const auto stream = TlsStream::create(std::move(pair.ours), *context, {host, 443, true});
    ASSERT_FALSE(stream) << host.c_str();
    EXPECT_EQ(stream.error(), "the certificate can't be verified for this host");
  }
}

TEST(TcpStream, TellsTheAcknowledgedBytesEvenAfterItsEnd) {
  Pair pair;
  TcpStream stream{std::move(pair.ours)};
  const std::string bytes(1000, 'x');
  ASSERT_EQ(stream.write(std::as_bytes(std::span{bytes}), false).bytes, bytes.size());
  while (stream.progress().acknowledged < bytes.size()) {  // on the loopback this takes no time
  }
  EXPECT_EQ(stream.progress().written, bytes.size());
  stream.close();
  EXPECT_EQ(stream.progress().written, bytes.size());
  EXPECT_EQ(stream.progress().acknowledged, bytes.size());
}

TEST(TcpStream, TellsTheAcknowledgedBytesAfterAReset) {
  Pair pair;
  pair.theirs.set_option(asio::socket_base::receive_buffer_size{4096});
  TcpStream stream{std::move(pair.ours)};
  const std::string bytes(std::size_t{8} << 20U, 'x');
  const auto written = stream.write(std::as_bytes(std::span{bytes}), false).bytes;
  ASSERT_LT(written, bytes.size()) << "the kernel is full";
  pair.theirs.set_option(asio::socket_base::linger{true, 0});
  pair.theirs.close();
  std::array<std::byte, 16> into{};
  while (stream.read(into).need == Need::readable) {
  }
  stream.close();
  EXPECT_EQ(stream.progress().written, written);
  EXPECT_LT(stream.progress().acknowledged, written);
}

TEST(TcpStream, NoticesThatTheServerEnded) {
  Pair pair;
  TcpStream stream{std::move(pair.ours)};
  pair.theirs.shutdown(TcpSocket::shutdown_send);
  std::array<std::byte, 16> into{};
  ByteStream::Step step;
  do {
    step = stream.read(into);
  } while (step.need == Need::readable);
  EXPECT_EQ(step.error, asio::error::eof);
}

}  // namespace
}  // namespace audio_stream::transport
