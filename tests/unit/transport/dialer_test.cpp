#include "transport/dialer.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fakes/dns_server.hpp"
#include "transport/resolver.hpp"

namespace audio_stream::transport {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using Result = tl::expected<Dialer::Socket, Failure>;

constexpr auto kPatience = 20s;

/// Listens on an address. `silent`: connections to it get no answer.
class Listener {
 public:
  Listener(const std::string& address, std::uint16_t port, bool silent = false)
      : endpoint_{boost::asio::ip::make_address(address), port} {
    acceptor_.open(endpoint_.protocol());
    if (endpoint_.protocol() == tcp::v6()) {
      acceptor_.set_option(boost::asio::ip::v6_only{true});
    }
    acceptor_.bind(endpoint_);
    endpoint_ = acceptor_.local_endpoint();
    acceptor_.listen(silent ? 0 : 16);
    if (silent) {
      // With a backlog of 0 there is room for one connection, and the system drops later ones.
      filler_.connect(endpoint_);
    }
  }
  [[nodiscard]] std::uint16_t port() const { return endpoint_.port(); }

 private:
  boost::asio::io_context context_;
  tcp::endpoint endpoint_;
  tcp::acceptor acceptor_{context_};
  tcp::socket filler_{context_};
};

struct Place {
  std::string address;
  bool silent = false;
};

/// Listens on one port of several addresses, on one that is free on all of them.
std::vector<std::unique_ptr<Listener>> listen_on(const std::vector<Place>& places) {
  for (int attempts = 100;; --attempts) {
    std::vector<std::unique_ptr<Listener>> listeners;
    try {
      for (const auto& [address, silent] : places) {
        const std::uint16_t port = listeners.empty() ? 0 : listeners.front()->port();
        listeners.push_back(std::make_unique<Listener>(address, port, silent));
      }
      return listeners;
    } catch (const boost::system::system_error& error) {
      if (attempts == 0 || error.code() != boost::asio::error::address_in_use) throw;
    }
  }
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    ++count;
  }
  return count;
}

class DialerTest : public testing::Test {
 protected:
  /// Dials a name with these addresses.
  Result dial(const std::vector<std::string>& addresses, std::uint16_t port,
              const Deadlines& deadlines = {}) {
    const test::DnsServer names{addresses};
    Resolver resolver{names.address()};
    return dial(resolver, "two.example", port, deadlines);
  }

  Result dial(Resolver& resolver, const std::string& host, std::uint16_t port,
              const Deadlines& deadlines) {
    std::optional<Result> result;
    auto dialer = std::make_shared<Dialer>(context_, resolver, host, port, deadlines);
    dialer->dial([&](Result got) { result.emplace(std::move(got)); });
    const std::weak_ptr<Dialer> gone = dialer;
    dialer.reset();
    while (!result && context_.run_one_for(kPatience) == 1) {
    }
    context_.poll();
    if (!result) return tl::unexpected(Failure{ErrorCode::io, 0, "nothing came"});
    // The lookup continues in the resolver.
    const bool looked_up = *result || result->error().code != ErrorCode::timeout;
    EXPECT_EQ(gone.expired(), looked_up) << "its attempts must have ended";
    return std::move(*result);
  }

  static std::string remote(const Result& result) {
    return result ? result->remote_endpoint().address().to_string() : result.error().message;
  }

  boost::asio::io_context context_;
  tcp::acceptor first_{context_, tcp::v4()};  // makes the context open its own descriptors
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      context_.get_executor()};
};

TEST_F(DialerTest, AnAddressNeedsNoLookup) {
  const Listener server{"127.0.0.1", 0};
  const test::DnsServer none{{}};
  Resolver resolver{none.address()};
  EXPECT_EQ(remote(dial(resolver, "127.0.0.1", server.port(), {})), "127.0.0.1");
}

TEST_F(DialerTest, ASilentAddressDelaysNoOther) {
  const auto servers = listen_on({{"127.0.0.1"}, {"127.0.0.2", true}, {"127.0.0.3", true}});
  const Listener& server = *servers.front();
  const std::size_t before = open_descriptors();
  const auto result = dial({"127.0.0.2", "127.0.0.3", "127.0.0.1"}, server.port(),
                           {.resolve = kPatience, .connect = 60s});
  EXPECT_EQ(remote(result), "127.0.0.1");
  EXPECT_EQ(open_descriptors(), before + 1) << "the other attempts must be closed";
}

