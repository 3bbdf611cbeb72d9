#pragma once

#include <string_view>

#include "audio/format.hpp"

namespace audio_stream::audio {

/// The mix as a command names it.
constexpr std::string_view name_of(Mix mix) noexcept {
  switch (mix) {
    case Mix::mono:
      return "mono";
    case Mix::mixed:
      return "mixed";
    case Mix::stereo:
      return "stereo";
  }
  return "mono";
}

}  // namespace audio_stream::audio
