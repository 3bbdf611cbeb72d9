#include "stream/engine.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "stream/engine_fixture.hpp"

namespace audio_stream::stream {
namespace {

using namespace std::chrono_literals;
using audio_stream::test::WsServer;
using test::FakeCall;
using Told = std::vector<std::string>;
using Samples = std::vector<std::int16_t>;

class EngineLife : public test::EngineTest {
 protected:
  WsServer server_;
  FakeCall& call_ = call("call-1");
};

/// An engine with one I/O thread. An event of another call's stream can block it.
class BlockedIoThread : public EngineLife {
 protected:
  BlockedIoThread() { settings_.io_threads = 1; }

  void hold() {
    FakeCall& other = call("other");
    other.on_emit = [this, opened = gate_.get_future().share()](const Event& event) {
      if (event.kind != EventKind::json) return;
      busy_.set_value();
      opened.wait();
    };
    const auto stream = start(other, options(server_.url()));
    ASSERT_TRUE(other.recorder.wait_for_events(1));
    EXPECT_TRUE(stream->send_text("echo"));
    busy_.get_future().wait();
  }
  void let_go() { gate_ = {}; }  // destroying a promise ends all waits for it
  void TearDown() override {
    let_go();
    EngineLife::TearDown();
  }

 private:
  std::promise<void> busy_;
  std::promise<void> gate_;
};

std::string as_bytes(const Samples& samples) {
  return {reinterpret_cast<const char*>(samples.data()), samples.size() * 2};
}

TEST_F(EngineLife, ACallsAudioArrivesSampleBySampleBetweenMetadataAndTheLastText) {
  auto wanted = options(server_.url("/path?q=1"));
  wanted.texts.metadata = R"({"hello": 1})";
  const auto stream = start(call_, std::move(wanted));
  Samples all;
  for (int i = 0; i < 50; ++i) {
    Samples frame(160);
    std::iota(frame.begin(), frame.end(), static_cast<std::int16_t>(i * 160));
    ASSERT_TRUE(call_.tap.write(frame, 8000));
    all.insert(all.end(), frame.begin(), frame.end());
  }
  engine_->take({"call-1", "default"})->stop("good bye");
  EXPECT_FALSE(call_.tap.attached());
  ASSERT_TRUE(call_.recorder.wait_for_end());
  ASSERT_TRUE(server_.wait([](const auto& each) { return each.at(0).close_code != 0; }));
  const auto connection = server_.connections().at(0);
  EXPECT_EQ(connection.target, "/path?q=1");
  EXPECT_EQ(connection.texts, (Told{R"({"hello": 1})", "good bye"}));
  EXPECT_EQ(connection.audio, as_bytes(all));
  EXPECT_EQ(connection.order.front(), 't');
  EXPECT_EQ(connection.order.back(), 't');
  EXPECT_EQ(connection.close_code, 1000);
  EXPECT_EQ(call_.recorder.story(), (Told{"connect", "disconnect!"}));
  EXPECT_EQ(stream->counters().samples_sent.load(), all.size());
  EXPECT_TRUE(stream->over());
}

// Frames are sent while the tap is being removed, and the last part of a packet comes after them.
TEST_F(EngineLife, AStopClosesNothingBeforeTheTapIsOff) {
  const auto stream = start(call_, options(server_.url()));
  ASSERT_TRUE(call_.recorder.wait_for_events(1));
  constexpr std::size_t kPacket = 160;
  constexpr std::size_t kPart = 80;
  call_.before_off = [this] {
    EXPECT_TRUE(call_.tap.write(Samples(kPacket + kPart, 1), 8000));
    EXPECT_TRUE(
        server_.wait([](const auto& each) { return each.at(0).audio.size() == 2 * kPacket; }));
  };
  stream->stop("bye");
  ASSERT_TRUE(call_.recorder.wait_for_end());
  ASSERT_TRUE(server_.wait([](const auto& each) { return each.at(0).close_code != 0; }));
  const auto connections = server_.connections();
  ASSERT_EQ(connections.size(), 1U) << "one more was made for the remaining ones";
  EXPECT_EQ(connections[0].audio.size(), 2 * (kPacket + kPart));
  EXPECT_EQ(connections[0].texts, Told{"bye"});
  EXPECT_EQ(call_.recorder.story(), (Told{"connect", "disconnect!"}));
}

TEST_F(EngineLife, ASnapshotHasTheFiguresOfEachLivingStream) {
  const auto stream = start(call_, options(server_.url("/path?token=s3cret")));
  ASSERT_TRUE(call_.recorder.wait_for_events(1));
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(call_.tap.write(Samples(160, 1), 8000));
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  const auto figures = [&] { return engine_->snapshot().at(0).status; };
  while (figures().sent_ms < 1000 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  const auto all = engine_->snapshot();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].identity.call, "call-1");
  EXPECT_EQ(all[0].identity.name, "default");
  EXPECT_EQ(all[0].url.find("s3cret"), std::string::npos) << all[0].url;
  EXPECT_EQ(all[0].status.state, State::streaming);
  EXPECT_EQ(all[0].status.sent_ms, 1000U);
  EXPECT_EQ(all[0].status.dropped_ms, 0U);
  stream->stop("");
  ASSERT_TRUE(call_.recorder.wait_for_end());
}

// A thread that reads the figures while an I/O thread is blocked gets the last figures at once.
TEST_F(BlockedIoThread, ASnapshotDoesNotWaitForAnIoThread) {
  hold();
  EXPECT_EQ(engine_->snapshot().size(), 1U);
}

TEST_F(EngineLife, TextsGoBothWays) {
  const auto stream = start(call_, options(server_.url()));
  EXPECT_TRUE(stream->send_text("hello"));
  EXPECT_TRUE(stream->send_text("echo"));
  ASSERT_TRUE(call_.recorder.wait_for_events(2));
  EXPECT_EQ(call_.recorder.events().at(1).body, "echo");
  EXPECT_EQ(server_.connections().at(0).texts, (Told{"hello", "echo"}));
  stream->stop("");
  EXPECT_TRUE(call_.recorder.wait_for_end());
}

TEST_F(EngineLife, AHangupDeliversTheLastShorterPacketAndEndsTheStream) {
  auto wanted = options(server_.url());
  wanted.audio.packet_ms = 100;
  start(call_, std::move(wanted));
  for (int i = 0; i < 7; ++i) call_.tap.write(Samples(160, 3), 8000);
  call_.tap.remove();
  ASSERT_TRUE(call_.recorder.wait_for_end());
  EXPECT_EQ(server_.connections().at(0).audio.size(), 7U * 320);
  EXPECT_EQ(server_.connections().at(0).order, "bb");
  EXPECT_EQ(call_.recorder.story(), (Told{"connect", "disconnect!"}));
  EXPECT_EQ(engine_->find({"call-1", "default"}), nullptr);
}

/// The I/O thread handles the end of an old stream although twenty streams begin at once. A frame
/// would be handled in the same way.
TEST_F(BlockedIoThread, ManyStartsDoNotDelayOtherStreams) {
  FakeCall& old = call("old");
  std::size_t begun_before = 0;
  old.on_emit = [&](const Event& event) {
    if (event.final) begun_before = log_.count("starting -> connecting");
  };
  start(old, options("ws://127.0.0.1:1/"));
  ASSERT_TRUE(old.recorder.wait_for_events(1));  // its server does not exist
  hold();
  std::vector<FakeCall*> beginners;
  for (int i = 0; i < 20; ++i) {
    beginners.push_back(&call("new-" + std::to_string(i)));
    start(*beginners.back(), options(server_.url()));
  }
  old.tap.remove();
  let_go();
  ASSERT_TRUE(old.recorder.wait_for_end());
  EXPECT_EQ(old.recorder.story().back(), "disconnect!");
  EXPECT_EQ(begun_before, 2U) << "the old one, and the one that blocks the thread";
  for (FakeCall* each : beginners) {
    ASSERT_TRUE(each->recorder.wait_for_events(1));
    EXPECT_EQ(each->recorder.story().front(), "connect");
    each->tap.remove();
  }
}

// The I/O thread learns of begin() and the stop at the same time.
TEST_F(BlockedIoThread, AStreamStoppedAtOnceStillDeliversItsAudio) {
  hold();
  auto wanted = options(server_.url());
  wanted.texts.metadata = "metadata";
  const auto stream = start(call_, std::move(wanted));
  call_.tap.write(Samples(160, 1), 8000);
  stream->stop("good bye");
  let_go();
  ASSERT_TRUE(call_.recorder.wait_for_end());
  EXPECT_EQ(call_.recorder.story(), (Told{"connect", "disconnect!"}));
  const auto connections = server_.connections();
  ASSERT_EQ(connections.size(), 2U);
  EXPECT_EQ(connections[1].texts, (Told{"metadata", "good bye"}));
  EXPECT_EQ(connections[1].audio, as_bytes(Samples(160, 1)));
}

TEST_F(EngineLife, AServersCloseRemovesTheTap) {
  // An application may start again with the same name when it gets the final event.
  std::atomic<bool> name_was_free{false};
  call_.on_emit = [&](const Event& event) {
    if (event.final) name_was_free = engine_->find({"call-1", "default"}) == nullptr;
  };
  const auto stream = start(call_, options(server_.url()));
  EXPECT_TRUE(stream->send_text("close"));
  ASSERT_TRUE(call_.recorder.wait_for_end());
  EXPECT_EQ(call_.recorder.story(), (Told{"connect", "disconnect!"}));
  EXPECT_TRUE(call_.recorder.events().back().body.starts_with(
      R"({"status":"disconnected","message":{"code":1000,"reason":"done"},"stats":{"reason":"server",)"));
  EXPECT_EQ(call_.recorder.times_detached(), 1);
  EXPECT_FALSE(call_.tap.attached());
  EXPECT_TRUE(name_was_free.load());
}

TEST_F(EngineLife, AnUnreachableServerEndsAStreamWithoutReconnection) {
  auto wanted =
      options("ws://127.0.0.1:" + std::to_string(audio_stream::test::closed_port()) + "/");
  wanted.reconnect.enabled = false;
  start(call_, std::move(wanted));
  ASSERT_TRUE(call_.recorder.wait_for_end());
  EXPECT_EQ(call_.recorder.story(), Told{"error!"});
  EXPECT_NE(call_.recorder.events().at(0).body.find("Unable to connect to 127.0.0.1 on port"),
            std::string::npos);
  EXPECT_FALSE(call_.tap.attached());
}

TEST_F(EngineLife, ANameIsTakenOnlyOnItsCall) {
  const auto first = start(call_, options(server_.url("/first")));
  const auto refused = engine_->create({"call-1", "default"}, options(server_.url("/second")), 8000,
                                       std::make_unique<FakeCall::Port>(call_));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("\"default\" is already running"), std::string::npos);
  EXPECT_EQ(engine_->find({"call-1", "default"}), first);
  EXPECT_EQ(engine_->live(), 1U);

