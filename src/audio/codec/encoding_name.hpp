#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "audio/codec/encoding.hpp"

namespace audio_stream::audio::codec {

/// An encoding as commands, variables and dialects name it.
struct EncodingName {
  std::string_view name;
  Encoding value;
};

/// In the order of Encoding.
inline constexpr std::array kEncodings{
    EncodingName{"l16", Encoding::l16}, EncodingName{"pcmu", Encoding::pcmu},
    EncodingName{"pcma", Encoding::pcma}, EncodingName{"f32", Encoding::f32},
    EncodingName{"opus", Encoding::opus}};

constexpr std::string_view name_of(Encoding encoding) noexcept {
  return std::ranges::find(kEncodings, encoding, &EncodingName::value)->name;
}

}  // namespace audio_stream::audio::codec
