#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "audio/codec/encoding.hpp"

namespace audio_stream::dialect {

/// The type of a text's audio.
enum class AudioType : std::uint8_t { unknown, raw, pcmu, pcma, f32, opus, wav, mp3, ogg };

/// A type by the name that a server gives it, in upper or lower case.
struct NamedAudioType {
  AudioType type = AudioType::unknown;
  std::optional<std::uint32_t> rate_hz;  ///< from a name like `pcm_16000` or `audio/l16;rate=16000`
};
NamedAudioType audio_type(std::string_view name) noexcept;

/// The type of audio in that encoding, and the encoding of that type; nullopt for a container.
AudioType type_of(audio::codec::Encoding encoding) noexcept;
std::optional<audio::codec::Encoding> encoding_of(AudioType type) noexcept;

}  // namespace audio_stream::dialect
