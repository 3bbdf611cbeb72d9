#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace audio_stream::freeswitch {

/// The caller's own words, from before the server's audio is mixed into the same frame for the
/// callee.
///
/// Used by the reading thread alone. READ_REPLACE keeps a frame before it mixes, and the READ_PING
/// that follows takes it. A tick takes nothing if the I/O thread is filling the stream at that
/// moment. Then the samples stay, in front of those of the next frame.
template <std::size_t Samples>
class PreMixBuffer {
 public:
  /// Drops `said` if there is no room for all of it. There is room for a second and more, and one
  /// frame waits at most while the I/O thread fills, which takes microseconds. Should words be
  /// dropped, the call's clock finds them missing and counts the silence in their place.
  void keep(std::span<const std::int16_t> said) noexcept {
    if (kept_ + said.size() > samples_.size()) return;
    std::copy(said.begin(), said.end(), samples_.begin() + static_cast<std::ptrdiff_t>(kept_));
    kept_ += said.size();
  }

  [[nodiscard]] bool empty() const noexcept { return kept_ == 0; }

  /// Empties the buffer. The samples are valid until the next keep().
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
