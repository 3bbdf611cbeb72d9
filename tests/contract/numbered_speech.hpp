#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "simulator/audio_source.hpp"

namespace contract {

/// Speech with numbered samples: 1, 2, 3... as unsigned numbers. 0 is silence. At most 65535
/// samples, eight seconds at 8 kHz.
simulator::AudioSource numbered_speech(std::uint32_t samples);

/// What arrived of such a speech, connection by connection.
class HeardSpeech {
 public:
  struct Hole {
    std::uint32_t first = 0;  ///< number of the first missing sample
    std::uint32_t count = 0;
    bool between_connections = false;
  };

  /// `connections` has each one's samples in order of arrival, with silence.
  explicit HeardSpeech(std::span<const std::vector<std::int16_t>> connections);

  /// Samples that came before their predecessors on one connection. Empty if there are none.
  [[nodiscard]] const std::string& disorder() const { return disorder_; }
  [[nodiscard]] const std::vector<Hole>& holes() const { return holes_; }
  /// The number of the last sample; 0 if there is none.
  [[nodiscard]] std::uint32_t last() const { return last_; }
  /// Samples that were repeated at the beginning of a connection.
  [[nodiscard]] std::uint32_t repeated() const { return repeated_; }
  /// All samples without repetitions, with silence.
  [[nodiscard]] std::uint64_t samples() const { return samples_ - repeated_; }
  /// Missing numbers, including those before the first sample.
  [[nodiscard]] std::uint32_t missing(bool between_connections) const;
  [[nodiscard]] std::string describe() const;

 private:
  void take(std::span<const std::int16_t> connection, bool first);

  std::vector<Hole> holes_;
  std::string disorder_;
  std::uint32_t last_ = 0;
  std::uint32_t repeated_ = 0;
  std::uint64_t samples_ = 0;
};

}  // namespace contract
