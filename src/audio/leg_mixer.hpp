#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "audio/format.hpp"
#include "audio/leg_frame.hpp"

namespace audio_stream::audio {

/// Puts the legs of a frame together as `mix` says, and codecs of two channels down to one.
///
/// A leg that holds nothing but -1 is silence: the switch pads a missing leg, and comfort noise,
/// with bytes of 0xFF. Such a leg counts as 0, so that silence is digital silence on the wire.
///
/// A view of the frame, for the time of one call. Takes no lock, allocates nothing. Media thread.
class LegMixer {
 public:
  LegMixer(const LegFrame& frame, Mix mix) noexcept;

  /// Mixes from sample `first` of each leg on, as many as are left or as `out` has room for
  /// (channel_count(mix) each), and returns how many per channel.
  std::size_t mix(std::size_t first, std::span<std::int16_t> out) const noexcept;

 private:
  [[nodiscard]] bool is_padding(std::size_t leg) const noexcept;
  [[nodiscard]] std::int16_t sample(std::size_t leg, std::size_t i) const noexcept;

  LegFrame frame_;
  Mix mix_;
  std::array<bool, 2> silent_;  // by leg
};

}  // namespace audio_stream::audio
