#include "transport/resolver.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fakes/dns_server.hpp"

namespace audio_stream::transport {
namespace {

using namespace std::chrono_literals;

constexpr auto kResolverPatience = 30s;

class ResolverTest : public testing::Test {
 protected:
  Resolver::Result resolve(const std::string& host) {
    std::unique_ptr<Resolver::Result> result;
    resolver_.resolve(host, context_, [&](Resolver::Result found) {
      EXPECT_EQ(std::this_thread::get_id(), thread_);
      result = std::make_unique<Resolver::Result>(std::move(found));
    });
    while (!result && context_.run_one_for(kResolverPatience) == 1) {
    }
    return result ? *result : tl::unexpected<std::string>("no answer");
  }

  std::thread::id thread_ = std::this_thread::get_id();
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      context_.get_executor()};
  Resolver resolver_;
};

TEST_F(ResolverTest, LocalhostIsALoopbackAddress) {
  const auto found = resolve("localhost");
  ASSERT_TRUE(found) << found.error();
  ASSERT_FALSE(found->empty());
  for (const auto& address : *found) EXPECT_TRUE(address.is_loopback()) << address;
}

// Independent of the hosts file: RFC 6761, 6.3.
TEST_F(ResolverTest, EveryNameBelowLocalhostIsALoopbackAddress) {
  for (const char* name : {"LocalHost", "localhost.", "bot.localhost", "a.b.localhost."}) {
    const auto found = resolve(name);
    ASSERT_TRUE(found) << name << ": " << found.error();
    for (const auto& address : *found) EXPECT_TRUE(address.is_loopback()) << address;
  }
}

TEST_F(ResolverTest, AnImpossibleNameHasAReason) {
  constexpr const char* kTooLong =
      "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid";
  for (const auto* name : {"a..b", kTooLong, "name.onion"}) {
    const auto found = resolve(name);
    ASSERT_FALSE(found) << name;
    EXPECT_FALSE(found.error().empty());
    EXPECT_NE(found.error(), "no answer") << name;
  }
}

TEST_F(ResolverTest, AnswersAfterBeingIdle) {
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(resolve("localhost"));
}

TEST_F(ResolverTest, AnswersEachOfManyLookupsOnce) {
  std::vector<int> answers(200, 0);
  std::size_t answered = 0;
  for (int& answer : answers) {
    resolver_.resolve("localhost", context_, [&](const Resolver::Result& found) {
      EXPECT_TRUE(found);
      ++answer;
      ++answered;
    });
  }
  while (answered < answers.size() && context_.run_one_for(kResolverPatience) == 1) {
  }
  EXPECT_EQ(std::ranges::count(answers, 1), 200);
}

TEST(Resolver, EndsAtOnceAndDropsTheHandlerOfARunningLookup) {
  boost::asio::io_context context;
  std::atomic<bool> called{false};
  auto held = std::make_shared<int>(0);
  const auto begin = std::chrono::steady_clock::now();
  {
    Resolver resolver;
    for (int i = 0; i < 50; ++i) {
      // Whether or not a server answers, nothing waits for it.
      resolver.resolve("name-" + std::to_string(i) + ".invalid", context,
                       [&called, held](const Resolver::Result&) { called = true; });
    }
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  EXPECT_FALSE(called.load());  // the context has not run
  context.restart();
  context.poll();  // answers that came in time
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Resolver, MayBeUsedFromManyThreads) {
  boost::asio::io_context context;
  std::atomic<int> answered{0};
  Resolver resolver;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        resolver.resolve("localhost", context, [&](const Resolver::Result& found) {
          if (found) ++answered;
        });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto work = boost::asio::make_work_guard(context);
  while (answered.load() < 80 && context.run_one_for(kResolverPatience) == 1) {
  }
  EXPECT_EQ(answered.load(), 80);
}

/// A name server that never answers.
class SilentServer {
 public:
  SilentServer() { socket_.bind({boost::asio::ip::address_v4::loopback(), 0}); }
  [[nodiscard]] std::string address() const {
    return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port());
  }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::udp::socket socket_{context_, boost::asio::ip::udp::v4()};
};

TEST(SilentNameServer, DelaysNoOtherLookupAndNoEnd) {
  const SilentServer silent;
  boost::asio::io_context context;
  const auto work = boost::asio::make_work_guard(context);
  bool hung_answered = false;
  bool answered = false;
  const auto begun = std::chrono::steady_clock::now();
  {
    Resolver resolver{silent.address()};
    resolver.resolve("hangs.example", context, [&](const auto&) { hung_answered = true; });
    resolver.resolve("localhost", context,
                     [&](const auto& found) { answered = found.has_value(); });
    while (!answered && context.run_one_for(kResolverPatience) == 1) {
    }
    EXPECT_TRUE(answered);
    EXPECT_FALSE(hung_answered);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 1500ms);
  EXPECT_FALSE(hung_answered);
}

/// Resolves names with the given name servers.
class Names {
 public:
  explicit Names(const std::string& servers, SystemLookup system = {})
      : resolver_{servers, std::move(system)} {}

