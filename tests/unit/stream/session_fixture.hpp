#pragma once

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fakes/fake_websocket.hpp"
#include "fakes/recorder.hpp"
#include "fakes/temp_dir.hpp"
#include "stream/chosen_dialect.hpp"
#include "stream/session.hpp"
#include "stream/uplink_fixture.hpp"
#include "transport/worker.hpp"

namespace audio_stream::stream {

using audio_stream::test::FakeWebSocket;
using Message = FakeWebSocket::Message;
using Story = std::vector<std::string>;
using Json = nlohmann::json;

/// A session with a network, a call and a log of the test. Everything except the worker runs on the
/// test's thread.
class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    options_.endpoint.url = *transport::parse_url("ws://user:s3cret@example.com/path?token=s3cret");
    options_.endpoint.headers = {{"Authorization", "s3cret"}};
    options_.timeouts.linger = std::chrono::milliseconds{20};
    options_.audio.outage_buffer = std::chrono::milliseconds{2000};
    options_.audio.catch_up = 0;
  }

  void TearDown() override {
    session_.reset();
    EXPECT_EQ(log_.count("s3cret"), 0U);
    for (const auto& event : recorder_.events()) {
      EXPECT_EQ(event.body.find("s3cret"), std::string::npos) << event.body;
    }
  }

  /// Makes the session and calls begin().
  void begin(bool real_time = false) {
    make(real_time);
    session_->begin();
  }
  void make(bool real_time = false) {
    session_.reset();  // it may hold packets of the old rig
    rig_ = std::make_unique<test::Rig>(
        Uplink::Shape{options_.audio.mix, options_.audio.rate_hz, options_.audio.packet_ms,
                      static_cast<std::uint32_t>(options_.audio.outage_buffer.count()), real_time,
                      options_.listens(), options_.caller.vad == control::Vad::gate,
                      options_.caller.mask},
        options_.audio.rate_hz, std::size_t{1} << 24U, real_time);
    if (options_.playback.enabled) {
      to_caller_ = std::make_unique<Playback>(
          audio::Playout::Limits{8000, options_.playback.buffer_ms, options_.playback.prebuffer_ms},
          options_.playback.mode);
    }
    session_ = std::make_unique<Session>(Session::Parts{
        identity_, options_, *rig_->uplink, rig_->counters, call_, log_, context_, workers_,
        [this](const transport::Url& url, transport::WebSocket::Listener& listener) {
          transport::Endpoint endpoint = options_.endpoint;
          endpoint.url = url;
          auto socket = std::make_shared<FakeWebSocket>(context_, endpoint, listener);
          sockets_.push_back(socket);
          return socket;
        },
        chosen_dialect(identity_, options_), encoder(),
        std::make_shared<AudioFiles>(dir_.path(), identity_.call, options_.limits.files),
        [this](std::size_t bytes) { text_gone_ += bytes; }, [this] { return may_close_; },
        [this] { ending_after_ = recorder_.events().size(); }, [this] { ++ended_; },
        [this](bool hang_up) { (hang_up ? hang_ups_ : server_ends_) += 1; },
        [this](const CallCommand& command) { end_actions_.push_back(command); }, to_caller_.get()});
  }
  /// As begin(), with a server that accepts and takes everything.
  void connect() {
    begin();
    server().accept();
    server().serve();
    settle();
  }

  /// The latest connection.
  FakeWebSocket& server() { return *sockets_.back(); }

  /// Brings `packets` packets of 20 ms as the media thread does, each with its own value.
  void speak(int packets) {
    for (int i = 0; i < packets; ++i) {
      rig_->write_ms(options_.audio.packet_ms, options_.audio.rate_hz,
                     static_cast<std::int16_t>(++spoken_));
    }
    session_->pump();
  }
  /// The message of the `number`th packet.
  [[nodiscard]] Message packet(int number, std::size_t samples = 160) const {
    const test::Samples audio(samples, static_cast<std::int16_t>(number));
    return {true, {reinterpret_cast<const char*>(audio.data()), samples * 2}};
  }
  static Message text(std::string bytes) { return {false, std::move(bytes)}; }

  /// Runs all handlers that are ready.
  void settle() {
    context_.restart();
    context_.poll();
  }
  /// Runs handlers until `done`. False on a timeout.
  template <class Done>
  bool run_until(const Done& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    context_.restart();
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      context_.run_one_for(std::chrono::seconds{1});
    }
    return done();
  }
  bool run_until_sockets(std::size_t count) {
    return run_until([this, count] { return sockets_.size() >= count; });
  }
  /// Runs handlers until there are `count` sockets. False if there are fewer after `time`.
  bool run_until_sockets_or(std::size_t count, std::chrono::milliseconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    run_until(
        [&] { return sockets_.size() >= count || std::chrono::steady_clock::now() >= deadline; });
    return sockets_.size() >= count;
  }
  bool run_until_events(std::size_t count) {
    return run_until([this, count] { return recorder_.events().size() >= count; });
  }
  bool run_until_ended() {
    return run_until([this] { return session_->state() == State::ended; });
  }
  /// Returns once the workers have finished all their jobs.
  void finish_jobs() {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    EXPECT_EQ(workers_.busy_at(patience), "");
    settle();
  }

  [[nodiscard]] Story story() const { return recorder_.story(); }
  [[nodiscard]] std::string body(std::size_t number) const {
    return recorder_.events().at(number).body;
  }
  /// The "message" of an error or disconnect event.
  [[nodiscard]] Json told(std::size_t number) const { return Json::parse(body(number))["message"]; }

  void expect_ended() const {
    EXPECT_EQ(session_->state(), State::ended);
    EXPECT_TRUE(recorder_.ended_once());
    EXPECT_EQ(ended_, 1);
    EXPECT_EQ(ending_after_ + 1, recorder_.events().size()) << "the end was reported after it";
  }

  class RecordingCall final : public Call {
   public:
    explicit RecordingCall(audio_stream::test::Recorder& recorder) : recorder_{recorder} {}
    void emit(const Event& event) noexcept override { recorder_.emitted(event); }
    void detach() noexcept override { recorder_.detached(); }
    tl::expected<void, std::string> perform(const CallCommand& /*command*/) noexcept override {
      return {};
    }
    bool should_be_read() noexcept override { return true; }
    void ended() noexcept override { recorder_.ended(); }

   private:
    audio_stream::test::Recorder& recorder_;
  };

  /// Raw counts its resets.
  std::unique_ptr<audio::codec::Encoder> encoder() {
    if (!options_.dialect.rules) return std::make_unique<CountingEncoder>(resets_);
    return audio::codec::make_encoder(options_.audio.encoding, options_.audio.format(),
                                      options_.audio.packet_ms);
  }

  class CountingEncoder final : public audio::codec::Encoder {
   public:
    explicit CountingEncoder(int& resets) : resets_{resets} {}
    std::span<const std::byte> encode(std::span<const std::int16_t> samples) override {
      return std::as_bytes(samples);
    }
    void reset() noexcept override { ++resets_; }

   private:
    int& resets_;
  };

  int resets_ = 0;  // of the encoder
  const Identity identity_{"uuid-1", "default"};
  control::Options options_;
  audio_stream::test::TempDir dir_;
  audio_stream::test::Recorder recorder_;
  audio_stream::test::RecordingLog log_;
  RecordingCall call_{recorder_};
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      context_.get_executor()};
  std::unique_ptr<test::Rig> rig_;
  std::unique_ptr<Playback> to_caller_;  // with playback on
  std::vector<std::shared_ptr<FakeWebSocket>> sockets_;
  int server_ends_ = 0;  // the server asked for the stream's end
  int hang_ups_ = 0;     // and for the call's
  std::vector<CallCommand> end_actions_;
  [[nodiscard]] bool hangs_up_at_end() const {
    return end_actions_.size() == 1 && std::holds_alternative<Hangup>(end_actions_[0]);
  }
  std::size_t text_gone_ = 0;
  bool may_close_ = true;
  int ended_ = 0;
  std::size_t ending_after_ = 0;  // number of events before the final one
  int spoken_ = 0;
  transport::Workers workers_;
  transport::Worker& worker_ = workers_.decode;  // handles messages of the server first
  std::unique_ptr<Session> session_;
};

}  // namespace audio_stream::stream
