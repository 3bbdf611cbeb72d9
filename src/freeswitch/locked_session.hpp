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

/// A session with a read lock, which keeps the core from destroying it. Do not keep it across I/O
/// or a wait.
using LockedSession = std::unique_ptr<switch_core_session_t, UnlockSession>;

/// Null if there is no call with that uuid, or if it is hanging up.
inline LockedSession locate(const std::string& uuid) noexcept {
  return LockedSession{switch_core_session_locate(uuid.c_str())};
}

}  // namespace audio_stream::freeswitch
