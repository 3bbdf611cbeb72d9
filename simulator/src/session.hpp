// The sessions alive, and a session's end.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "session_state.hpp"

namespace simulator {

/// Throws std::invalid_argument if the uuid is in use.
switch_core_session* create_session(const std::string& uuid, Endpoint& endpoint);
/// Waits until nobody holds a read lock, then frees it. A lock never given back aborts after 30 s.
void destroy_session(switch_core_session* session);
std::size_t sessions_alive();
/// Waits until no session is left.
void wait_for_sessions_to_end();
/// Both directions change codec, under their locks. NULL takes the codec away.
void set_codecs(switch_core_session& session, const switch_codec_implementation_t* implementation);

}  // namespace simulator
