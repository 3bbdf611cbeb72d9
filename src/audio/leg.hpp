#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "audio/leg_frame.hpp"
#include "audio/resampler.hpp"

namespace audio_stream::audio {

/// True if the frame holds only -1, which means silence: the switch pads lost packets and comfort
/// noise with bytes of 0xFF.
[[nodiscard]] bool is_padding(const LegFrame& frame) noexcept;

/// Converts one leg from the call's format to the stream's rate: two channels become one, the
/// switch's padding becomes digital silence, and the audio is resampled.
///
/// One thread at a time. convert() allocates nothing. set_rate() may, when the call's rate has
/// changed.
class Leg {
 public:
  static tl::expected<Leg, std::string> create(std::uint32_t call_rate_hz, std::uint32_t rate_hz);

  /// False if that rate is unusable. The leg then keeps the previous rate.
  bool set_rate(std::uint32_t call_rate_hz) noexcept {
    return resampler_.set_input_rate(call_rate_hz);
  }

  /// Calls `sink` with the frame's audio, piece by piece, at the stream's rate. The frame's rate
  /// must be the one last set.
  template <class Sink>  // void(std::span<const std::int16_t>)
  void convert(const LegFrame& frame, Sink&& sink) noexcept {
    const bool silent = is_padding(frame);
    std::array<std::int16_t, kPiece> mono;  // NOLINT: piece() fills it
    for (std::size_t first = 0; first < frame.length(); first += kPiece) {
      feed(piece(frame, first, silent, mono), sink);
    }
  }

  /// Feeds `samples` of silence at the call's rate. Calls `sink` as convert() does.
  template <class Sink>
  void convert_silence(std::size_t samples, Sink&& sink) noexcept {
    static constexpr std::array<std::int16_t, kPiece> kSilence{};
    for (; samples > 0; samples -= std::min(samples, kPiece)) {
      feed(std::span{kSilence}.first(std::min(samples, kPiece)), sink);
    }
  }

  [[nodiscard]] std::uint32_t call_rate_hz() const noexcept { return resampler_.input_hz(); }
  /// The resampler's delay: samples at the call's rate.
  [[nodiscard]] std::size_t delay() const noexcept { return resampler_.delay(); }

 private:
  // Frames are processed in pieces of this many samples, so that the longest frame need not fit on
  // the media thread's stack (240 KiB in FreeSWITCH).
  static constexpr std::size_t kPiece = 960;

  explicit Leg(Resampler resampler) noexcept : resampler_{std::move(resampler)} {}

  static std::span<const std::int16_t> piece(const LegFrame& frame, std::size_t first, bool silent,
                                             std::span<std::int16_t, kPiece> mono) noexcept;

  template <class Sink>
  void feed(std::span<const std::int16_t> in, Sink& sink) noexcept {
    if (resampler_.is_transparent()) {
      sink(in);
      return;
    }
    std::array<std::int16_t, kPiece> out;  // NOLINT: the resampler fills it
    while (!in.empty()) {
      const auto progress = resampler_.process(in, out);
      if (progress.consumed == 0 && progress.produced == 0) return;
      in = in.subspan(progress.consumed);
      if (progress.produced > 0) sink(std::span<const std::int16_t>{out}.first(progress.produced));
    }
  }

  Resampler resampler_;
};

}  // namespace audio_stream::audio
