#include "freeswitch/write_replace_bug.hpp"

#include <cstdint>

#include "freeswitch/media_bug_frame.hpp"

namespace audio_stream::freeswitch {
namespace {

// FIRST: bugs behind this one, which record or listen, get the server's audio too.
constexpr std::uint32_t kWriteReplaceFlags = SMBF_WRITE_STREAM | SMBF_NO_PAUSE | SMBF_FIRST;

}  // namespace

void WriteReplaceBug::join_idle_writer(switch_core_session_t* session, const stream::Stream& stream,
                                       switch_thread_rwlock_t* module_lock) {
  idle_writer_ = IdleWriter::add(session, stream, module_lock);
}

void WriteReplaceBug::leave_idle_writer(switch_core_session_t* session) noexcept {
  IdleWriter::drop(session, *stream_);
}

bool WriteReplaceBug::add(switch_core_session_t* session) {
  return MediaBug::add(session, callback, this, kWriteReplaceFlags);
}

switch_bool_t WriteReplaceBug::callback(switch_media_bug_t* bug, void* self,
                                        switch_abc_type_t type) noexcept {
  WriteReplaceBug& it = *static_cast<WriteReplaceBug*>(self);
  switch (type) {
    case SWITCH_ABC_TYPE_INIT:
      it.on_init(bug);
      break;
    case SWITCH_ABC_TYPE_WRITE:
      if (it.stream_->over()) return SWITCH_FALSE;
      it.on_write(bug);
      break;
    case SWITCH_ABC_TYPE_WRITE_REPLACE:
      if (it.stream_->over()) return SWITCH_FALSE;
      it.on_write_replace(bug);
      break;
    case SWITCH_ABC_TYPE_CLOSE:
      it.leave_idle_writer(switch_core_media_bug_get_session(bug));
      it.on_close();
      break;
    default:
      break;
  }
  return SWITCH_TRUE;
}

/// Called while nothing is played. WRITE_STREAM is set for the callback alone. The core copies each
/// frame into the bug for it: the copy is dropped, and the flag is cleared while audio is played.
void WriteReplaceBug::on_write(switch_media_bug_t* bug) noexcept {
  switch_core_media_bug_flush(bug);
  if (stream_->has_audio_for(stream::Side::caller)) {
    switch_core_media_bug_clear_flag(bug, SMBF_WRITE_STREAM);
    // The core calls WRITE_REPLACE for this very frame, after WRITE.
    switch_core_media_bug_set_flag(bug, SMBF_WRITE_REPLACE);
  } else {
    idle_writer_->written();
  }
}

void WriteReplaceBug::on_write_replace(switch_media_bug_t* bug) noexcept {
  idle_writer_->written();
  play_to_caller(bug);
  if (!stream_->has_audio_for(stream::Side::caller)) {
    switch_core_media_bug_clear_flag(bug, SMBF_WRITE_REPLACE);
    switch_core_media_bug_set_flag(bug, SMBF_WRITE_STREAM);
  }
}

void WriteReplaceBug::play_to_caller(switch_media_bug_t* bug) noexcept {
  const auto samples = samples_of(switch_core_media_bug_get_write_replace_frame(bug));
  switch_codec_implementation_t written{};
  switch_core_session_get_write_impl(switch_core_media_bug_get_session(bug), &written);
  stream_->play(stream::Side::caller, samples, written.actual_samples_per_second,
                channels_of(written));
}

}  // namespace audio_stream::freeswitch
