#include "simulator/audio_source.hpp"

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <stdexcept>
#include <utility>

#include "pcm_resampler.hpp"

namespace simulator {

/// One kind of source.
class AudioSource::Generator {
 public:
  virtual ~Generator() = default;
  [[nodiscard]] virtual std::unique_ptr<Generator> copy() const = 0;
  virtual Packet next(std::span<std::int16_t> frame, std::uint32_t rate, std::uint8_t channels) = 0;
  [[nodiscard]] virtual bool ended() const { return false; }
  [[nodiscard]] virtual bool is_none() const { return false; }
  [[nodiscard]] virtual std::optional<std::chrono::microseconds> length() const { return {}; }
  virtual void repeat() {}
};

namespace {

class Constant : public AudioSource::Generator {
 public:
  explicit Constant(Packet kind) : kind_(kind) {}
  [[nodiscard]] std::unique_ptr<Generator> copy() const override {
    return std::make_unique<Constant>(*this);
  }
  Packet next(std::span<std::int16_t> frame, std::uint32_t, std::uint8_t) override {
    if (kind_ != Packet::none) std::fill(frame.begin(), frame.end(), std::int16_t{0});
    return kind_;
  }
  [[nodiscard]] bool is_none() const override { return kind_ == Packet::none; }

 private:
  Packet kind_;
};

class Tone : public AudioSource::Generator {
 public:
  Tone(double hertz, double level) : hertz_(hertz), level_(level) {}
  [[nodiscard]] std::unique_ptr<Generator> copy() const override {
    return std::make_unique<Tone>(*this);
  }
  Packet next(std::span<std::int16_t> frame, std::uint32_t rate, std::uint8_t channels) override {
    for (std::size_t i = 0; i < frame.size(); i += channels) {
      const auto sample = static_cast<std::int16_t>(
          std::lround(level_ * 32767.0 * std::sin(2 * std::numbers::pi * phase_)));
      for (std::size_t c = 0; c < channels; ++c) frame[i + c] = sample;
      phase_ = std::fmod(phase_ + hertz_ / rate, 1.0);
    }
    return Packet::audio;
  }

 private:
  double hertz_;
  double level_;
  double phase_ = 0;  // in turns
};

class Made : public AudioSource::Generator {
 public:
  using Fill = std::function<void(std::span<std::int16_t>)>;

  explicit Made(Fill fill) : fill_(std::move(fill)) {}
  [[nodiscard]] std::unique_ptr<Generator> copy() const override {
    return std::make_unique<Made>(*this);
  }
  Packet next(std::span<std::int16_t> frame, std::uint32_t, std::uint8_t) override {
    fill_(frame);
    return Packet::audio;
  }

 private:
  Fill fill_;
};

/// Recorded samples. They are converted as a whole when a call first asks, or changes its codec.
class Recording : public AudioSource::Generator {
 public:
  Recording(std::vector<std::int16_t> pcm, std::uint32_t rate, std::uint8_t channels)
      : original_(std::make_shared<const std::vector<std::int16_t>>(std::move(pcm))),
        original_rate_(rate),
        original_channels_(channels),
        converted_(original_),
        rate_(rate),
        channels_(channels) {}
  [[nodiscard]] std::unique_ptr<Generator> copy() const override {
    return std::make_unique<Recording>(*this);
  }

  Packet next(std::span<std::int16_t> frame, std::uint32_t rate, std::uint8_t channels) override {
    convert(rate, channels);
    std::size_t filled = 0;
    while (filled < frame.size()) {
      if (position_ == converted_->size()) {
        if (!repeated_ || converted_->empty()) break;
        position_ = 0;
      }
      const std::size_t count = std::min(frame.size() - filled, converted_->size() - position_);
      std::copy_n(converted_->begin() + static_cast<std::ptrdiff_t>(position_), count,
                  frame.begin() + static_cast<std::ptrdiff_t>(filled));
      filled += count;
      position_ += count;
    }
    std::fill(frame.begin() + static_cast<std::ptrdiff_t>(filled), frame.end(), std::int16_t{0});
    return Packet::audio;
  }

  [[nodiscard]] bool ended() const override {
    return !repeated_ && position_ == converted_->size();
  }
  [[nodiscard]] std::optional<std::chrono::microseconds> length() const override {
    const auto frames = static_cast<std::int64_t>(original_->size() / original_channels_);
    return std::chrono::microseconds(frames * 1000000 / original_rate_);
  }
  void repeat() override { repeated_ = true; }

