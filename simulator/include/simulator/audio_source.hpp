// Where one direction of a simulated call takes its audio from.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "simulator/packet.hpp"
#include "switch.h"

namespace simulator {

/// A value: copies play independently of each other. Not thread-safe; a Call keeps its own copy.
/// A finite source is followed by digital silence.
class SWITCH_DECLARE_DATA AudioSource {
 public:
  /// No packets at all. As the write side: a parked call, to which nobody speaks.
  static AudioSource none();
  /// Packets of zero samples.
  static AudioSource silence();
  /// Comfort noise packets, as a lost or suppressed RTP packet yields them.
  static AudioSource comfort_noise();
  /// An endless sine; `level` is its peak as a fraction of full scale.
  static AudioSource tone(double hertz, double level = 0.25);
  /// Packets that `fill` writes, on the call's media thread. Copies share it.
  static AudioSource made_by(std::function<void(std::span<std::int16_t> packet)> fill);
  /// 16-bit samples, interleaved when `channels` is 2. Played sample for sample when the call has
  /// that rate and that many channels, else resampled and mixed.
  static AudioSource samples(std::vector<std::int16_t> pcm, std::uint32_t rate,
                             std::uint8_t channels = 1);
  /// Any file libsndfile reads. Throws std::runtime_error naming the file if it cannot be read.
  static AudioSource wav(const std::filesystem::path& file);

  /// The same source, starting over at its end.
  [[nodiscard]] AudioSource repeated() const;

  /// Fills one packet of `frame.size() / channels` samples per channel.
  Packet next(std::span<std::int16_t> frame, std::uint32_t rate, std::uint8_t channels);

  /// What next() will need is fetched into the processor's cache.
  void fetch() const noexcept;

  /// True once a finite, unrepeated source has given its last sample. Always false for the others.
  [[nodiscard]] bool ended() const;
  /// True for none() only.
  [[nodiscard]] bool is_none() const;
  /// How long a finite source plays once; nothing for the endless ones.
  [[nodiscard]] std::optional<std::chrono::microseconds> length() const;

  class Generator;
  explicit AudioSource(std::unique_ptr<Generator> generator);
  AudioSource(const AudioSource& other);
  AudioSource& operator=(const AudioSource& other);
  AudioSource(AudioSource&&) noexcept;
  AudioSource& operator=(AudioSource&&) noexcept;
  ~AudioSource();

 private:
  std::unique_ptr<Generator> generator_;
};

}  // namespace simulator
