#pragma once

#include <switch.h>

#include <cstdint>
#include <optional>
#include <string>

namespace audio_stream::freeswitch {

/// Why a call can't be streamed.
struct Unfit {
  std::string why;
  bool may_pass = false;  ///< the call has no media yet, or is between two states
};

/// Nothing if the call can be streamed now. The caller holds `session`.
[[nodiscard]] std::optional<Unfit> unfit(switch_core_session_t* session);

/// The rate of the call's frames.
[[nodiscard]] std::uint32_t real_rate(switch_core_session_t* session);

}  // namespace audio_stream::freeswitch
