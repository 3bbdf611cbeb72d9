// Measures what the start and the end of a stream cost the switch's threads: the command's thread
// for `start` and `stop`, the call's own for a hangup.
#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stream/engine.hpp"

namespace {

using namespace audio_stream;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

class SilentCall final : public stream::Call {
 public:
  void emit(const stream::Event& /*event*/) noexcept override {}
  void detach() noexcept override {}
  tl::expected<void, std::string> perform(
      const stream::CallCommand& /*command*/) noexcept override {
    return {};
  }
  bool should_be_read() noexcept override { return true; }
  void ended() noexcept override {}
};

class SilentLog final : public stream::Log {
 public:
  void write(stream::Severity, const std::string&, const std::string&) noexcept override {}
};

/// Streams to a port without a listener, so that nothing waits for a server.
class Streams {
 public:
  std::shared_ptr<stream::Stream> make() {
    control::Options options;
    options.endpoint.url = *transport::parse_url("ws://127.0.0.1:9/");
    options.timeouts.linger = std::chrono::milliseconds{0};
    options.audio.real_time = false;
    auto made = engine_.create({"call-" + std::to_string(++count_), "default"}, std::move(options),
                               8000, std::make_unique<SilentCall>());
    return *made;
  }
  void speak(stream::Stream& stream) {
    for (int frame = 0; frame < 10; ++frame) {
      bool given = false;
      stream.tick([&]() -> std::optional<audio::LegFrame> {
        if (std::exchange(given, true)) return std::nullopt;
        return audio::LegFrame{samples_, 8000, 1};
      });
    }
  }
  ~Streams() { engine_.shutdown(std::chrono::seconds{10}); }
  Streams() = default;
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

 private:
  SilentLog log_;
  stream::Engine engine_{stream::Engine::Settings{}, log_};
  std::vector<std::int16_t> samples_ = std::vector<std::int16_t>(160, 5);
  int count_ = 0;
};

template <class Action>
void timed(benchmark::State& state, const Action& action) {
  const auto begin = Clock::now();
  action();
  state.SetIterationTime(Seconds{Clock::now() - begin}.count());
}

void start(benchmark::State& state) {
  Streams streams;
  for ([[maybe_unused]] const auto _ : state) {
    std::shared_ptr<stream::Stream> stream;
    timed(state, [&] {
      stream = streams.make();
      stream->begin();
    });
    stream->media_closed(stream);
  }
}

void hangup(benchmark::State& state) {
  Streams streams;
  for ([[maybe_unused]] const auto _ : state) {
    auto stream = streams.make();
    stream->begin();
    streams.speak(*stream);
    stream::Stream& closed = *stream;
    timed(state, [&] { closed.media_closed(std::move(stream)); });
  }
}

}  // namespace

BENCHMARK(start)->UseManualTime()->Iterations(2000)->Unit(benchmark::kMicrosecond);
BENCHMARK(hangup)->UseManualTime()->Iterations(2000)->Unit(benchmark::kMicrosecond);

BENCHMARK_MAIN();