  FakeCall& other = call("call-2");
  start(other, options(server_.url()));
  FakeCall& same = call("call-1");  // a second stream of the call, with its own tap
  start(same, options(server_.url()), "another");
  EXPECT_EQ(engine_->live(), 3U);
  EXPECT_EQ(engine_->names("call-1"), (Told{"another", "default"}));
  EXPECT_TRUE(engine_->shutdown(20s));
}

TEST_F(EngineLife, OnlyOneOfTwoStopsFindsTheStreamAndFreesItsName) {
  start(call_, options(server_.url()));
  const auto taken = engine_->take({"call-1", "default"});
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(engine_->take({"call-1", "default"}), nullptr);
  taken->stop("");
  FakeCall& again = call("call-1");
  const auto next = start(again, options(server_.url()));
  EXPECT_TRUE(call_.recorder.wait_for_end());
  EXPECT_EQ(engine_->find({"call-1", "default"}), next);
  next->stop("");
  EXPECT_TRUE(again.recorder.wait_for_end());
}

TEST_F(EngineLife, AStreamWithoutATapIsDiscardedWithoutAnEvent) {
  auto stream = engine_->create({"call-1", "default"}, options(server_.url()), 8000,
                                std::make_unique<FakeCall::Port>(call_));
  ASSERT_TRUE(stream);
  engine_->discard(*stream);
  EXPECT_EQ(engine_->live(), 0U);
  EXPECT_EQ(engine_->find({"call-1", "default"}), nullptr);
  stream->reset();
  EXPECT_TRUE(call_.gone.load());
  EXPECT_TRUE(call_.recorder.story().empty());
}

