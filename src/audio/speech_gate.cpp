#include "audio/speech_gate.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace audio_stream::audio {
namespace {

constexpr double kSilenceDb = -96;

bool all_equal(std::span<const std::int16_t> samples) noexcept {
  return std::ranges::all_of(samples,
                             [first = samples.front()](std::int16_t s) { return s == first; });
}

double energy_of(std::span<const std::int16_t> samples) noexcept {
  double energy = 0;
  for (const std::int16_t sample : samples) {
    energy += static_cast<double>(int{sample} * int{sample});
  }
  return energy;
}

double loudness(double energy, std::size_t samples) noexcept {
  const double mean = energy / (static_cast<double>(samples) * 32768.0 * 32768.0);
  return mean > 0 ? std::max(kSilenceDb, 10 * std::log10(mean)) : kSilenceDb;
}

}  // namespace

SpeechGate::Change SpeechGate::hear(const LegFrame& frame) noexcept {
  constexpr std::uint32_t kLeastHz = 1000;
  if (frame.samples.empty() || frame.rate_hz < kLeastHz) return {};
  const double frame_ms = 1000.0 * static_cast<double>(frame.length()) / frame.rate_hz;
  if (all_equal(frame.samples)) {
    // The switch pads with -1. Anything else came from the phone, and as long as it sends nothing
    // else, its line has no noise.
    if (learned_ms_ == 0 && frame.samples.front() != -1) {
      silent_ms_ += frame_ms;
      if (silent_ms_ >= kSilentLineMs) learn_silence();
    }
    return miss(frame_ms);
  }
  if (frame.rate_hz != rate_hz_) drop_block();
  rate_hz_ = frame.rate_hz;
  missed_ms_ = 0;

  Change change;
  const double sample_ms = 1000.0 / (static_cast<double>(frame.rate_hz) * frame.channels);
  const std::size_t block = std::size_t{frame.rate_hz} * frame.channels * kBlockMs / 1000;
  auto rest = frame.samples;
  while (!rest.empty()) {
    const auto part = rest.first(std::min(rest.size(), block - samples_));
    rest = rest.subspan(part.size());
    energy_ += energy_of(part);
    samples_ += part.size();
    if (samples_ < block) continue;
    const double ms = sample_ms * static_cast<double>(samples_);
    const double level = loudness(energy_, samples_);
    drop_block();
    add_block(level, ms, sample_ms * static_cast<double>(rest.size()), change);
  }
  return change;
}

SpeechGate::Change SpeechGate::miss(double ms) noexcept {
  missed_ms_ += ms;
  if (run_ms_ > 0) run_ms_ += ms;
  drop_block();
  if (!open_) {
    if (missed_ms_ >= kCloseMs) for_ms_ = run_ms_ = 0;
    return {};
  }
  if (for_ms_ + missed_ms_ < kCloseMs) return {};
  Change change;
  change.stopped = true;
  change.ago_ms = std::max(run_ms_, missed_ms_);
  open_ = false;
  for_ms_ = run_ms_ = 0;
  return change;
}

/// A block of `ms` has ended, `later_ms` before the end of the frame.
void SpeechGate::add_block(double loudness_db, double ms, double later_ms,
                           Change& change) noexcept {
  learn(loudness_db);
  if (learned_ms_ < kLearnMs) learned_ms_ += ms;
  const double threshold = std::max(kFloorDb, noise_db() + (open_ ? kCloseDb : kOpenDb));
  const bool against = open_ ? loudness_db < threshold : loudness_db >= threshold;
  for_ms_ = against ? for_ms_ + ms : 0;
  run_ms_ = against ? run_ms_ + ms : 0;
  if (for_ms_ < (open_ ? kCloseMs : kOpenMs) || learned_ms_ < kLearnMs) return;
  open_ = !open_;
  (open_ ? change.started : change.stopped) = true;
  change.ago_ms = run_ms_ + later_ms;
  for_ms_ = run_ms_ = 0;
}

/// Puts a block among the quietest of its period.
void SpeechGate::learn(double loudness_db) noexcept {
  for (double& each : lowest_db_) {
    if (loudness_db < each) std::swap(loudness_db, each);
  }
  ++blocks_;
  if (blocks_ >= kRank) periods_db_[period_] = lowest_db_.back();
  if (blocks_ < kBlocksOfAPeriod) return;
  blocks_ = 0;
  lowest_db_.fill(0);
  period_ = (period_ + 1) % kPeriods;
  periods_db_[period_] = 0;
}

void SpeechGate::learn_silence() noexcept {
  learned_ms_ = kLearnMs;
  periods_db_[period_] = kSilenceDb;
  period_ = (period_ + 1) % kPeriods;
}

double SpeechGate::noise_db() const noexcept {
  return *std::ranges::min_element(periods_db_);
}

void SpeechGate::drop_block() noexcept {
  energy_ = 0;
  samples_ = 0;
}

}  // namespace audio_stream::audio
