// What a frame costs the call's media thread, from the bug's samples to the queue, and the floor
// beside it: copying the same samples.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "audio/packet_pool.hpp"
#include "stream/counters.hpp"
#include "stream/uplink.hpp"

namespace {

using audio_stream::audio::LegFrame;
using audio_stream::audio::Mix;
using audio_stream::audio::PacketPool;
using audio_stream::stream::Counters;
using audio_stream::stream::Uplink;

constexpr std::uint32_t kPtimeMs = 20;
constexpr std::size_t kPoolBytes = std::size_t{64} * 1024 * 1024;

std::vector<std::int16_t> noise(std::size_t samples) {
  std::vector<std::int16_t> out(samples);
  std::uint32_t state = 1;
  for (auto& sample : out) {
    state = state * 1664525U + 1013904223U;
    sample = static_cast<std::int16_t>(state >> 18U);
  }
  return out;
}

void floor_copy(benchmark::State& state) {
  const auto in = noise(static_cast<std::size_t>(state.range(0)));
  std::vector<std::int16_t> out(in.size());
  for (auto _ : state) {
    std::memcpy(out.data(), in.data(), in.size() * sizeof in[0]);
    benchmark::DoNotOptimize(out.data());
  }
}

/// Mix, call's rate, stream's rate: a frame in, and its packet out again at once.
void frame(benchmark::State& state) {
  const auto mix = static_cast<Mix>(state.range(0));
  const auto call_hz = static_cast<std::uint32_t>(state.range(1));
  const Uplink::Shape shape{mix, static_cast<std::uint32_t>(state.range(2)), kPtimeMs, 2000};
  PacketPool pool{Uplink::packet_samples(shape), kPoolBytes};
  Counters counters;
  const auto uplink = Uplink::create(shape, call_hz, pool, counters);
  const auto samples = noise(std::size_t{call_hz} * kPtimeMs / 1000);
  const LegFrame in{samples, call_hz, 1};
  Uplink::Time now{};
  for (auto _ : state) {
    now += std::chrono::milliseconds{kPtimeMs};
    if (mix != Mix::mono) (*uplink)->hear(in, {});
    bool given = false;
    benchmark::DoNotOptimize((*uplink)->tick(now, [&]() -> std::optional<LegFrame> {
      if (std::exchange(given, true)) return std::nullopt;
      return in;
    }));
    benchmark::DoNotOptimize((*uplink)->pop());
  }
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
