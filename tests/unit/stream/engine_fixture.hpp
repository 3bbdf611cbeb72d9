#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fakes/recorder.hpp"
#include "fakes/temp_dir.hpp"
#include "fakes/ws_server.hpp"
#include "stream/engine.hpp"

namespace audio_stream::stream::test {

/// A call with a tap, as in the switch. A command, a hangup or the stream removes the tap, once.
class FakeTap {
 public:
  void attach(std::shared_ptr<Stream> stream) {
    const std::lock_guard lock{mutex_};
    stream_ = std::move(stream);
  }
  /// Writes a frame of the call. False once the tap is removed.
  bool write(const std::vector<std::int16_t>& samples, std::uint32_t rate_hz) {
    const std::lock_guard lock{mutex_};
    if (!stream_) return false;
    stream_->tick([&, given = false]() mutable -> std::optional<audio::LegFrame> {
      if (std::exchange(given, true)) return std::nullopt;
      return audio::LegFrame{samples, rate_hz, 1};
    });
    return true;
  }
  void remove() {
    const std::lock_guard lock{mutex_};
    if (!stream_) return;
    Stream& stream = *stream_;
    stream.media_closed(std::move(stream_));
  }
  [[nodiscard]] bool attached() const {
    const std::lock_guard lock{mutex_};
    return stream_ != nullptr;
  }

 private:
  mutable std::mutex mutex_;  // as the switch's lock around a call's bugs
  std::shared_ptr<Stream> stream_;
};

/// One call, with what it was told. Outlives the engine.
struct FakeCall {
  class Port final : public Call {
   public:
    explicit Port(FakeCall& call) : call_{call} {}
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    ~Port() override { call_.gone = true; }
    void emit(const Event& event) noexcept override {
      call_.recorder.emitted(event);
      if (call_.on_emit) call_.on_emit(event);
    }
    tl::expected<void, std::string> perform(const CallCommand& command) noexcept override {
      if (std::holds_alternative<Hangup>(command)) call_.hung_up = true;
      return {};
    }
    void detach() noexcept override {
      call_.recorder.detached();
      if (call_.before_off) std::exchange(call_.before_off, {})();
      if (!call_.stuck) call_.tap.remove();
    }
    bool should_be_read() noexcept override { return true; }
    void ended() noexcept override { call_.recorder.ended(); }

   private:
    FakeCall& call_;
  };

  std::atomic<bool> hung_up{false};  ///< by the server

  explicit FakeCall(std::string id) : uuid{std::move(id)} {}

  std::string uuid;
  audio_stream::test::Recorder recorder;
  FakeTap tap;
  std::function<void(const Event&)> on_emit;  ///< I/O thread; set before the start
  std::function<void()> before_off;  ///< called by the thread that stops; set before the stop
  std::atomic<bool> stuck{false};    ///< its tap can't be removed
  std::atomic<bool> gone{false};     ///< the stream has released the call
};

class EngineTest : public testing::Test {
 protected:
  EngineTest() {
    settings_.temp_dir = dir_.path();
    settings_.io_threads = 2;
  }

  void SetUp() override { engine_ = std::make_unique<Engine>(settings_, log_); }

  void TearDown() override {
    EXPECT_TRUE(engine_->shutdown(std::chrono::seconds{20}));
    EXPECT_EQ(engine_->live(), 0U);
    engine_.reset();
    EXPECT_EQ(dir_.files(), 0U);
  }

  static control::Options options(const std::string& url) {
    control::Options options;
    options.endpoint.url = *transport::parse_url(url);
    options.endpoint.deadlines.connect = std::chrono::milliseconds{2000};
    options.audio.catch_up = 0;
    options.audio.real_time = false;  // the test drives the call
    return options;
  }

  /// Makes a call with one tap.
  FakeCall& call(const std::string& uuid) {
    calls_.push_back(std::make_unique<FakeCall>(uuid));
    return *calls_.back();
  }

  /// Does the adapter's work for a `start`.
  std::shared_ptr<Stream> start(FakeCall& call, control::Options options,
                                const std::string& name = "default") {
    auto stream = engine_->create({call.uuid, name}, std::move(options), 8000,
                                  std::make_unique<FakeCall::Port>(call));
    EXPECT_TRUE(stream) << stream.error();
    if (!stream) return nullptr;
    call.tap.attach(*stream);
    (*stream)->begin();
    return *stream;
  }

  audio_stream::test::TempDir dir_;
  audio_stream::test::RecordingLog log_;
  Engine::Settings settings_;
  std::vector<std::unique_ptr<FakeCall>> calls_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace audio_stream::stream::test
