#pragma once

#include <string>

#include <tl/expected.hpp>

#include "stream/call_command.hpp"

namespace audio_stream::freeswitch {

/// Does `command` with the call `uuid`. On a worker's thread: it may wait for other users of the
/// call, and the switch may run applications of the administrator's in it
/// (`execute_on_blind_transfer`). Fails if the call is gone.
[[nodiscard]] tl::expected<void, std::string> perform(const std::string& uuid,
                                                      const stream::CallCommand& command) noexcept;

}  // namespace audio_stream::freeswitch
