#include "audio/utterance_resampler.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace audio_stream::audio {
namespace {

constexpr std::size_t kPiece = 960;

}  // namespace

tl::expected<UtteranceResampler, std::string> UtteranceResampler::create(std::uint32_t output_hz) {
  auto resampler = Resampler::create(1, output_hz, output_hz);
  if (!resampler) return tl::unexpected(std::move(resampler.error()));
  return UtteranceResampler{std::move(*resampler), output_hz};
}

bool UtteranceResampler::append(std::span<const std::int16_t> in, std::uint32_t input_hz,
                                std::vector<std::int16_t>& out) {
  if (input_hz != resampler_.input_hz()) {
    finish(out);
    if (!resampler_.set_input_rate(input_hz)) return false;
    resampler_.restart();
  }
  consumed_ += in.size();
  std::array<std::int16_t, kPiece> piece;  // NOLINT: the resampler fills it
  while (!in.empty()) {
    const auto progress = resampler_.process(in, piece);
    if (progress.consumed == 0 && progress.produced == 0) return false;
    in = in.subspan(progress.consumed);
    out.insert(out.end(), piece.begin(),
               piece.begin() + static_cast<std::ptrdiff_t>(progress.produced));
    produced_ += progress.produced;
  }
  return true;
}

void UtteranceResampler::finish(std::vector<std::int16_t>& out) {
  constexpr std::array<std::int16_t, kPiece> kSilence{};
  std::array<std::int16_t, kPiece> piece;  // NOLINT: the resampler fills it
  while (produced_ < due()) {
    const std::size_t room = std::min<std::size_t>(kPiece, due() - produced_);
    const auto progress = resampler_.process(kSilence, std::span{piece}.first(room));
    if (progress.consumed == 0 && progress.produced == 0) break;
    out.insert(out.end(), piece.begin(),
               piece.begin() + static_cast<std::ptrdiff_t>(progress.produced));
    produced_ += progress.produced;
  }
  abandon();
}

void UtteranceResampler::abandon() noexcept {
  resampler_.restart();
  consumed_ = 0;
  produced_ = 0;
}

std::size_t UtteranceResampler::kept_back() const noexcept {
  return due() > produced_ ? static_cast<std::size_t>(due() - produced_) : 0;
}

}  // namespace audio_stream::audio
