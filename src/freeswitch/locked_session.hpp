#pragma once

#include <switch.h>

#include <memory>
#include <string>

namespace audio_stream::freeswitch {

struct UnlockSession {
  void operator()(switch_core_session_t* session) const noexcept {
    switch_core_session_rwunlock(session);
  }
};

/// A session that can't be destroyed as long as this lives: so not across I/O or a wait.
using LockedSession = std::unique_ptr<switch_core_session_t, UnlockSession>;

/// The session of that uuid, or none if there is no such call (any more).
inline LockedSession locate(const std::string& uuid) noexcept {
  return LockedSession{switch_core_session_locate(uuid.c_str())};
}

}  // namespace audio_stream::freeswitch
