// Measures the cost of making a masked WebSocket frame of a packet, beside copying its bytes.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstring>
#include <vector>

#include "websocket/frame_writer.hpp"

namespace {

using namespace audio_stream::websocket;

constexpr MaskingKeys::Key kKey{std::byte{0x12}, std::byte{0xA5}, std::byte{0x3C}, std::byte{0xEF}};

void copy(benchmark::State& state) {
  const std::vector<std::byte> in(static_cast<std::size_t>(state.range(0)), std::byte{7});
  std::vector<std::byte> out(in.size());
  for ([[maybe_unused]] const auto _ : state) {
    std::memcpy(out.data(), in.data(), in.size());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
}

void mask_bytes(benchmark::State& state) {
  const std::vector<std::byte> in(static_cast<std::size_t>(state.range(0)), std::byte{7});
  std::vector<std::byte> out(in.size());
  for ([[maybe_unused]] const auto _ : state) {
    mask(in, kKey, out.data());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
}

void client_frame(benchmark::State& state) {
  const std::vector<std::byte> in(static_cast<std::size_t>(state.range(0)), std::byte{7});
  std::vector<std::byte> out(frame_size(in.size()));
  MaskingKeys keys;
  for ([[maybe_unused]] const auto _ : state) {
    benchmark::DoNotOptimize(write_frame(Opcode::binary, false, in, keys.next(), out));
  }
}

}  // namespace

// 20 ms at 8 kHz, at 16 kHz, and 100 ms at 16 kHz in stereo.
BENCHMARK(copy)->Arg(320)->Arg(640)->Arg(6400);
BENCHMARK(mask_bytes)->Arg(320)->Arg(640)->Arg(6400);
BENCHMARK(client_frame)->Arg(320)->Arg(640)->Arg(6400);

BENCHMARK_MAIN();
