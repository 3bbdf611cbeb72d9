// A time stamp in audio, which tells the receiver how long the audio was on its way.
#pragma once

#include <time.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace bench {

/// A clock that all processes of a machine share.
inline std::int64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// Takes the place of a frame's first eight samples. The receiver finds it however a module cuts
/// the audio into messages, but not after resampling.
struct Stamp {
  static constexpr std::array<unsigned char, 8> kMagic{0xA5, 0x5A, 0xC3, 0x3C,
                                                       0x96, 0x69, 0xF0, 0x0F};
  static constexpr std::size_t kBytes = 16;

  static void write(std::byte* frame, std::int64_t ns) {
    std::memcpy(frame, kMagic.data(), kMagic.size());
    std::memcpy(frame + kMagic.size(), &ns, sizeof ns);
  }

  /// The position of the first complete stamp at or after `from`.
  static std::optional<std::size_t> find(std::span<const unsigned char> audio, std::size_t from) {
    while (from + kBytes <= audio.size()) {
      // Searches for the first byte alone: memmem() builds a table for each search, which takes
      // longer.
      const void* found = std::memchr(audio.data() + from, kMagic[0], audio.size() - from);
      if (found == nullptr) return std::nullopt;
      from = static_cast<std::size_t>(static_cast<const unsigned char*>(found) - audio.data());
      if (from + kBytes > audio.size()) return std::nullopt;
      if (std::memcmp(audio.data() + from, kMagic.data(), kMagic.size()) == 0) return from;
      ++from;
    }
    return std::nullopt;
  }

  static std::int64_t ns_at(std::span<const unsigned char> audio, std::size_t at) {
    std::int64_t ns = 0;
    std::memcpy(&ns, audio.data() + at + kMagic.size(), sizeof ns);
    return ns;
  }
};

}  // namespace bench
