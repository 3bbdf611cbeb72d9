#pragma once

#include <switch.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "audio/leg_frame.hpp"

namespace audio_stream::freeswitch {

inline std::uint8_t channels_of(const switch_codec_implementation_t& codec) noexcept {
  return codec.number_of_channels == 2 ? 2 : 1;
}

/// The samples of a frame that passes a REPLACE callback, in the buffer of the core or of an
/// application. The bug may change them in place, as the core's own displace does. The core goes on
/// to use `datalen` bytes of it.
///
/// The core uses a frame after the bugs have seen it, without any lock that would keep a tap alive:
/// it encodes a written frame, and an application keeps a read frame until its next read. So no
/// frame may ever point to memory of the module.
inline std::span<std::int16_t> samples_of(const switch_frame_t* frame) noexcept {
  if (frame == nullptr || frame->data == nullptr) return {};
  return {static_cast<std::int16_t*>(frame->data), frame->datalen / sizeof(std::int16_t)};
}

/// Reads a media bug frame by frame, until it holds no whole frame.
class BugReader {
 public:
  /// `codec` outlives the reader.
  BugReader(switch_media_bug_t* bug, const switch_codec_implementation_t& codec)
      : bug_{bug}, codec_{codec} {
    frame_.data = data_.data();
    frame_.buflen = kFrameBytes;
  }
  BugReader(const BugReader&) = delete;
  BugReader& operator=(const BugReader&) = delete;
  ~BugReader() = default;

  /// The next frame, valid until the next call.
  std::optional<audio::LegFrame> operator()() noexcept {
    // fill = TRUE makes the core return no frame, rather than a padded one, where it has no whole
    // one.
    if (switch_core_media_bug_read(bug_, &frame_, SWITCH_TRUE) != SWITCH_STATUS_SUCCESS ||
        frame_.datalen == 0) {
      return std::nullopt;
    }
    const auto* samples = reinterpret_cast<const std::int16_t*>(data_.data());
    const std::uint32_t rate =
        codec_.actual_samples_per_second != 0 ? codec_.actual_samples_per_second : frame_.rate;
    return audio::LegFrame{
        {samples, frame_.datalen / sizeof(std::int16_t)}, rate, channels_of(codec_)};
  }

 private:
  // No frame of the core is longer. The core logs an error for each read whose buffer is smaller
  // than a frame of its codec.
  static constexpr std::uint32_t kFrameBytes = 2 * SWITCH_RECOMMENDED_BUFFER_SIZE;

  switch_media_bug_t* bug_;
  const switch_codec_implementation_t& codec_;
  switch_frame_t frame_{};
  alignas(std::int16_t) std::array<std::uint8_t, kFrameBytes> data_;  // NOLINT: the core fills it
};

}  // namespace audio_stream::freeswitch
