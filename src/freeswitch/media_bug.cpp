#include "freeswitch/media_bug.hpp"

namespace audio_stream::freeswitch {
namespace {

// Shown by uuid_buglist and in MEDIA_BUG_START events.
constexpr const char* kBugName = "audio_stream";

}  // namespace

bool MediaBug::add(switch_core_session_t* session, switch_media_bug_callback_t callback, void* self,
                   std::uint32_t flags) {
  switch_media_bug_t* added = nullptr;
  if (switch_core_media_bug_add(session, kBugName, stream_->identity().name.c_str(), callback, self,
                                0, flags, &added) == SWITCH_STATUS_SUCCESS) {
    return true;
  }
  bug_.store(nullptr);
  return false;
}

void MediaBug::remove(switch_core_session_t* session) noexcept {
  // The bug's memory belongs to the session, which the caller holds. The core checks whether the
  // bug is still on the session's list.
  if (switch_media_bug_t* bug = bug_.load()) switch_core_media_bug_remove(session, &bug);
}

}  // namespace audio_stream::freeswitch
