#include "audio/speech_gate.hpp"

#include <algorithm>
#include <cmath>

namespace audio_stream::audio {
namespace {

constexpr double kSilenceDb = -96;

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
  const double threshold = std::max(kFloorDb, noise_db_ + (open_ ? kCloseDb : kOpenDb));
  const bool against = open_ ? loudness < threshold : loudness >= threshold;
  for_ms_ = against ? for_ms_ + ms : 0;
  if (!open_ && !against) {
    // Noise is followed quickly down, slowly up: words are no noise.
    const double share = std::min(1.0, ms / (loudness < noise_db_ ? 100.0 : 2000.0));
    noise_db_ += (loudness - noise_db_) * share;
  }
  if (for_ms_ < (open_ ? kCloseMs : kOpenMs)) return false;
  open_ = !open_;
  for_ms_ = 0;
  return open_;
}

}  // namespace audio_stream::audio
