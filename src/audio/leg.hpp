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

/// True for a frame that holds nothing but -1, which is silence: the switch pads a lost packet, and
/// comfort noise, with bytes of 0xFF.
[[nodiscard]] bool is_padding(const LegFrame& frame) noexcept;

/// One leg on its way from the call's format to the stream's rate: codecs of two channels down to
/// one, the switch's padding to digital silence, resampled.
///
/// Used by one thread at a time. convert() allocates nothing; only set_rate(), when the call's rate
/// has changed, may.
class Leg {
 public:
  static tl::expected<Leg, std::string> create(std::uint32_t call_rate_hz, std::uint32_t rate_hz);

  /// False if frames of that rate can't be used; the leg then goes on with the former one.
  bool set_rate(std::uint32_t call_rate_hz) noexcept {
    return resampler_.set_input_rate(call_rate_hz);
  }

  /// Calls `sink` with the frame, piece by piece, at the stream's rate. The frame's rate is the one
  /// that was set.
  template <class Sink>  // void(std::span<const std::int16_t>)
  void convert(const LegFrame& frame, Sink&& sink) noexcept {
    const bool silent = is_padding(frame);
    std::array<std::int16_t, kPiece> mono;  // NOLINT: piece() fills it
    for (std::size_t first = 0; first < frame.length(); first += kPiece) {
      feed(piece(frame, first, silent, mono), sink);
    }
  }

  /// `samples` of silence, at the call's rate.
  template <class Sink>
  void convert_silence(std::size_t samples, Sink&& sink) noexcept {
    static constexpr std::array<std::int16_t, kPiece> kSilence{};
    for (; samples > 0; samples -= std::min(samples, kPiece)) {
      feed(std::span{kSilence}.first(std::min(samples, kPiece)), sink);
    }
  }

  [[nodiscard]] std::uint32_t call_rate_hz() const noexcept { return resampler_.input_hz(); }
  /// Samples, at the call's rate, that are under way inside.
  [[nodiscard]] std::size_t delay() const noexcept { return resampler_.delay(); }

 private:
  // A frame is taken in pieces of this many samples, so that the media thread's stack (240 KiB in
  // FreeSWITCH) need not hold the longest frame there may be.
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
