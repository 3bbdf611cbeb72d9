// Measures what a frame costs the call's media thread, from the bug's samples to the queue. The
// floor is copying the same samples.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "frame_path.hpp"

namespace {

void floor_copy(benchmark::State& state) {
  const auto in = bench::noise(static_cast<std::size_t>(state.range(0)));
  std::vector<std::int16_t> out(in.size());
  for ([[maybe_unused]] const auto _ : state) {
    std::memcpy(out.data(), in.data(), in.size() * sizeof in[0]);
    benchmark::DoNotOptimize(out.data());
  }
}

/// Mix, the call's rate, the stream's rate: passes a frame in and takes its packet out at once.
void frame(benchmark::State& state) {
  bench::FramePath path{static_cast<audio_stream::audio::Mix>(state.range(0)),
                        static_cast<std::uint32_t>(state.range(1)),
                        static_cast<std::uint32_t>(state.range(2))};
  for ([[maybe_unused]] const auto _ : state) benchmark::DoNotOptimize(path.pass());
}

}  // namespace

BENCHMARK(floor_copy)->ArgName("samples")->Arg(160)->Arg(320)->Arg(960);
BENCHMARK(frame)
    ->ArgNames({"mix", "call", "stream"})
    ->Args({0, 8000, 8000})
    ->Args({1, 8000, 8000})
    ->Args({2, 8000, 8000})
    ->Args({0, 8000, 16000})
    ->Args({2, 8000, 16000})
    ->Args({0, 16000, 8000})
    ->Args({0, 48000, 16000})
    ->Args({0, 8000, 11025});

BENCHMARK_MAIN();
