#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/udp.hpp>

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace audio_stream::test {

/// A name server on the loopback that has the same addresses for every name.
class DnsServer {
 public:
  struct Manners {
    bool answers_a = true;
    bool answers_aaaa = true;
    bool knows_names = true;  ///< false: answers that the name does not exist
    std::uint8_t life_s = 0;  ///< of an answer
  };

  explicit DnsServer(const std::vector<std::string>& addresses) : DnsServer{addresses, Manners{}} {}
  DnsServer(const std::vector<std::string>& addresses, const Manners& manners) : manners_{manners} {
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

  /// The number of queries for an address so far.
  [[nodiscard]] int queries() const { return queries_; }

  /// Its address for a Resolver.
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
      if (size <= kHeader) continue;
      const std::uint8_t type = query.at(end_of_name(query) + 2);
      ++queries_;
      if ((type == kA && manners_.answers_a) || (type == kAaaa && manners_.answers_aaaa)) {
        socket_.send_to(boost::asio::buffer(answer({query.begin(), query.begin() + size})), from, 0,
                        error);
      }
    }
  }

  template <class Bytes>
  static std::size_t end_of_name(const Bytes& query) {
    std::size_t end = kHeader;
    while (query.at(end) != 0) end += query.at(end) + 1U;
    return end;
  }

  [[nodiscard]] std::vector<std::uint8_t> answer(const std::vector<std::uint8_t>& query) const {
    const std::size_t end = end_of_name(query);
    const std::uint8_t type = query.at(end + 2);
    std::vector<std::uint8_t> out{query.begin(), query.begin() + static_cast<long>(end) + 5};
    out[2] = 0x81;  // a response, recursion desired and available, no error
    out[3] = manners_.knows_names ? 0x80 : 0x83;
    out[6] = out[8] = out[9] = out[10] = out[11] = 0;
    out[7] = 0;
    for (const auto& address : addresses_) {
      if (type == kA && address.is_v4()) add(out, kA, address.to_v4().to_bytes());
      if (type == kAaaa && address.is_v6()) add(out, kAaaa, address.to_v6().to_bytes());
    }
    return out;
  }

  template <class Bytes>
  void add(std::vector<std::uint8_t>& out, std::uint8_t type, const Bytes& bytes) const {
    ++out[7];
    // The name of the question, the type, class IN, and the time to live.
    out.insert(out.end(), {0xC0, kHeader, 0, type, 0, 1, 0, 0, 0, manners_.life_s, 0,
                           static_cast<std::uint8_t>(bytes.size())});
    out.insert(out.end(), bytes.begin(), bytes.end());
  }

  boost::asio::io_context context_;
  boost::asio::ip::udp::socket socket_{context_, boost::asio::ip::udp::v4()};
  const Manners manners_;
  std::atomic<int> queries_{0};
  std::vector<boost::asio::ip::address> addresses_;
  std::thread thread_;
};

}  // namespace audio_stream::test
