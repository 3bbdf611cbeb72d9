#include "dialect/compressed_audio.hpp"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>

namespace audio_stream::dialect {
namespace {

/// A file in memory, as libsndfile reads it.
struct MemoryFile {
  std::span<const std::byte> bytes;
  std::size_t at = 0;

  static MemoryFile& of(void* data) { return *static_cast<MemoryFile*>(data); }
  static sf_count_t length(void* data) { return static_cast<sf_count_t>(of(data).bytes.size()); }
  static sf_count_t seek(sf_count_t offset, int whence, void* data) {
    MemoryFile& file = of(data);
    const auto size = static_cast<sf_count_t>(file.bytes.size());
    const auto from = whence == SEEK_SET   ? sf_count_t{0}
                      : whence == SEEK_CUR ? static_cast<sf_count_t>(file.at)
                                           : size;
    file.at = static_cast<std::size_t>(std::clamp(from + offset, sf_count_t{0}, size));
    return static_cast<sf_count_t>(file.at);
  }
  static sf_count_t read(void* out, sf_count_t count, void* data) {
    MemoryFile& file = of(data);
    const std::size_t length = std::min(static_cast<std::size_t>(std::max(count, sf_count_t{0})),
                                        file.bytes.size() - file.at);
    if (length > 0) std::memcpy(out, &file.bytes[file.at], length);
    file.at += length;
    return static_cast<sf_count_t>(length);
  }
  static sf_count_t write(const void* /*bytes*/, sf_count_t /*count*/, void* /*data*/) { return 0; }
  static sf_count_t tell(void* data) { return static_cast<sf_count_t>(of(data).at); }
};

struct CloseFile {
  void operator()(SNDFILE* file) const noexcept { sf_close(file); }
};

}  // namespace

tl::expected<Speech, std::string> read_compressed(std::span<const std::byte> bytes) {
  MemoryFile memory{bytes};
  SF_VIRTUAL_IO access{MemoryFile::length, MemoryFile::seek, MemoryFile::read, MemoryFile::write,
                       MemoryFile::tell};
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, CloseFile> file{
      sf_open_virtual(&access, SFM_READ, &info, &memory)};
  if (!file) return tl::unexpected<std::string>("it is no MP3 or Ogg file");
  constexpr int kMostChannels = 8;
  if (info.channels < 1 || info.channels > kMostChannels) {
    return tl::unexpected("it has " + std::to_string(info.channels) + " channels: must be 1 to 8");
  }
  const auto rate_hz = static_cast<std::uint32_t>(std::max(info.samplerate, 0));
  if (rate_hz < kLowestRate || rate_hz > kHighestRate) {
    return tl::unexpected("it has a rate of " + std::to_string(rate_hz) +
                          " Hz: must be 4000 to 192000");
  }
  const auto channels = static_cast<std::size_t>(info.channels);
  const std::size_t most = kMostCompressedSeconds * rate_hz;
  Speech speech{{}, rate_hz, std::nullopt};
  constexpr std::size_t kFrames = 1024;
  std::array<std::int16_t, kFrames * kMostChannels> block{};
  while (true) {
    const sf_count_t read = sf_readf_short(file.get(), block.data(), kFrames);
    if (read <= 0) break;
    for (std::size_t i = 0; i < static_cast<std::size_t>(read); ++i) {
      int sum = 0;
      for (std::size_t channel = 0; channel < channels; ++channel)
        sum += block[i * channels + channel];
      speech.samples.push_back(static_cast<std::int16_t>(sum / info.channels));
    }
    if (speech.samples.size() > most) {
      return tl::unexpected("it is longer than " + std::to_string(kMostCompressedSeconds) + " s");
    }
  }
  return speech;
}

}  // namespace audio_stream::dialect
