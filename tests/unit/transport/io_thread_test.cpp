#include "transport/io_thread.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "one_processor.hpp"

namespace audio_stream::transport {
namespace {

class Hook : public ReadyHook {
 public:
  explicit Hook(std::function<void()> action) : action_{std::move(action)} {}
  void on_ready() override { action_(); }

 private:
  std::function<void()> action_;
};

/// Returns once everything posted so far has run. A hook may still wait for its turn.
void settle(IoThread& io) {
  std::promise<void> done;
  boost::asio::post(io.context(), [&done] { done.set_value(); });
  done.get_future().wait();
}

/// Returns once every hook notified so far has had its turn and may be destroyed.
void serve(IoThread& io) {
  std::promise<void> served;
  Hook last{[&served] { served.set_value(); }};
  io.call(last);
  served.get_future().wait();
  settle(io);
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

// If a server sends faster than the module reads, there is always another ready handler.
TEST(IoThread, ManyHandlersDoNotDelayAHook) {
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
  settle(io);  // the last handler may have posted another one behind the first settle()
}

// Nobody knows whose handler it was, so other streams must continue.
TEST(IoThread, SurvivesAHandlerThatThrows) {
  IoThread io{"io"};
  boost::asio::post(io.context(), [] { throw std::bad_alloc{}; });
  std::promise<void> called;
  Hook hook{[&called] { called.set_value(); }};
  io.notify(hook);
  EXPECT_EQ(called.get_future().wait_for(std::chrono::seconds{20}), std::future_status::ready);
  settle(io);
}

TEST(IoThread, SeveralNotifiesBeforeATurnAreOneCall) {
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
  const auto wakeups = io.wakeups();
  for (int i = 0; i < 1000; ++i) io.notify(hook);
  EXPECT_LE(io.wakeups() - wakeups, 1U);
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

TEST(IoThread, AHookMayNotifyItselfAgain) {
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

// A lost wake-up would leave a hook unserved forever. Each round waits for its own.
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

/// As many frames as hundreds of calls have, until the destructor.
class Crowd {
 public:
  explicit Crowd(IoThread& io, int frames_a_ms = kFramesARound) : io_{io} {
    for (int i = 0; i < frames_a_ms; ++i) hooks_.emplace_back([] {});
    media_ = std::thread{[this] {
      int silent = 0;  // consecutive rounds without a wake-up
      bool told = false;
      while (!over_.load()) {
        const auto wakeups = io_.wakeups();
        for (Hook& hook : hooks_) io_.notify(hook);
        silent = io_.wakeups() == wakeups ? silent + 1 : 0;
        if (silent >= kEnough && !std::exchange(told, true)) there_.set_value();
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
      }
    }};
    there_.get_future().wait();
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd() {  // NOLINT(bugprone-exception-escape): in a test
    over_.store(true);
    media_.join();
    serve(io_);
  }

 private:
  static constexpr int kEnough = 30;
  static constexpr int kFramesARound = 32;  // so that a slow machine batches too

  IoThread& io_;
  std::promise<void> there_;
  std::atomic<bool> over_{false};
  std::deque<Hook> hooks_;
  std::thread media_;
};

TEST(IoThread, ACallWakesTheThreadEvenWhileItBatches) {
  IoThread io{"io"};
  Crowd crowd{io};
  for (int i = 0; i < 50; ++i) {
    std::promise<void> called;
    Hook hook{[&called] { called.set_value(); }};
    const auto wakeups = io.wakeups();
    io.call(hook);
    EXPECT_GT(io.wakeups(), wakeups);
    called.get_future().wait();
    settle(io);
  }
}

// As the steps of a handshake, each of which follows from the last.
TEST(IoThread, PostedWorkRunsWhileTheThreadBatches) {
  IoThread io{"io"};
  Crowd crowd{io};
  std::optional<ConnectLimiter::Permit> permit;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 50; ++i) settle(io);
    std::promise<void> done;
    boost::asio::post(io.context(), [&] {
      if (permit) {
        permit.reset();
      } else {
        permit.emplace(io.connect_limiter(), [] {});
        permit->request();
      }
      done.set_value();
    });
    done.get_future().wait();
  }
  EXPECT_FALSE(permit);
}

/// More connections than may be made at a time. None finishes by itself.
class Connections {
 public:
  static constexpr int kMore = 6;

  explicit Connections(IoThread& io) : io_{io} {
    run([this] {
      for (int i = 0; i < static_cast<int>(ConnectLimiter::kAtOnce) + kMore; ++i) {
        Permit& permit = permits_.emplace_back();
        permit.emplace(io_.connect_limiter(), [this] {
          if (++begun_ == static_cast<int>(permits_.size())) all_.set_value();
        });
      }
      for (Permit& permit : permits_) permit->request();
    });
  }
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;
  ~Connections() {  // NOLINT(bugprone-exception-escape): in a test
    run([this] { permits_.clear(); });
  }

  /// Finishes each connection that has begun.
  void end_those_inside() {
    run([this] {
      for (int i = 0; i < begun_; ++i) permits_[static_cast<std::size_t>(i)]->release();
    });
  }
  void wait_for_all() { all_.get_future().wait(); }

 private:
  using Permit = std::optional<ConnectLimiter::Permit>;

  void run(const std::function<void()>& work) {
    std::promise<void> done;
    boost::asio::post(io_.context(), [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  IoThread& io_;
  std::deque<Permit> permits_;
  int begun_ = 0;
  std::promise<void> all_;
};

// The servers may be distant or silent.
TEST(IoThread, AllConnectionsAreAdmittedAlthoughNoneFinishes) {
  IoThread io{"io"};
  Connections connections{io};
  connections.wait_for_all();
}

TEST(IoThread, AllConnectionsAreMadeWhileTheThreadBatches) {
  IoThread io{"io"};
  Crowd crowd{io};
  Connections connections{io};
  connections.wait_for_all();
}

TEST(IoThread, FinishedConnectionsAdmitOthers) {
  IoThread io{"io"};
  Connections connections{io};
  connections.end_those_inside();
  connections.end_those_inside();
  connections.wait_for_all();
}

// Media threads have the same priority here and would wait until the thread is idle.
TEST(IoThread, ItsHandlersLetARealTimeThreadGoFirst) {
  in_a_real_time_switch([] {
    constexpr int kHandlers = 5000;
    PiecesOfWork work;
    IoThread io{"io"};
    for (int i = 0; i < kHandlers; ++i) {
      boost::asio::post(io.context(), [&work] { work.do_one(); });
    }
    EXPECT_LT(work.done_before_us(), kHandlers);
    settle(io);
  });
}

TEST(IoThread, ManyFramesLetARealTimeThreadGoFirst) {
  in_a_real_time_switch([] {
    constexpr int kFrames = 500;
    PiecesOfWork work;
    std::deque<Hook> hooks;
    IoThread io{"io"};
    for (int i = 0; i < kFrames; ++i) hooks.emplace_back([&work] { work.do_one(); });
    for (Hook& hook : hooks) io.notify(hook);
    EXPECT_LT(work.done_before_us(), kFrames);
    settle(io);
  });
}

// The time spent on sending does not delay the next batch.
TEST(IoThread, BatchesAreTimedFromTheirBeginnings) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::microseconds kSending = Batching::kLongest * 2 / 3;
  constexpr std::chrono::microseconds kDue = Batching::kLongest;
  constexpr int kFewFrames = Batching::kWanted / 5;  // few: it waits as long as it may
  constexpr int kEnough = 20;
  constexpr int kMost = 2000;
  IoThread io{"io"};
  Crowd crowd{io, kFewFrames};
  int looks = 0;
  int when_due = 0;
  Clock::time_point last{};
  std::promise<void> over;
  Hook* self = nullptr;
  Hook sends{[&] {
    const auto now = Clock::now();
    const auto since = now - last;
    last = now;
    if (since >= kDue * 9 / 10 && since < kDue + kSending / 2) ++when_due;
    if (++looks == kMost || when_due == kEnough) {
      over.set_value();
      return;
    }
    while (Clock::now() - now < kSending) {
    }
    io.notify(*self);  // for the next look
  }};
  self = &sends;
  io.notify(sends);
  over.get_future().wait();
  settle(io);
  EXPECT_EQ(when_due, kEnough) << "of " << looks << " looks";
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
      io.notify(*self);  // keeps the thread awake
    }
  }};
  self = &busy;
  io.notify(busy);
  settle(io);
  stop = true;
  ended.get_future().wait();
  settle(io);
}

/// Counts how many of these hooks were called without a turn of `ready_` between them.
class Period : public PeriodicHook {
 public:
  struct Calls {
    std::size_t all = 0;
    std::size_t on_end = 0;       ///< since the last turn of a ready hook
    std::size_t handled_at = 0;   ///< calls so far when the first hook's handler ran
    std::size_t most_on_end = 0;  ///< in the whole round
  };

  Period(IoThread& io, ReadyHook& ready, Calls& calls) : io_{io}, ready_{ready}, calls_{calls} {}
  void on_period() override {
    if (++calls_.all == 1) {
      boost::asio::post(io_.context(), [&calls = calls_] { calls.handled_at = calls.all; });
    }
    calls_.most_on_end = std::max(calls_.most_on_end, ++calls_.on_end);
    io_.notify(ready_);
  }

 private:
  IoThread& io_;
  ReadyHook& ready_;
  Calls& calls_;
};

// With thousands of streams on a thread, no frame waits until all of them were checked.
TEST(IoThread, ManyPeriodicHooksDoNotDelayFramesAndHandlers) {
  constexpr std::size_t kHooks = 200;
  constexpr std::size_t kFew = 100;
  IoThread io{"io"};
  Period::Calls calls;
  std::promise<void> over;
  std::deque<Period> periods;
  Hook ready{[&] {
    calls.on_end = 0;
    if (calls.all < kHooks || periods.empty()) return;
    for (Period& period : periods) io.unwatch(period);
    periods.clear();
    over.set_value();
  }};
  boost::asio::post(io.context(), [&] {
    for (std::size_t i = 0; i < kHooks; ++i) {
      io.watch(periods.emplace_back(io, ready, calls));
    }
  });
  over.get_future().wait();
  settle(io);
  EXPECT_EQ(calls.all, kHooks) << "each once";
  EXPECT_LT(calls.most_on_end, kFew);
  EXPECT_GT(calls.handled_at, 0U);
  EXPECT_LT(calls.handled_at, kFew);
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

// Work that is posted later is destroyed with the context, and never runs.
TEST(IoThreadEnd, OnceStoppedItRunsNothingMore) {
  IoThread io{"io"};
  std::atomic<int> ran{0};
  boost::asio::steady_timer timer{io.context(), std::chrono::milliseconds{1}};
  timer.async_wait([&](const boost::system::error_code& /*due*/) { ++ran; });
  io.stop();
  const int at_the_end = ran;
  boost::asio::post(io.context(), [&] { ++ran; });
  std::this_thread::sleep_for(std::chrono::milliseconds{20});
  EXPECT_EQ(ran, at_the_end);
  io.stop();  // changes nothing
}

}  // namespace
}  // namespace audio_stream::transport
