// Measures single parts of the frame path, and what a server's message costs.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "audio/packet_pool.hpp"
#include "audio/resampler.hpp"
#include "dialect/raw_l16.hpp"
#include "frame_path.hpp"
#include "stream/packet_queue.hpp"

namespace {

using namespace audio_stream;

constexpr std::size_t kFrameMs = 20;

/// Resamples a frame from one rate to another.
void resample(benchmark::State& state) {
  const auto from = static_cast<std::uint32_t>(state.range(0));
  const auto to = static_cast<std::uint32_t>(state.range(1));
  auto resampler = *audio::Resampler::create(1, from, to);
  const auto in = bench::noise(from * kFrameMs / 1000);
  std::vector<std::int16_t> out(to * kFrameMs / 1000 + 16);
  for (auto _ : state) benchmark::DoNotOptimize(resampler.process(in, out));
}

/// Takes a packet from the pool, puts it through the queue, and gives it back.
void packet_and_queue(benchmark::State& state) {
  audio::PacketPool pool{160, 1 << 20};
  pool.ensure(16);
  stream::PacketQueue queue{250};
  for (auto _ : state) {
    benchmark::DoNotOptimize(queue.push(pool.take()));
    benchmark::DoNotOptimize(queue.pop());
  }
}

/// Understands a server's text or, with playback, its binary message.
void understand(benchmark::State& state, const std::string& message, bool binary) {
  dialect::StreamFacts facts;
  facts.down_rate_hz = 8000;
  const dialect::RawL16 dialect{facts};
  for (auto _ : state) {
    std::string copy = message;
    benchmark::DoNotOptimize(binary ? dialect.understand_binary(std::move(copy))
                                    : dialect.understand_text(std::move(copy)));
  }
}

const std::string kPartial = R"({"partial":"the quick brown fox jumps over the lazy dog"})";
const std::string kMark = R"({"action":"mark","name":"end of the first answer"})";

}  // namespace

BENCHMARK(resample)
    ->ArgNames({"from", "to"})
    ->Args({8000, 8000})
    ->Args({8000, 16000})
    ->Args({16000, 8000})
    ->Args({48000, 16000});
BENCHMARK(packet_and_queue);
BENCHMARK_CAPTURE(understand, text, kPartial, false);
BENCHMARK_CAPTURE(understand, mark, kMark, false);
BENCHMARK_CAPTURE(understand, audio_of_20_ms, std::string(320, 'x'), true);

BENCHMARK_MAIN();
