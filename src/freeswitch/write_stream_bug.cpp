#include "freeswitch/write_stream_bug.hpp"

#include <cstddef>
#include <cstdint>

#include "freeswitch/media_bug_frame.hpp"

namespace audio_stream::freeswitch {
namespace {

// NO_PAUSE: as for ReadPingBug, so that the legs stay together.
constexpr std::uint32_t kWriteStreamFlags = SMBF_WRITE_STREAM | SMBF_NO_PAUSE;

/// When a bug has more bytes than this in its write buffer, the core tosses some.
std::size_t toss_limit(switch_core_session_t* session) noexcept {
  switch_codec_implementation_t read{};
  switch_core_session_get_read_impl(session, &read);
  return std::size_t{2} * read.decoded_bytes_per_packet;
}

}  // namespace

bool WriteStreamBug::add(switch_core_session_t* session) {
  return MediaBug::add(session, callback, this, kWriteStreamFlags);
}

switch_bool_t WriteStreamBug::callback(switch_media_bug_t* bug, void* self,
                                       switch_abc_type_t type) noexcept {
  WriteStreamBug& it = *static_cast<WriteStreamBug*>(self);
  switch (type) {
    case SWITCH_ABC_TYPE_INIT:
      it.on_init(bug);
      break;
    case SWITCH_ABC_TYPE_WRITE:
      if (it.stream_->over()) return SWITCH_FALSE;
      it.read_bug(bug);
      break;
    case SWITCH_ABC_TYPE_WRITE_REPLACE:
      it.read_passing_frame(bug);
      break;
    case SWITCH_ABC_TYPE_CLOSE:
      it.on_close();
      break;
    default:
      break;
  }
  return SWITCH_TRUE;
}

/// A frame was written to the call, and copied into the bug. It is read out at once, because the
/// core tosses audio from a bug that holds more than two of the call's own frames. A single write
/// may be longer than that (a leg of 60 ms writes to one of 20 ms). Then the bug becomes
/// WRITE_REPLACE and reads each frame as it passes. That costs nothing there: the core has to cut
/// such a frame up anyhow.
void WriteStreamBug::read_bug(switch_media_bug_t* bug) noexcept {
  switch_core_session_t* session = switch_core_media_bug_get_session(bug);
  switch_size_t read_bytes = 0;
  switch_size_t write_bytes = 0;
  switch_core_media_bug_inuse(bug, &read_bytes, &write_bytes);
  if (write_bytes > toss_limit(session)) {
    // The core calls WRITE_REPLACE for this very frame, after WRITE.
    switch_core_media_bug_set_flag(bug, SMBF_WRITE_REPLACE);
  }
  if (switch_core_media_bug_test_flag(bug, SMBF_WRITE_REPLACE) != 0) {
    switch_core_media_bug_flush(bug);
    return;
  }
  switch_codec_implementation_t written{};
  switch_core_session_get_write_impl(session, &written);
  BugReader next{bug, written};
  while (const auto frame = next()) stream_->hear(*frame);
}

void WriteStreamBug::read_passing_frame(switch_media_bug_t* bug) noexcept {
  const auto samples = samples_of(switch_core_media_bug_get_write_replace_frame(bug));
  switch_core_session_t* session = switch_core_media_bug_get_session(bug);
  switch_codec_implementation_t written{};
  switch_core_session_get_write_impl(session, &written);
  stream_->hear({samples, written.actual_samples_per_second, channels_of(written)});
  if (samples.size_bytes() <= toss_limit(session)) {
    switch_core_media_bug_clear_flag(bug, SMBF_WRITE_REPLACE);
  }
}

}  // namespace audio_stream::freeswitch
