// Out of memory: streams end, each once, and nothing else ends. Slow memory: only the start that
// waits for it is delayed.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "audio/frame_mixer.hpp"
#include "failing_memory.hpp"
#include "stream/engine.hpp"
#include "support/temporary_directory.hpp"
#include "support/wait.hpp"
#include "support/web_socket_server.hpp"

namespace exhaustion {
namespace {

using namespace audio_stream;
using std::chrono::milliseconds;

class NoLog final : public stream::Log {
 public:
  void write(stream::Severity, const std::string&, const std::string&) noexcept override {}
};

/// A call with a tap that yields silence as fast as the test asks.
struct Caller {
  class Port final : public stream::Call {
   public:
    explicit Port(Caller& caller) : caller_{caller} {}
    void emit(const stream::Event& event) noexcept override {
      if (event.kind == stream::EventKind::connect) caller_.connects.fetch_add(1);
      if (event.final) caller_.finals.fetch_add(1);
    }
    void detach() noexcept override { caller_.hang_up(); }
    tl::expected<void, std::string> perform(const stream::CallCommand&) noexcept override {
      return {};
    }
    bool should_be_read() noexcept override { return true; }
    void ended() noexcept override { caller_.ended.fetch_add(1); }

   private:
    Caller& caller_;
  };

  void speak() {
    const std::lock_guard lock{mutex};
    if (!stream) return;
    stream->tick([given = false]() mutable -> std::optional<audio::LegFrame> {
      static const std::vector<std::int16_t> kFrame(160);
      if (std::exchange(given, true)) return std::nullopt;
      return audio::LegFrame{kFrame, 8000, 1};
    });
    std::vector<std::int16_t> frame(160);
    stream->play(stream::Side::caller, frame, 8000, 1);
  }
  void hang_up() {
    const std::lock_guard lock{mutex};
    if (!stream) return;
    stream::Stream& streaming = *stream;
    streaming.media_closed(std::move(stream));
  }

  std::mutex mutex;  // as the switch's lock around a call's bugs
  std::shared_ptr<stream::Stream> stream;
  std::atomic<int> connects{0};
  std::atomic<int> finals{0};
  std::atomic<int> ended{0};
};

class Memory : public testing::Test {
 protected:
  control::Options options(const std::string& path = "/") const {
    control::Options options;
    options.endpoint.url = *transport::parse_url(server_.url(path));
    options.audio.real_time = false;
    options.timeouts.linger = milliseconds{200};
    options.playback.enabled = true;
    options.playback.rate_hz = 16000;
    options.texts.dtmf = true;
    return options;
  }

  tl::expected<std::shared_ptr<stream::Stream>, std::string> create(Caller& caller,
                                                                    const std::string& name) {
    return engine_->create({"call", name}, options(), 8000, std::make_unique<Caller::Port>(caller));
  }

  void start(Caller& caller, const std::string& name) {
    auto stream = create(caller, name);
    ASSERT_TRUE(stream) << stream.error();
    caller.stream = *stream;
    (*stream)->begin();
  }

  bool all_over() {
    return test::eventually([this] { return engine_->live() == 0; });
  }

