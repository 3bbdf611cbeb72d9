// Measures single parts of the frame path, and what a server's message costs.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "audio/codec/encoder.hpp"
#include "audio/codec/opus.hpp"
#include "audio/packet_pool.hpp"
#include "audio/resampler.hpp"
#include "base/base64.hpp"
#include "dialect/raw_l16.hpp"
#include "frame_path.hpp"
#include "rule_dialect.hpp"
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
  for ([[maybe_unused]] const auto _ : state) benchmark::DoNotOptimize(resampler.process(in, out));
}

/// Takes a packet from the pool, puts it through the queue, and gives it back.
void packet_and_queue(benchmark::State& state) {
  audio::PacketPool pool{160, 1 << 20};
  pool.ensure(16);
  stream::PacketQueue queue{250};
  for ([[maybe_unused]] const auto _ : state) {
    benchmark::DoNotOptimize(queue.push(pool.take()));
    benchmark::DoNotOptimize(queue.pop());
  }
}

/// Understands a server's text or, with playback, its binary message.
void understand(benchmark::State& state, const std::string& message, bool binary) {
  dialect::StreamFacts facts;
  facts.down_rate_hz = 8000;
  dialect::RawL16 dialect{facts};
  for ([[maybe_unused]] const auto _ : state) {
    std::string copy = message;
    benchmark::DoNotOptimize(binary ? dialect.understand_binary(std::move(copy))
                                    : dialect.understand_text(std::move(copy)));
  }
}

/// Understands audio in a server's text, and decodes it.
void hear(benchmark::State& state, const std::string& name, const std::string& text) {
  const auto dialect = bench::rule_dialect(name);
  static_cast<void>(dialect->open(0));
  for ([[maybe_unused]] const auto _ : state) {
    std::string copy = text;
    benchmark::DoNotOptimize(dialect->understand_text(std::move(copy)));
  }
}

/// A message of 20 ms at 16 kHz.
void encode(benchmark::State& state, audio::codec::Encoding encoding) {
  const auto encoder = audio::codec::make_encoder(encoding, {16'000, 1}, 20);
  const auto samples = bench::noise(320);
  for ([[maybe_unused]] const auto _ : state) benchmark::DoNotOptimize(encoder->encode(samples));
}
void decode_opus(benchmark::State& state) {
  const auto encoder = audio::codec::make_encoder(audio::codec::Encoding::opus, {16'000, 1}, 20);
  const auto decoder = audio::codec::OpusPacketDecoder::create();
  const auto packet = encoder->encode(bench::noise(320));
  std::vector<std::int16_t> samples;
  for ([[maybe_unused]] const auto _ : state) {
    samples.clear();
    benchmark::DoNotOptimize(decoder->decode(packet, samples));
  }
}

// 200 ms of 24 kHz.
const std::string kDelta =
    R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":")" +
    base::encode_base64(std::string(9600, 'x')) + R"("}}]}}})";

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
BENCHMARK_CAPTURE(hear, gemini_200_ms_of_24_khz, "gemini", kDelta);
BENCHMARK_CAPTURE(encode, pcmu, audio::codec::Encoding::pcmu);
BENCHMARK_CAPTURE(encode, opus, audio::codec::Encoding::opus);
BENCHMARK(decode_opus);
BENCHMARK_CAPTURE(understand, text, kPartial, false);
BENCHMARK_CAPTURE(understand, mark, kMark, false);
BENCHMARK_CAPTURE(understand, audio_of_20_ms, std::string(320, 'x'), true);

BENCHMARK_MAIN();