TEST_F(DialerTest, AnAddressThatRefusesIsFollowedByTheNext) {
  const Listener server{"127.0.0.1", 0};
  const auto result = dial({"127.0.0.2", "127.0.0.3", "127.0.0.1"}, server.port());
  EXPECT_EQ(remote(result), "127.0.0.1");
}

TEST_F(DialerTest, AFailureOfALaterAttemptDoesNotEndAnEarlierOne) {
  // 127.0.0.2 stays silent until the deadline, although 127.0.0.3 refused long before.
  const Listener silent{"127.0.0.2", 0, true};
  const auto result =
      dial({"127.0.0.2", "127.0.0.3"}, silent.port(), {.resolve = kPatience, .connect = 700ms});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::connect_failed);
  EXPECT_EQ(result.error().message, "Unable to connect to two.example on port " +
                                        std::to_string(silent.port()) +
                                        ", error: no answer within 700 ms");
}

TEST_F(DialerTest, OneDeadlineIsForAllAddressesTogether) {
  const auto servers = listen_on({{"127.0.0.2", true}, {"127.0.0.3", true}, {"127.0.0.4", true}});
  const Listener& a = *servers.front();
  const auto begun = std::chrono::steady_clock::now();
  const auto result = dial({"127.0.0.2", "127.0.0.3", "127.0.0.4"}, a.port(),
                           {.resolve = kPatience, .connect = 3000ms});
  EXPECT_FALSE(result);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 2900ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 8500ms) << "not one for each";
}

TEST_F(DialerTest, WithoutAnAddressTheErrorIsTheResolvers) {
  const auto result = dial({}, 9);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::connect_failed);
  EXPECT_TRUE(result.error().message.starts_with(
      "Unable to connect to two.example on port 9, error: DNS server returned answer with no data"))
      << result.error().message;
}

TEST_F(DialerTest, ALookupHasItsDeadline) {
  boost::asio::ip::udp::socket silent{context_, {boost::asio::ip::address_v4::loopback(), 0}};
  Resolver resolver{"127.0.0.1:" + std::to_string(silent.local_endpoint().port())};
  const auto result = dial(resolver, "two.example", 9, {.resolve = 150ms});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::timeout);
  EXPECT_NE(result.error().message.find("the name was not resolved within 150 ms"),
            std::string::npos);
}

TEST_F(DialerTest, ACancelledDialerCallsNoHandler) {
  const Listener silent{"127.0.0.2", 0, true};
  const test::DnsServer none{{}};
  Resolver resolver{none.address()};
  const std::size_t before = open_descriptors();
  auto dialer =
      std::make_shared<Dialer>(context_, resolver, "127.0.0.2", silent.port(), Deadlines{});
  bool called = false;
  dialer->dial([&](const Result&) { called = true; });
  dialer->cancel();
  const std::weak_ptr<Dialer> gone = dialer;
  dialer.reset();
  while (!gone.expired() && context_.run_one_for(kPatience) == 1) {
  }
  EXPECT_TRUE(gone.expired());
  EXPECT_FALSE(called);
  EXPECT_EQ(open_descriptors(), before);
}

/// With both families. Needs IPv6 on the loopback.
class BothFamilies : public DialerTest {
 protected:
  void SetUp() override {
    boost::system::error_code error;
    tcp::socket probe{context_};
    probe.open(tcp::v6(), error);
    if (!error) probe.bind({boost::asio::ip::address_v6::loopback(), 0}, error);
    if (error) GTEST_SKIP() << "no IPv6 here: " << error.message();
  }
};

TEST_F(BothFamilies, Ipv6IsPreferred) {
  const auto servers = listen_on({{"::1"}, {"127.0.0.1"}});
  const Listener& six = *servers.front();
  EXPECT_EQ(remote(dial({"127.0.0.1", "::1"}, six.port())), "::1");
}

TEST_F(BothFamilies, ASilentIpv6IsOvertakenByIpv4) {
  const auto servers = listen_on({{"::1", true}, {"127.0.0.1"}});
  const Listener& six = *servers.front();
  EXPECT_EQ(remote(dial({"::1", "127.0.0.1"}, six.port(), {.resolve = kPatience, .connect = 60s})),
            "127.0.0.1");
}

TEST_F(BothFamilies, TheErrorHasTheReasonOfEach) {
  const Listener four{"127.0.0.1", 0, true};
  const auto result =
      dial({"::1", "127.0.0.1"}, four.port(), {.resolve = kPatience, .connect = 700ms});
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().message.ends_with(
      "error: Connection refused (IPv6), no answer within 700 ms (IPv4)"))
      << result.error().message;
}

}  // namespace
}  // namespace audio_stream::transport
