#include "numbered_speech.hpp"

#include <limits>
#include <stdexcept>

namespace contract {

simulator::AudioSource numbered_speech(std::uint32_t samples) {
  if (samples > std::numeric_limits<std::uint16_t>::max()) {
    throw std::invalid_argument{"more samples than there are numbers"};
  }
  std::vector<std::int16_t> pcm(samples);
  for (std::uint32_t i = 0; i < samples; ++i) pcm[i] = static_cast<std::int16_t>(i + 1);
  return simulator::AudioSource::samples(std::move(pcm), 8000);
}

HeardSpeech::HeardSpeech(std::span<const std::vector<std::int16_t>> connections) {
  for (std::size_t i = 0; i < connections.size(); ++i) take(connections[i], i == 0);
}

void HeardSpeech::take(std::span<const std::int16_t> connection, bool first) {
  samples_ += connection.size();
  bool seam = true;  // until the first number
  std::uint32_t again = 0;
  for (const std::int16_t sample : connection) {
    const std::uint32_t number = static_cast<std::uint16_t>(sample);
    if (number == 0) continue;
    if (number <= last_) {
      // Only data in flight when the connection was lost is sent again, and it comes first.
      if (!seam && number != again + 1) {
        disorder_ += " sample " + std::to_string(number) + " after " + std::to_string(last_) + ";";
        return;
      }
      again = number;
      ++repeated_;
    } else {
      if (number != last_ + 1) {
        holes_.push_back({last_ + 1, number - last_ - 1, seam && !first});
      }
      last_ = number;
    }
    seam = false;
  }
}

std::uint32_t HeardSpeech::missing(bool between_connections) const {
  std::uint32_t sum = 0;
  for (const Hole& hole : holes_) {
    if (hole.between_connections == between_connections) sum += hole.count;
  }
  return sum;
}

std::string HeardSpeech::describe() const {
  std::string text = "heard up to sample " + std::to_string(last_) + ", " +
                     std::to_string(samples_) + " with silence, " + std::to_string(repeated_) +
                     " twice;";
  for (const Hole& hole : holes_) {
    text += " missing " + std::to_string(hole.count) + " from " + std::to_string(hole.first) +
            (hole.between_connections ? " (between two connections);" : ";");
  }
  return text + disorder_;
}

}  // namespace contract
