#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace audio_stream::audio {

/// What a media bug yields in one read: some milliseconds of one or both legs of a call.
/// A view: it owns nothing and is valid only for the call it is passed to.
///
/// Sample `i` of codec channel `c` of leg `l` is `samples[(i * channels + c) * legs + l]`. This is
/// the order in which FreeSWITCH interleaves a stereo bug (leg 0 is read, i.e. the caller; leg 1 is
/// write, what the caller hears), also when the codec itself has two channels.
struct LegFrame {
  std::span<const std::int16_t> samples;
  std::uint32_t rate_hz = 8000;  ///< the rate the samples really have
  std::uint8_t legs = 1;         ///< 1: the caller; 2: the caller and what the caller hears
  std::uint8_t channels = 1;     ///< channels of the call's codec, 1 or 2

  /// Samples per leg and channel.
  [[nodiscard]] std::size_t length() const {
    return samples.size() / (std::size_t{legs} * channels);
  }
};

}  // namespace audio_stream::audio
