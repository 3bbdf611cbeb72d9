#include "transport/resolver.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

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

TEST_F(ResolverTest, ANameThatCannotBeSaysWhy) {
  constexpr const char* kTooLong =
      "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid";
  for (const auto* name : {"a..b", kTooLong, "name.onion"}) {
    const auto found = resolve(name);
    ASSERT_FALSE(found) << name;
    EXPECT_FALSE(found.error().empty());
    EXPECT_NE(found.error(), "no answer") << name;
  }
}

TEST_F(ResolverTest, AnswersOneAfterTheOtherAfterHavingBeenIdle) {
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(resolve("localhost"));
}

TEST_F(ResolverTest, AnswersManyAtOnceEachOnce) {
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

TEST(Resolver, EndsAtOnceWithALookupUnderWayWhoseHandlerIsDroppedUncalled) {
  boost::asio::io_context context;
  std::atomic<bool> called{false};
  auto held = std::make_shared<int>(0);
  const auto begin = std::chrono::steady_clock::now();
  {
    Resolver resolver;
    for (int i = 0; i < 50; ++i) {
      // Whether a server answers or not: nobody waits for it.
      resolver.resolve("name-" + std::to_string(i) + ".invalid", context,
                       [&called, held](const Resolver::Result&) { called = true; });
    }
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  EXPECT_FALSE(called.load());  // the context did not run
  context.restart();
  context.poll();  // what was answered in time
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

TEST(SilentNameServer, HoldsUpNoOtherLookupAndNoEnd) {
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

}  // namespace
}  // namespace audio_stream::transport
