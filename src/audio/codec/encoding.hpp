#pragma once

#include <cstdint>

namespace audio_stream::audio::codec {

/// How samples are written as bytes on the wire.
enum class Encoding : std::uint8_t {
  l16,   ///< linear, 16 bits, little-endian
  pcmu,  ///< ITU-T G.711 mu-law, 8 bits
  pcma,  ///< ITU-T G.711 A-law, 8 bits
  f32,   ///< linear, IEEE 754 single precision, little-endian, from -1 to 1
  opus,  ///< RFC 6716: one packet in each message
};

}  // namespace audio_stream::audio::codec
