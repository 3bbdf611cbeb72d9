#pragma once

#include <string>

namespace audio_stream::stream {

/// The ids of a stream.
struct Identity {
  std::string call;  ///< the channel's uuid
  std::string name;  ///< unique among the call's streams
};

}  // namespace audio_stream::stream
