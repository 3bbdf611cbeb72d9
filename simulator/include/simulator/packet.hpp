// The kinds of packet that arrive in a simulated call.
#pragma once

namespace simulator {

enum class Packet {
  none,          ///< nothing arrives: the frame is not read, or written, at all
  audio,         ///< samples
  comfort_noise  ///< a lost or silent packet: media bugs get bytes of 0xFF, samples of -1
};

}  // namespace simulator