TEST_F(EngineLife, AnImpossibleRateRefusesTheStart) {
  const auto stream = engine_->create({"call-1", "default"}, options(server_.url()), 0,
                                      std::make_unique<FakeCall::Port>(call_));
  EXPECT_FALSE(stream);
  EXPECT_EQ(engine_->live(), 0U);
}

TEST_F(EngineLife, MoreTextThanMayWaitIsRefusedUntilSomeIsSent) {
  auto wanted =
      options("ws://127.0.0.1:" + std::to_string(audio_stream::test::closed_port()) + "/");
  const auto stream = start(call_, std::move(wanted));
  const std::string mebibyte(std::size_t{1} << 20U, 'x');
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(stream->send_text(mebibyte));
  const auto refused = stream->send_text("x");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("waiting to be sent"), std::string::npos);
}

TEST_F(EngineLife, SentTextMakesRoomForMore) {
  const auto stream = start(call_, options(server_.url()));
  const std::string mebibyte(std::size_t{1} << 20U, 'x');
  for (std::size_t sent = 1; sent <= 12; ++sent) {
    ASSERT_TRUE(stream->send_text(mebibyte)) << sent;
    ASSERT_TRUE(server_.wait([sent](const auto& connections) {
      return !connections.empty() && connections[0].texts.size() == sent;
    }));
  }
}

