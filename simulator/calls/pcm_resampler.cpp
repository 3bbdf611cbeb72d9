#include "pcm_resampler.hpp"

#include <speex/speex_resampler.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <stdexcept>

namespace simulator {
namespace {

constexpr int kQuality = 10;

struct DestroyResampler {
  void operator()(SpeexResamplerState* state) const noexcept { speex_resampler_destroy(state); }
};

}  // namespace

std::vector<std::int16_t> resample(std::span<const std::int16_t> pcm, std::uint32_t from,
                                   std::uint32_t to, std::uint8_t channels) {
  if (from == to) return {pcm.begin(), pcm.end()};
  int error = 0;
  const std::unique_ptr<SpeexResamplerState, DestroyResampler> state(
      speex_resampler_init(channels, from, to, kQuality, &error));
  if (!state) throw std::runtime_error("no resampler from " + std::to_string(from));
  speex_resampler_skip_zeros(state.get());

  const std::size_t frames = pcm.size() / channels;
  const std::size_t wanted = frames * to / from;
  std::vector<std::int16_t> out(wanted * channels);
  const std::vector<std::int16_t> silence(std::size_t{1024} * channels);
  std::size_t done_in = 0;
  std::size_t done_out = 0;
  while (done_out < wanted) {
    // After the last sample, silence flushes what the filter still holds back.
    const bool flushing = done_in == frames;
    const std::int16_t* in = flushing ? silence.data() : pcm.data() + done_in * channels;
    auto in_frames = static_cast<spx_uint32_t>(
        flushing ? silence.size() / channels : std::min<std::size_t>(frames - done_in, 1U << 20));
    auto out_frames = static_cast<spx_uint32_t>(std::min<std::size_t>(wanted - done_out, 1U << 20));
    speex_resampler_process_interleaved_int(state.get(), in, &in_frames,
                                            out.data() + done_out * channels, &out_frames);
    if (!flushing) done_in += in_frames;
    done_out += out_frames;
  }
  return out;
}

std::vector<std::int16_t> remix(std::span<const std::int16_t> pcm, std::uint8_t from,
                                std::uint8_t to) {
  if (from == to) return {pcm.begin(), pcm.end()};
  std::vector<std::int16_t> out(pcm.size() / from * to);
  for (std::size_t i = 0; i < pcm.size() / from; ++i) {
    std::int32_t mean = 0;
    for (std::size_t c = 0; c < from; ++c) mean += pcm[i * from + c];
    mean /= from;
    for (std::size_t c = 0; c < to; ++c) out[i * to + c] = static_cast<std::int16_t>(mean);
  }
  return out;
}

}  // namespace simulator