  /// The addresses, each followed by a blank, or the reason why there are none.
  std::string resolve(const std::string& host) {
    std::string text;
    bool answered = false;
    begin(host, [&](const Resolver::Result& found) {
      answered = true;
      if (!found) text = found.error();
      for (const auto& each : found ? *found : std::vector<boost::asio::ip::address>{}) {
        text += each.to_string() + " ";
      }
    });
    run_until([&] { return answered; });
    return answered ? text : "no answer";
  }
  void begin(const std::string& host, Resolver::Handler handler) {
    resolver_.resolve(host, context_, std::move(handler));
  }
  template <class Done>
  void run_until(const Done& done) {
    while (!done() && context_.run_one_for(kResolverPatience) == 1) {
    }
  }
  Resolver& resolver() { return resolver_; }

 private:
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      context_.get_executor()};
  Resolver resolver_;
};

template <class Work>
std::chrono::steady_clock::duration time_of(const Work& work) {
  const auto begun = std::chrono::steady_clock::now();
  work();
  return std::chrono::steady_clock::now() - begun;
}

TEST(NameServer, ThatDropsOneFamilyDoesNotHideTheOther) {
  const test::DnsServer no_aaaa{{"192.0.2.1"}, {.answers_aaaa = false}};
  const test::DnsServer no_a{{"2001:db8::1"}, {.answers_a = false}};
  Names of_no_aaaa{no_aaaa.address()};
  Names of_no_a{no_a.address()};
  // c-ares gives up on the other family after seven seconds.
  EXPECT_LT(time_of([&] { EXPECT_EQ(of_no_aaaa.resolve("a.example"), "192.0.2.1 "); }), 3s);
  EXPECT_LT(time_of([&] { EXPECT_EQ(of_no_a.resolve("a.example"), "2001:db8::1 "); }), 3s);
}

TEST(NameServer, ThatIsSilentIsAskedLastTheNextTime) {
  const SilentServer silent;
  const test::DnsServer good{{"192.0.2.1"}};
  Names names{silent.address() + "," + good.address()};
  EXPECT_GE(time_of([&] { EXPECT_EQ(names.resolve("one.example"), "192.0.2.1 "); }), 900ms);
  const auto later = time_of([&] {
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(names.resolve("name-" + std::to_string(i) + ".example"), "192.0.2.1 ");
    }
  });
  EXPECT_LT(later, 5s) << "not a second each";
}

