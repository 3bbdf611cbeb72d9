#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "simulator/audio_source.hpp"

namespace contract {

/// Speech whose samples say where they belong: 1, 2, 3... as unsigned numbers, and never 0, which
/// is silence. At most 65535 of them, eight seconds at 8 kHz.
simulator::AudioSource numbered_speech(std::uint32_t samples);

/// What of such a speech arrived, connection by connection.
class HeardSpeech {
 public:
  struct Hole {
    std::uint32_t first = 0;  ///< the number of the first sample that is missing
    std::uint32_t count = 0;
    bool between_connections = false;
  };

  /// `connections` has the samples of each in the order of their coming, silence included.
  explicit HeardSpeech(std::span<const std::vector<std::int16_t>> connections);

  /// What can never be: a sample before the one it follows, in the same connection. Empty if all is
  /// in order.
  [[nodiscard]] const std::string& disorder() const { return disorder_; }
  [[nodiscard]] const std::vector<Hole>& holes() const { return holes_; }
  /// The number of the last sample; 0 if there is none.
  [[nodiscard]] std::uint32_t last() const { return last_; }
  /// Samples that came again at the beginning of a connection.
  [[nodiscard]] std::uint32_t repeated() const { return repeated_; }
  /// All samples, silence included, but each only once.
  [[nodiscard]] std::uint64_t samples() const { return samples_ - repeated_; }
  /// The numbers that are missing; before the first, too.
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
