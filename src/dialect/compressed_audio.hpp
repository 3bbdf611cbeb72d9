#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "dialect/speech.hpp"

namespace audio_stream::dialect {

/// Longer files are refused: a few hundred bytes may decode to hours.
inline constexpr std::size_t kMostCompressedSeconds = 600;

/// Decodes a whole MP3 or Ogg file (Vorbis, Opus) by libsndfile. Several channels are mixed down to
/// one. Takes milliseconds for each second of audio: not on an I/O thread.
tl::expected<Speech, std::string> read_compressed(std::span<const std::byte> file);

}  // namespace audio_stream::dialect
