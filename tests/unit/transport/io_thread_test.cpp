#include "transport/io_thread.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace audio_stream::transport {
namespace {

class Hook : public ReadyHook {
 public:
  explicit Hook(std::function<void()> action) : action_{std::move(action)} {}
  void on_ready() override { action_(); }

 private:
  std::function<void()> action_;
};

/// Returns once everything posted so far has run.
void settle(IoThread& io) {
  std::promise<void> done;
  boost::asio::post(io.context(), [&done] { done.set_value(); });
  done.get_future().wait();
}

TEST(IoThread, CarriesItsName) {
  IoThread io{"a-name-that-is-too-long"};
  std::promise<std::string> name;
  boost::asio::post(io.context(), [&name] {
    std::array<char, 32> text{};
    ::pthread_getname_np(::pthread_self(), text.data(), text.size());
    name.set_value(text.data());
  });
  EXPECT_EQ(name.get_future().get(), "a-name-that-is-");
}

TEST(IoThread, CallsAHookOnItsOwnThread) {
  IoThread io{"io"};
  std::promise<std::thread::id> called;
  Hook hook{[&called] { called.set_value(std::this_thread::get_id()); }};
  io.notify(hook);
  EXPECT_NE(called.get_future().get(), std::this_thread::get_id());
  settle(io);
}

// As when a server sends faster than we read: there is always another handler that is ready.
TEST(IoThread, AFloodOfHandlersDoesNotKeepAHookFromItsTurn) {
  IoThread io{"io"};
  std::atomic<bool> over{false};
  std::promise<void> flooded;
  std::function<void()> flood = [&, first = true]() mutable {
    if (std::exchange(first, false)) flooded.set_value();
    if (!over.load()) boost::asio::post(io.context(), [&flood] { flood(); });
  };
  boost::asio::post(io.context(), [&flood] { flood(); });
  flooded.get_future().wait();
  std::promise<void> called;
  Hook hook{[&called] { called.set_value(); }};
  io.notify(hook);
  EXPECT_EQ(called.get_future().wait_for(std::chrono::seconds{20}), std::future_status::ready);
  over.store(true);
  settle(io);
}

// Nobody knows whose handler it was, so nobody else may suffer.
TEST(IoThread, OutlivesAHandlerThatThrows) {
  IoThread io{"io"};
  boost::asio::post(io.context(), [] { throw std::bad_alloc{}; });
  std::promise<void> called;
  Hook hook{[&called] { called.set_value(); }};
  io.notify(hook);
  EXPECT_EQ(called.get_future().wait_for(std::chrono::seconds{20}), std::future_status::ready);
  settle(io);
}

TEST(IoThread, SeveralNotifiesBeforeItLooksAreOneCall) {
  IoThread io{"io"};
  std::promise<void> busy;
  std::promise<void> go_on;
  boost::asio::post(io.context(), [&] {
    busy.set_value();
    go_on.get_future().wait();
  });
  busy.get_future().wait();
  std::atomic<int> calls{0};
  Hook hook{[&calls] {
    ++calls;
    calls.notify_one();
  }};
  const auto bells = io.bells();
  for (int i = 0; i < 1000; ++i) io.notify(hook);
  EXPECT_LE(io.bells() - bells, 1U);
  go_on.set_value();
  calls.wait(0);
  settle(io);
  EXPECT_EQ(calls.load(), 1);
}

TEST(IoThread, HooksAreServedInTheOrderTheyCalled) {
  IoThread io{"io"};
  std::promise<void> busy;
  std::promise<void> go_on;
  boost::asio::post(io.context(), [&] {
    busy.set_value();
    go_on.get_future().wait();
  });
  busy.get_future().wait();
  std::vector<int> order;
  std::promise<void> done;
  Hook first{[&order] { order.push_back(1); }};
  Hook second{[&order] { order.push_back(2); }};
  Hook third{[&] {
    order.push_back(3);
    done.set_value();
  }};
  for (Hook* hook : {&first, &second, &third}) io.notify(*hook);
  go_on.set_value();
  done.get_future().wait();
  settle(io);
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST(IoThread, AHookMayNotifyItselfAnew) {
  IoThread io{"io"};
  int left = 1000;
  std::promise<void> done;
  Hook* self = nullptr;
  Hook hook{[&] {
    if (--left == 0) {
      done.set_value();
    } else {
      io.notify(*self);
    }
  }};
  self = &hook;
  io.notify(hook);
  done.get_future().wait();
  settle(io);
  EXPECT_EQ(left, 0);
}

// A lost wake-up would leave a hook unserved for ever: each round waits for its own.
TEST(IoThread, NoNotifyIsLostWhetherItSleepsOrNot) {
  IoThread io{"io"};
  std::vector<std::thread> media;
  for (int t = 0; t < 3; ++t) {
    media.emplace_back([&io] {
      std::atomic<int> seen{0};
      std::atomic<int> wanted{0};
      Hook hook{[&] {
        seen.store(wanted.load());
        seen.notify_one();
      }};
      for (int round = 1; round <= 3000; ++round) {
        wanted.store(round);
        io.notify(hook);
        for (int now = seen.load(); now != round; now = seen.load()) seen.wait(now);
      }
      settle(io);
    });
  }
  for (auto& thread : media) thread.join();
}

TEST(IoThread, RunsTimersAndPostedWorkBetweenHooks) {
  IoThread io{"io"};
  std::atomic<bool> stop{false};
  Hook* self = nullptr;
  std::promise<void> ended;
  Hook busy{[&] {
    if (stop.load()) {
      ended.set_value();
    } else {
      io.notify(*self);  // it never lets the thread sleep
    }
  }};
  self = &busy;
  io.notify(busy);
  settle(io);
  stop = true;
  ended.get_future().wait();
  settle(io);
}

TEST(IoThread, EndsWithWorkStillPending) {
  auto held = std::make_shared<int>(0);
  {
    IoThread io{"io"};
    boost::asio::steady_timer never{io.context(), std::chrono::hours{1}};
    never.async_wait([held](const auto& /*error*/) {});
    boost::asio::post(io.context(), [held] {});
  }
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace audio_stream::transport
