// Measures the speech gate on recorded speech: misses, false alarms and latency, by noise and loss.
//
//   speech_gate_report     needs Debian's asterisk-core-sounds-en-wav (script/install-deps bench)
//
// A hundred prompts, each behind two seconds of noise, are scaled to a mean of -25 dBFS while they
// speak. Their true begin and end are where the clean recording is within 25 dB of its loudest 20
// ms. A start outside of that, and of 500 ms behind it, is a false alarm.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <span>
#include <vector>

#include "audio/speech_gate.hpp"

namespace {

using audio_stream::audio::SpeechGate;
using Samples = std::vector<std::int16_t>;

constexpr const char* kSpeechFolder = "/usr/share/asterisk/sounds/en_US_f_Allison";
constexpr std::size_t kWavHeader = 44;
constexpr std::size_t kFrame = 160;  // 20 ms
constexpr std::size_t kPrompts = 100;
constexpr std::size_t kPauseFrames = 100;
constexpr double kSpeechDb = -25;

struct Utterance {
  Samples samples;          // whole frames
  std::size_t begin_frame;  // of the speech
  std::size_t end_frame;
};

double energy_of(std::span<const std::int16_t> samples) {
  double energy = 0;
  for (const std::int16_t sample : samples)
    energy += static_cast<double>(int{sample} * int{sample});
  return energy / static_cast<double>(samples.size());
}

Samples read_wav(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  const std::vector<char> bytes{std::istreambuf_iterator<char>{file}, {}};
  Samples samples;
  for (std::size_t i = kWavHeader; i + 1 < bytes.size(); i += 2) {
    samples.push_back(static_cast<std::int16_t>(static_cast<unsigned char>(bytes[i]) |
                                                (static_cast<unsigned char>(bytes[i + 1]) << 8U)));
  }
  samples.resize(samples.size() / kFrame * kFrame);
  return samples;
}

Utterance utterance_of(Samples samples) {
  std::vector<double> levels;
  for (std::size_t at = 0; at < samples.size(); at += kFrame) {
    levels.push_back(energy_of(std::span{samples}.subspan(at, kFrame)));
  }
  const double least = *std::ranges::max_element(levels) / std::pow(10, 2.5);
  const auto speaks = [least](double level) { return level >= least; };
  const auto first = std::ranges::find_if(levels, speaks);
  const auto last = std::find_if(levels.rbegin(), levels.rend(), speaks).base();
  double energy = 0;
  std::size_t spoken = 0;
  for (const double level : levels) {
    if (!speaks(level)) continue;
    energy += level;
    ++spoken;
  }
  const double gain =
      32768 * std::pow(10, kSpeechDb / 20) / std::sqrt(energy / static_cast<double>(spoken));
  for (std::int16_t& sample : samples) {
    sample = static_cast<std::int16_t>(std::clamp(sample * gain, -32768.0, 32767.0));
  }
  return {std::move(samples), static_cast<std::size_t>(first - levels.begin()),
          static_cast<std::size_t>(last - levels.begin())};
}

std::vector<Utterance> utterances() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{kSpeechFolder}) {
    const auto bytes = entry.is_regular_file() ? entry.file_size() : 0;
    if (entry.path().extension() == ".wav" && bytes > 16'000 && bytes < 100'000) {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  std::vector<Utterance> all;
  for (std::size_t i = 0; i < kPrompts && i < files.size(); ++i) {
    all.push_back(utterance_of(read_wav(files[i * files.size() / kPrompts])));
  }
  return all;
}

class Line {
 public:
  Line(double noise_db, int loss_percent)
      : level_{32768 * std::pow(10, noise_db / 20) * 0.8}, loss_percent_{loss_percent} {}

  /// The frame as it arrives. True if the gate opens.
  bool send(SpeechGate& gate, std::span<const std::int16_t> clean) {
    Samples frame(kFrame, -1);
    const bool lost = static_cast<int>(random_() % 100) < loss_percent_;
    for (std::size_t i = 0; i < kFrame; ++i) {
      last_ = 0.6 * last_ + level_ * white_(random_);
      const double sound = last_ + (clean.empty() ? 0 : clean[i]);
      if (!lost) frame[i] = static_cast<std::int16_t>(std::clamp(sound, -32768.0, 32767.0));
    }
    return gate.hear({frame, 8000, 1}).started;
  }

 private:
  const double level_;
  const int loss_percent_;
  double last_ = 0;
  std::mt19937 random_{5};
  std::normal_distribution<double> white_{0, 1};
};

void report(const std::vector<Utterance>& all, double noise_db, int loss_percent) {
  constexpr std::size_t kAfter = 25;  // frames
  SpeechGate gate;
  Line line{noise_db, loss_percent};
  int missed = 0;
  int alarms = 0;
  std::vector<double> latencies;
  for (const Utterance& each : all) {
    for (std::size_t i = 0; i < kPauseFrames; ++i) {
      if (line.send(gate, {}) && i >= kAfter) ++alarms;
    }
    double latency = -1;
    const bool was_open = gate.open();
    for (std::size_t i = 0; i * kFrame < each.samples.size(); ++i) {
      if (!line.send(gate, std::span{each.samples}.subspan(i * kFrame, kFrame))) continue;
      if (i < each.begin_frame) {
        ++alarms;
      } else if (latency < 0) {
        latency = 20.0 * static_cast<double>(i + 1 - each.begin_frame);
      }
    }
    if (latency < 0 && !was_open) ++missed;
    if (latency >= 0) latencies.push_back(latency);
  }
  std::ranges::sort(latencies);
  const auto at = [&](double share) {
    return latencies.empty() ? 0.0
                             : latencies[static_cast<std::size_t>(
                                   share * static_cast<double>(latencies.size() - 1))];
  };
  std::printf("| %.0f dBFS | %d %% | %d | %d | %.0f ms | %.0f ms |\n", noise_db, loss_percent,
              missed, alarms, at(0.5), at(0.95));
}

}  // namespace

int main() {
  if (!std::filesystem::exists(kSpeechFolder)) {
    std::cerr << kSpeechFolder << " is not there: script/install-deps bench brings it\n";
    return 1;
  }
  const auto all = utterances();
  std::printf(
      "| noise | lost | missed of %zu | false alarms | latency, median | 95 %% |\n"
      "| --- | --- | --- | --- | --- | --- |\n",
      all.size());
  for (const double noise_db : {-65.0, -55.0, -45.0, -41.0, -37.0, -33.0}) {
    for (const int loss : {0, 1, 5}) report(all, noise_db, loss);
  }
  return 0;
}
