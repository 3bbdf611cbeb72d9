#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace audio_stream::freeswitch {

/// What the caller said, as it was before the server's audio was mixed into the same frame for the
/// callee.
///
/// The reading thread's: a frame is kept before it is mixed, and taken at the tick that follows. A
/// tick that finds the stream's other thread at work takes nothing. What is kept then stays, in
/// front of what the next frame adds.
template <std::size_t Samples>
class PreMixBuffer {
 public:
  /// Drops `said` if there is no room for all of it.
  void keep(std::span<const std::int16_t> said) noexcept {
    if (kept_ + said.size() > samples_.size()) return;
    std::copy(said.begin(), said.end(), samples_.begin() + static_cast<std::ptrdiff_t>(kept_));
    kept_ += said.size();
  }

  [[nodiscard]] bool empty() const noexcept { return kept_ == 0; }

  /// All that is kept. Valid until the next keep().
  [[nodiscard]] std::span<const std::int16_t> take() noexcept {
    const std::span<const std::int16_t> all{samples_.data(), kept_};
    kept_ = 0;
    return all;
  }

 private:
  std::array<std::int16_t, Samples> samples_{};
  std::size_t kept_ = 0;
};

}  // namespace audio_stream::freeswitch