TEST(NameServer, IsAskedOnceForManyLookupsOfAName) {
  const test::DnsServer server{{"192.0.2.1"}, {.life_s = 60}};
  Names names{server.address()};
  int answered = 0;
  for (int i = 0; i < 4000; ++i) {
    names.begin(i % 2 == 0 ? "one.example" : "ONE.example", [&](const Resolver::Result& found) {
      EXPECT_TRUE(found);
      ++answered;
    });
  }
  names.run_until([&] { return answered == 4000; });
  EXPECT_EQ(answered, 4000);
  EXPECT_EQ(names.resolve("one.example"), "192.0.2.1 ");
  EXPECT_EQ(server.queries(), 2) << "A and AAAA";
}

TEST(NameServer, IsAskedAgainWhenItsAnswerExpires) {
  const test::DnsServer server{{"192.0.2.1"}, {.life_s = 1}};
  Names names{server.address()};
  const auto patience = std::chrono::steady_clock::now() + kResolverPatience;
  while (server.queries() < 4 && std::chrono::steady_clock::now() < patience) {
    ASSERT_EQ(names.resolve("one.example"), "192.0.2.1 ");
  }
  EXPECT_EQ(server.queries(), 4);
}

TEST(NameServer, ThatKnowsNoSuchNameIsAskedAgain) {
  const test::DnsServer server{{}, {.knows_names = false}};
  Names names{server.address()};
  EXPECT_EQ(names.resolve("one.example."), "Domain name not found");
  const int once = server.queries();
  EXPECT_EQ(names.resolve("one.example."), "Domain name not found");
  EXPECT_EQ(server.queries(), 2 * once);
}

TEST(SystemNames, AreUsedForNamesThatNameServersDoNotKnow) {
  const test::DnsServer none{{}, {.knows_names = false}};
  const test::DnsServer some{{"192.0.2.1"}};
  const SystemLookup system = [](const std::string& host) {
    std::vector<boost::asio::ip::address> addresses;
    if (host == "printer.local") addresses = {boost::asio::ip::make_address("192.0.2.7")};
    return addresses;
  };
  Names names{none.address(), system};
  EXPECT_EQ(names.resolve("printer.local"), "192.0.2.7 ");
  EXPECT_EQ(names.resolve("other.local"), "Domain name not found");
  Names known{some.address(), system};
  EXPECT_EQ(known.resolve("printer.local"), "192.0.2.1 ");
}

TEST(SystemNames, AHangingLookupDelaysNoOtherNameAndIsReportedAtTheEnd) {
  const test::DnsServer none{{}, {.knows_names = false}};
  std::promise<void> gate;
  std::promise<void> asked;
  Names names{none.address(), [&, opened = gate.get_future().share()](const std::string& host) {
                if (host == "hangs.local") {
                  asked.set_value();
                  opened.wait();
                }
                return std::vector<boost::asio::ip::address>{};
              }};
  bool hung_answered = false;
  names.begin("hangs.local", [&](const auto&) { hung_answered = true; });
  asked.get_future().wait();
  EXPECT_EQ(names.resolve("bot.localhost").find("no"), std::string::npos);
  EXPECT_FALSE(hung_answered);
  EXPECT_FALSE(names.resolver().stop_by(std::chrono::steady_clock::now()));
  gate.set_value();
  EXPECT_TRUE(names.resolver().stop_by(std::chrono::steady_clock::now() + kResolverPatience));
}

TEST(SystemNames, AreUsedIfTheConfigurationNamesAnotherService) {
  EXPECT_TRUE(names_other_services("hosts: files mdns4_minimal [NOTFOUND=return] dns\n"));
  EXPECT_TRUE(names_other_services("passwd: files\nhosts:\tfiles dns myhostname"));
  EXPECT_FALSE(names_other_services("hosts: files dns\n"));
  EXPECT_FALSE(names_other_services("hosts: files [! UNAVAIL = return] dns # mdns\n"));
  EXPECT_FALSE(names_other_services("# hosts: mdns\npasswd: files systemd\n"));
  EXPECT_FALSE(names_other_services(""));
}

}  // namespace
}  // namespace audio_stream::transport
