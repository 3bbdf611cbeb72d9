// The kernel's buffers of a stream are bounded.
#include "transport/socket_tuning.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace audio_stream::transport {
namespace {

class SocketTuningTest : public testing::Test {
 protected:
  SocketTuningTest() {
    boost::asio::ip::tcp::acceptor acceptor{context_, {boost::asio::ip::address_v4::loopback(), 0}};
    ours_.connect(acceptor.local_endpoint());
    acceptor.accept(theirs_);
  }
  int option(int level, int name) {
    int value = -1;
    ::socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(ours_.native_handle(), level, name, &value, &size), 0);
    return value;
  }

  boost::asio::io_context context_;
  TcpSocket ours_{context_};
  TcpSocket theirs_{context_};
};

TEST_F(SocketTuningTest, TheBoundsAreSetOnTheSocket) {
  tune(ours_, {16384, std::chrono::milliseconds{10'000}});
  EXPECT_EQ(option(SOL_SOCKET, SO_SNDBUF), 2 * 16384);  // the kernel doubles it: socket(7)
  EXPECT_EQ(option(IPPROTO_TCP, TCP_NOTSENT_LOWAT), 16384);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_USER_TIMEOUT), 10'000);
}

TEST_F(SocketTuningTest, WithoutBoundsTheKernelDecides) {
  const int before = option(SOL_SOCKET, SO_SNDBUF);
  tune(ours_, {});
  EXPECT_EQ(option(SOL_SOCKET, SO_SNDBUF), before);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
}

TEST_F(SocketTuningTest, AServerThatReadsNothingIsSentNoMoreThanTheBound) {
  theirs_.set_option(boost::asio::socket_base::receive_buffer_size{4096});
  tune(ours_, {16384, {}});
  const std::string packet(320, 'x');
  std::size_t taken = 0;
  ssize_t sent = 0;
  while (taken < 1'000'000 && sent >= 0) {
    sent = ::send(ours_.native_handle(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) taken += static_cast<std::size_t>(sent);
  }
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_LT(taken, 200'000U) << "and what the server's kernel takes";
}

}  // namespace
}  // namespace audio_stream::transport