 private:
  void convert(std::uint32_t rate, std::uint8_t channels) {
    if (rate == rate_ && channels == channels_) return;
    const std::size_t frame = position_ / channels_ * rate / rate_;
    const auto mixed = remix(*original_, original_channels_, channels);
    converted_ = std::make_shared<const std::vector<std::int16_t>>(
        resample(mixed, original_rate_, rate, channels));
    rate_ = rate;
    channels_ = channels;
    position_ = std::min(frame * channels, converted_->size());
  }

  std::shared_ptr<const std::vector<std::int16_t>> original_;
  std::uint32_t original_rate_;
  std::uint8_t original_channels_;
  std::shared_ptr<const std::vector<std::int16_t>> converted_;
  std::uint32_t rate_;
  std::uint8_t channels_;
  std::size_t position_ = 0;  // in converted_
  bool repeated_ = false;
};

struct CloseSoundFile {
  void operator()(SNDFILE* file) const noexcept { sf_close(file); }
};

}  // namespace

AudioSource::AudioSource(std::unique_ptr<Generator> generator) : generator_(std::move(generator)) {}
AudioSource::AudioSource(const AudioSource& other) : generator_(other.generator_->copy()) {}
AudioSource& AudioSource::operator=(const AudioSource& other) {
  if (this != &other) generator_ = other.generator_->copy();
  return *this;
}
AudioSource::AudioSource(AudioSource&&) noexcept = default;
AudioSource& AudioSource::operator=(AudioSource&&) noexcept = default;
AudioSource::~AudioSource() = default;

AudioSource AudioSource::none() {
  return AudioSource(std::make_unique<Constant>(Packet::none));
}
AudioSource AudioSource::silence() {
  return AudioSource(std::make_unique<Constant>(Packet::audio));
}
AudioSource AudioSource::comfort_noise() {
  return AudioSource(std::make_unique<Constant>(Packet::comfort_noise));
}
AudioSource AudioSource::tone(double hertz, double level) {
  return AudioSource(std::make_unique<Tone>(hertz, level));
}

AudioSource AudioSource::made_by(std::function<void(std::span<std::int16_t>)> fill) {
  return AudioSource(std::make_unique<Made>(std::move(fill)));
}

AudioSource AudioSource::samples(std::vector<std::int16_t> pcm, std::uint32_t rate,
                                 std::uint8_t channels) {
  if (rate == 0 || channels == 0 || channels > 2 || pcm.size() % channels != 0) {
    throw std::invalid_argument("samples need a rate, and one or two whole channels");
  }
  return AudioSource(std::make_unique<Recording>(std::move(pcm), rate, channels));
}

AudioSource AudioSource::wav(const std::filesystem::path& file) {
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, CloseSoundFile> sound(sf_open(file.c_str(), SFM_READ, &info));
  if (!sound) {
    throw std::runtime_error("cannot read " + file.string() + ": " + sf_strerror(nullptr));
  }
  const auto channels = static_cast<std::size_t>(info.channels);
  std::vector<std::int16_t> pcm(static_cast<std::size_t>(info.frames) * channels);
  const sf_count_t read = sf_readf_short(sound.get(), pcm.data(), info.frames);
  pcm.resize(static_cast<std::size_t>(std::max<sf_count_t>(read, 0)) * channels);
  if (channels <= 2) {
    return samples(std::move(pcm), static_cast<std::uint32_t>(info.samplerate),
                   static_cast<std::uint8_t>(channels));
  }
  return samples(remix(pcm, static_cast<std::uint8_t>(channels), 1),
                 static_cast<std::uint32_t>(info.samplerate));
}

AudioSource AudioSource::repeated() const {
  AudioSource other(*this);
  other.generator_->repeat();
  return other;
}
Packet AudioSource::next(std::span<std::int16_t> frame, std::uint32_t rate, std::uint8_t channels) {
  return generator_->next(frame, rate, channels);
}
void AudioSource::fetch() const noexcept {
  __builtin_prefetch(generator_.get());
}
bool AudioSource::is_none() const {
  return generator_->is_none();
}
bool AudioSource::ended() const {
  return generator_->ended();
}
std::optional<std::chrono::microseconds> AudioSource::length() const {
  return generator_->length();
}

}  // namespace simulator