TEST_F(EngineLife, APauseLeavesAudioOutUntilTheResume) {
  const auto stream = start(call_, options(server_.url()));
  call_.tap.write(Samples(160, 1), 8000);
  stream->pause(true);
  call_.tap.write(Samples(160, 2), 8000);
  stream->pause(false);
  call_.tap.write(Samples(160, 3), 8000);
  stream->stop("");
  ASSERT_TRUE(call_.recorder.wait_for_end());
  EXPECT_EQ(server_.connections().at(0).audio,
            as_bytes(Samples(160, 1)) + as_bytes(Samples(160, 3)));
}

TEST_F(EngineLife, AShutdownEndsEveryStreamAndRefusesNewOnes) {
  for (int i = 2; i <= 20; ++i) call("call-" + std::to_string(i));
  for (const auto& each : calls_) {
    start(*each, options(server_.url()));
    each->tap.write(Samples(160, 1), 8000);
  }
  EXPECT_EQ(engine_->live(), 20U);
  EXPECT_TRUE(engine_->shutdown(20s));
  EXPECT_EQ(engine_->live(), 0U);
  for (const auto& each : calls_) {
    EXPECT_TRUE(each->recorder.ended_once());
    EXPECT_EQ(each->recorder.times_ended(), 1);
    EXPECT_FALSE(each->tap.attached());
  }
  const auto refused = engine_->create({"call-1", "default"}, options(server_.url()), 8000,
                                       std::make_unique<FakeCall::Port>(call_));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("being unloaded"), std::string::npos);
}

TEST_F(EngineLife, AShutdownFailsIfATapCannotBeRemoved) {
  call_.stuck = true;
  start(call_, options(server_.url()));
  EXPECT_FALSE(engine_->shutdown(1ms));
  EXPECT_EQ(engine_->live(), 1U);
  call_.tap.remove();  // the call hangs up
  EXPECT_TRUE(engine_->shutdown(20s));
}

// Another module may hold the lock on the call's bugs.
TEST_F(EngineLife, AHeldCallLockDelaysTheShutdownOnlyToItsDeadlineAndNoOtherStream) {
  std::promise<void> gate;
  call_.before_off = [opened = gate.get_future().share()] { opened.wait(); };
  start(call_, options(server_.url()));
  for (int i = 0; i < 5; ++i) {
    start(call("call-" + std::to_string(i + 2)), options(server_.url()));
  }
  const auto begun = std::chrono::steady_clock::now();
  const auto over = engine_->shutdown(2s);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error(), "1 stream(s) did not end in time");
  EXPECT_EQ(engine_->live(), 1U);
  gate.set_value();
  EXPECT_TRUE(engine_->shutdown(20s));
}

