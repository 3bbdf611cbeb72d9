#include "audio/speech_gate.hpp"

#include <algorithm>
#include <cmath>

namespace audio_stream::audio {
namespace {

constexpr double kSilenceDb = -96;
constexpr double kSmoothMs = 100;

double loudness_of(const LegFrame& frame) noexcept {
  double energy = 0;
  for (const std::int16_t sample : frame.samples) {
    energy += static_cast<double>(int{sample} * int{sample});
  }
  energy /= static_cast<double>(frame.samples.size()) * 32768.0 * 32768.0;
  return energy > 0 ? std::max(kSilenceDb, 10 * std::log10(energy)) : kSilenceDb;
}

}  // namespace

bool SpeechGate::hear(const LegFrame& frame) noexcept {
  if (frame.samples.empty() || frame.rate_hz == 0) return false;
  const double ms = 1000.0 * static_cast<double>(frame.length()) / frame.rate_hz;
  const double loudness = loudness_of(frame);
  const double noise = noise_after(loudness, ms);
  const double threshold = std::max(kFloorDb, noise + (open_ ? kCloseDb : kOpenDb));
  const bool against = open_ ? loudness < threshold : loudness >= threshold;
  for_ms_ = against ? for_ms_ + ms : 0;
  if (for_ms_ < (open_ ? kCloseMs : kOpenMs)) return false;
  open_ = !open_;
  for_ms_ = 0;
  return open_;
}

/// Returns the noise level after this frame.
double SpeechGate::noise_after(double loudness, double ms) noexcept {
  // Smoothed, because a single quiet frame does not show the noise level.
  const double before = smooth_db_.value_or(loudness);
  const double smooth = before + (loudness - before) * std::min(1.0, ms / kSmoothMs);
  smooth_db_ = smooth;
  period_ms_ += ms;
  if (period_ms_ >= kPeriodMs) {
    period_ms_ = 0;
    period_ = (period_ + 1) % kPeriods;
    quietest_db_[period_] = smooth;
  }
  quietest_db_[period_] = std::min(quietest_db_[period_], smooth);
  return *std::ranges::min_element(quietest_db_);
}

}  // namespace audio_stream::audio