  test::WebSocketServer server_{{.audio_data = false, .binary_events = false, .echo = true}};
  test::TemporaryDirectory directory_;
  NoLog log_;
  stream::Engine::Settings settings_{2, directory_.path(), {}};
  std::unique_ptr<stream::Engine> engine_ = std::make_unique<stream::Engine>(settings_, log_);
};

TEST_F(Memory, AFailedStartLeavesNothingBehind) {
  int refused = 0;
  for (std::uint64_t count = 0; count < 500; ++count) {
    Caller caller;
    bool failed = false;
    {
      const FailOnce fail{count};
      try {
        const auto stream = create(caller, "default");
        failed = fail.happened();
        if (stream) engine_->discard(*stream);
      } catch (const std::bad_alloc&) {
        failed = true;
      }
    }
    EXPECT_EQ(engine_->live(), 0U) << "allocation " << count;
    EXPECT_EQ(engine_->find({"call", "default"}), nullptr) << "allocation " << count;
    if (!failed) break;
    ++refused;
  }
  EXPECT_GT(refused, 5);
}

// Building a stream may map megabytes, and the I/O threads take the engine's lock. So the lock must
// be free while an allocation of the building waits. Under the lock the engine allocates only small
// entries of its lists, and each pool once; the test makes the pool before.
TEST_F(Memory, AStartThatWaitsForMemoryDelaysNothingElse) {
  constexpr std::size_t kLeastOfBuilding = 256;
  constexpr int kPackets = 200;
  bool halted = true;
  std::uint64_t count = 0;
  for (; halted && !HasFailure(); ++count) {
    auto wanted = options();
    // Each round uses a new pool, which has to grow for the queue. Pools have multiples of 160
    // samples: 20 ms.
    wanted.audio.packet_ms = static_cast<std::uint32_t>(20 * (count + 2));
    wanted.audio.outage_buffer = milliseconds{2 * wanted.audio.packet_ms};
    Caller caller;
    const auto make = [&](const std::string& name) {
      return engine_->create({"call", name}, wanted, 8000, std::make_unique<Caller::Port>(caller));
    };
    auto first = make("first");
    ASSERT_TRUE(first) << first.error();
    wanted.audio.outage_buffer = milliseconds{kPackets * wanted.audio.packet_ms};
    Halt halt;
    const std::jthread building{[&] {
      const HaltOnce once{halt, count, kLeastOfBuilding};
      const auto stream = make("late");
      EXPECT_TRUE(stream) << stream.error();
      halted = once.happened();
      if (!halted) halt.reached.release();
      if (stream) engine_->discard(*stream);
    }};
    halt.reached.acquire();
    const auto others = std::async(std::launch::async, [&] {
      static_cast<void>(engine_->live());
      engine_->discard(*first);  // as an I/O thread does when a stream is over
      Caller another;
      auto stream = create(another, "another");
      EXPECT_TRUE(stream) << stream.error();
      if (stream) engine_->discard(*stream);
    });
    EXPECT_TRUE(others.wait_for(std::chrono::seconds{10}) == std::future_status::ready)
        << "allocation " << count << " of the building holds up others";
    halt.go_on.release();
  }
  EXPECT_GT(count, 5U);
}

// On a media thread, just after the call's codec changed its rate.
TEST(MemoryOfPlayback, WithoutMemoryForAResamplerTheCallHearsSilenceAndItIsRetried) {
  audio::Playout playout{{8000, 1000, 0}};
  audio::FrameMixer mixer{playout, audio::PlayMode::mix};
  playout.write(std::vector<std::int16_t>(800, 1000));
  std::vector<std::int16_t> frame(320);
  bool failed = true;
  for (std::uint64_t count = 0; failed && count < 100; ++count) {
    const FailOnce fail{count};
    mixer.mix(frame, 16000, 1);
    failed = fail.happened();
  }
  EXPECT_FALSE(failed);
  bool heard = false;
  for (int i = 0; i < 10 && !heard; ++i) heard = mixer.mix(frame, 16000, 1).changed;
  EXPECT_TRUE(heard);
}

TEST_F(Memory, FailuresOnTheModulesThreadsEndEachStreamOnceAndNothingElse) {
  for (const std::uint64_t nth : {1U, 2U, 3U, 5U, 7U, 11U, 17U}) {
    std::vector<std::unique_ptr<Caller>> callers;
    for (int i = 0; i < 8; ++i) callers.push_back(std::make_unique<Caller>());
    const auto before = failed();
    for (std::size_t i = 0; i < callers.size(); ++i) {
      if (i == callers.size() / 2) {
        EXPECT_TRUE(test::eventually([&] { return callers[0]->connects.load() > 0; }));
        fail_every(nth);
      }
      start(*callers[i], std::to_string(i));
    }
    for (int i = 0; i < 40; ++i) {
      for (auto& caller : callers) caller->speak();
      if (i % 10 == 0) {
        for (auto& caller : callers) {
          const std::lock_guard lock{caller->mutex};
          if (!caller->stream) continue;
          static_cast<void>(caller->stream->send_text(R"({"type":"mark","name":"from the echo"})"));
          static_cast<void>(caller->stream->clear({}));
          caller->stream->press({.digit = '5', .duration_ms = 100});
        }
      }
      std::this_thread::sleep_for(milliseconds{5});  // one frame of the call
    }
    for (std::size_t i = 0; i < callers.size(); i += 2) callers[i]->hang_up();
    std::this_thread::sleep_for(milliseconds{20});  // partly without memory
    fail_every(0);
    for (auto& caller : callers) caller->hang_up();
    EXPECT_TRUE(all_over()) << "every " << nth << ": " << engine_->live() << " streams are left";
    for (const auto& caller : callers) {
      EXPECT_EQ(caller->finals.load(), 1) << "every " << nth;
      EXPECT_EQ(caller->ended.load(), 1) << "every " << nth;
    }
    EXPECT_GT(failed(), before) << "every " << nth;
    // Enough memory again.
    Caller after;
    start(after, "after");
    EXPECT_TRUE(test::eventually([&] { return after.connects.load() == 1; })) << "every " << nth;
    after.hang_up();
    EXPECT_TRUE(all_over());
  }
}

}  // namespace
}  // namespace exhaustion