TEST_F(EngineLife, ATapThatCannotBeRemovedDelaysNoOtherCall) {
  std::promise<void> gate;
  call_.before_off = [opened = gate.get_future().share()] { opened.wait(); };
  auto once = options("ws://127.0.0.1:1/");
  once.reconnect.enabled = false;
  start(call_, once);
  FakeCall& other = call("call-2");
  start(other, once);
  EXPECT_TRUE(other.recorder.wait_for_end());
  EXPECT_FALSE(other.tap.attached());
  EXPECT_TRUE(call_.tap.attached());
  gate.set_value();
}

TEST_F(EngineLife, AnEndedStreamHoldsNoReferenceToItsCall) {
  start(call_, options(server_.url()));
  engine_->take({"call-1", "default"})->stop("");
  ASSERT_TRUE(call_.recorder.wait_for_end());
  ASSERT_TRUE(engine_->shutdown(20s));
  engine_.reset();
  EXPECT_TRUE(call_.gone.load());
  engine_ = std::make_unique<Engine>(settings_, log_);
}

std::ptrdiff_t threads_of_this_process() {
  const std::filesystem::directory_iterator tasks{"/proc/self/task"};
  return std::distance(begin(tasks), end(tasks));
}

/// Waits until `holds` returns true. The kernel still lists a thread for a moment after join().
bool soon(const std::function<bool()>& holds) {
  const auto patience = std::chrono::steady_clock::now() + 10s;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > patience) return false;
    std::this_thread::yield();
  }
  return true;
}

bool there_come_to_be(std::ptrdiff_t threads) {
  return soon([=] { return threads_of_this_process() == threads; });
}

TEST_F(EngineLife, NoThreadIsLeftBehind) {
  const auto before = threads_of_this_process();
  {
    Engine another{settings_, log_};
    // Two for I/O, nine workers, the resolver, and one for NSS if configured.
    EXPECT_TRUE(there_come_to_be(before + (transport::system_lookup() ? 13 : 12)));
  }
  EXPECT_TRUE(there_come_to_be(before));
}

bool runs_a_thread_named(const std::string& beginning) {
  for (const auto& task : std::filesystem::directory_iterator{"/proc/self/task"}) {
    std::string name;
    std::getline(std::ifstream{task.path() / "comm"} >> std::ws, name);
    if (name.starts_with(beginning)) return true;
  }
  return false;
}

// The timer that deletes a stream's audio files outlives the stream and gives the work to a worker.
// It must not fire after that worker's end. A job keeps another worker busy, so the destructor
// waits for the workers until the timer is due.
TEST_F(EngineLife, TheIoThreadsEndBeforeTheWorkersAndAudioFilesGoWithTheEngine) {
  auto wanted = options(server_.url("/echo"));
  wanted.limits.files.keep_for = 300ms;
  start(call_, wanted);
  EXPECT_TRUE(engine_->find({"call-1", "default"})
                  ->send_text(R"({"type":"streamAudio","data":)"
                              R"({"audioDataType":"raw","sampleRate":8000,"audioData":"AAAA"}})"));
  ASSERT_TRUE(call_.recorder.wait_for_events(2));
  ASSERT_EQ(call_.recorder.story(), (Told{"connect", "play"}));
  EXPECT_EQ(dir_.files(), 1U);
  engine_->take({"call-1", "default"})->stop("");
  std::promise<void> at_work;
  std::promise<void> gate;
  FakeCall& other = call("call-2");
  other.before_off = [&] {
    at_work.set_value();
    gate.get_future().wait();
  };
  EXPECT_TRUE(start(other, options(server_.url()))->send_text("close"));
  at_work.get_future().wait();
  other.tap.remove();  // the call hangs up meanwhile
  while (engine_->live() > 0) std::this_thread::yield();
  std::thread unloading{[this] { engine_.reset(); }};
  EXPECT_TRUE(soon([] { return !runs_a_thread_named("as-io/"); }));
  gate.set_value();
  unloading.join();
  EXPECT_EQ(dir_.files(), 0U);
  engine_ = std::make_unique<Engine>(settings_, log_);
}

