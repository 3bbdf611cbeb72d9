#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/udp.hpp>

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace audio_stream::test {

/// A name server on the loopback that knows the same addresses for every name.
class DnsServer {
 public:
  explicit DnsServer(const std::vector<std::string>& addresses) {
    for (const auto& text : addresses) addresses_.push_back(boost::asio::ip::make_address(text));
    socket_.bind({boost::asio::ip::address_v4::loopback(), 0});
    thread_ = std::thread{[this] { serve(); }};
  }
  ~DnsServer() {
    ::shutdown(socket_.native_handle(), SHUT_RDWR);  // ends the receive_from()
    thread_.join();
  }
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  /// For a Resolver.
  [[nodiscard]] std::string address() const {
    return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port());
  }

 private:
  static constexpr std::size_t kHeader = 12;
  static constexpr std::uint8_t kA = 1;
  static constexpr std::uint8_t kAaaa = 28;

  void serve() {
    std::array<std::uint8_t, 512> query{};
    boost::asio::ip::udp::endpoint from;
    boost::system::error_code error;
    while (true) {
      const auto size = socket_.receive_from(boost::asio::buffer(query), from, 0, error);
      if (error || size == 0) return;
      if (size > kHeader) {
        socket_.send_to(boost::asio::buffer(answer({query.begin(), query.begin() + size})), from, 0,
                        error);
      }
    }
  }

  [[nodiscard]] std::vector<std::uint8_t> answer(const std::vector<std::uint8_t>& query) const {
    std::size_t end = kHeader;
    while (query.at(end) != 0) end += query[end] + 1U;
    const std::uint8_t type = query.at(end + 2);
    std::vector<std::uint8_t> out{query.begin(), query.begin() + static_cast<long>(end) + 5};
    out[2] = 0x81;  // a response, recursion desired and available, no error
    out[3] = 0x80;
    out[6] = out[8] = out[9] = out[10] = out[11] = 0;
    out[7] = 0;
    for (const auto& address : addresses_) {
      if (type == kA && address.is_v4()) add(out, kA, address.to_v4().to_bytes());
      if (type == kAaaa && address.is_v6()) add(out, kAaaa, address.to_v6().to_bytes());
    }
    return out;
  }

  template <class Bytes>
  static void add(std::vector<std::uint8_t>& out, std::uint8_t type, const Bytes& bytes) {
    ++out[7];
    // The name of the question, the type, class IN, to be kept for no time.
    out.insert(out.end(), {0xC0, kHeader, 0, type, 0, 1, 0, 0, 0, 0, 0,
                           static_cast<std::uint8_t>(bytes.size())});
    out.insert(out.end(), bytes.begin(), bytes.end());
  }

  boost::asio::io_context context_;
  boost::asio::ip::udp::socket socket_{context_, boost::asio::ip::udp::v4()};
  std::vector<boost::asio::ip::address> addresses_;
  std::thread thread_;
};

}  // namespace audio_stream::test