// Frames, texts, pauses, hangup and stop at the same time, mainly for the thread sanitizer.
TEST_F(EngineLife, CommandsAndMediaMayRunOnManyThreadsAtOnce) {
  for (int i = 2; i <= 4; ++i) call("call-" + std::to_string(i));
  std::vector<std::thread> threads;
  bool by_command = false;
  for (const auto& each : calls_) {
    FakeCall& one = *each;
    const auto stream = start(one, options(server_.url()));
    threads.emplace_back([&one] {
      const Samples frame(160, 5);
      while (one.tap.write(frame, 8000)) std::this_thread::yield();
    });
    threads.emplace_back([stream] {
      for (int n = 0; n < 50; ++n) {
        stream->pause(n % 2 == 0);
        (void)stream->send_text("text " + std::to_string(n));
      }
    });
    by_command = !by_command;
    threads.emplace_back([&one, stream, by_command] {
      one.recorder.wait_for_events(1);
      if (by_command) {
        stream->stop("bye");
      } else {
        one.tap.remove();
      }
    });
    threads.emplace_back([&one, stream] {
      one.recorder.wait_for_events(1);
      stream->stop("me too");
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& each : calls_) {
    ASSERT_TRUE(each->recorder.wait_for_end());
    EXPECT_TRUE(each->recorder.ended_once());
    EXPECT_EQ(each->recorder.times_ended(), 1);
  }
}

class EngineLimits : public EngineLife {
 protected:
  std::string refusal(FakeCall& call, const std::string& name, const control::Options& options) {
    const auto stream =
        engine_->create({call.uuid, name}, options, 8000, std::make_unique<FakeCall::Port>(call));
    EXPECT_FALSE(stream);
    return stream ? "" : stream.error();
  }
};

TEST_F(EngineLimits, NoMoreStreamsThanAllowedLiveOnACall) {
  auto wanted = options(server_.url());
  wanted.limits.streams_per_call = 1;
  const auto stream = start(call_, wanted);
  EXPECT_EQ(
      refusal(call_, "second", wanted),
      "this call has 1 stream(s) already, as many as max-streams-per-call in the configuration "
      "allows: stop one first");
  EXPECT_EQ(engine_->names(call_.uuid), (Told{"default"}));
  FakeCall& other = call("call-2");
  start(other, wanted);
  stream->stop("");
  while (engine_->live() > 1) std::this_thread::yield();  // it is removed after its final event
  FakeCall& again = call("call-1");
  start(again, wanted, "second");
}

TEST_F(EngineLimits, StreamsMadeAtTheSameTimeCountToo) {
  auto wanted = options(server_.url());
  wanted.limits.streams = 4;
  std::vector<FakeCall*> calls;
  for (int i = 0; i < 8; ++i) calls.push_back(&call("call-" + std::to_string(i)));
  std::atomic<int> made{0};
  {
    std::vector<std::jthread> threads;
    for (FakeCall* each : calls) {
      threads.emplace_back([&, each] {
        auto stream = engine_->create({each->uuid, "default"}, wanted, 8000,
                                      std::make_unique<FakeCall::Port>(*each));
        if (!stream) return;
        ++made;
        each->tap.attach(*stream);
        (*stream)->begin();
      });
    }
  }
  EXPECT_EQ(made, 4);
  EXPECT_EQ(engine_->live(), 4U);
}

TEST_F(EngineLimits, ShortTextsCountTheirMemory) {
  const auto stream = start(call_, options("ws://127.0.0.1:9/"));
  std::size_t taken = 0;
  while (taken < 1'000'000 && stream->send_text("x")) ++taken;
  EXPECT_LT(taken, 50'000U);
  EXPECT_GT(taken, 10'000U);
}

TEST_F(EngineLimits, NoMoreStreamsThanAllowedLiveAtAll) {
  auto wanted = options(server_.url());
  wanted.limits.streams = 2;
  start(call_, wanted);
  FakeCall& second = call("call-2");
  start(second, wanted);
  FakeCall& third = call("call-3");
  EXPECT_NE(refusal(third, "default", wanted).find("max-streams in"), std::string::npos);
  EXPECT_EQ(engine_->live(), 2U);
}

}  // namespace
}  // namespace audio_stream::stream
