#include "freeswitch/read_ping_bug.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include "freeswitch/end_text.hpp"
#include "freeswitch/key_hook.hpp"
#include "freeswitch/media_bug_frame.hpp"
#include "freeswitch/pass_through.hpp"

namespace audio_stream::freeswitch {
namespace {

// NO_PAUSE: mod_fifo pauses the bugs of a call that waits in a queue, whose caller may still speak.
constexpr std::uint32_t kReadPingFlags = SMBF_READ_STREAM | SMBF_READ_PING | SMBF_NO_PAUSE;

/// Whether a peer or a conference hears what is read from the call.
bool has_callee(switch_core_session_t* session) noexcept {
  switch_channel_t* channel = switch_core_session_get_channel(session);
  return switch_channel_test_flag(channel, CF_BRIDGED) != 0 ||
         switch_channel_test_flag(channel, CF_CONFERENCE) != 0;
}

}  // namespace

bool ReadPingBug::add(switch_core_session_t* session, IdleWriter* idle_writer) {
  idle_writer_ = idle_writer;
  return MediaBug::add(session, callback, this, kReadPingFlags);
}

switch_bool_t ReadPingBug::callback(switch_media_bug_t* bug, void* self,
                                    switch_abc_type_t type) noexcept {
  ReadPingBug& it = *static_cast<ReadPingBug*>(self);
  switch (type) {
    case SWITCH_ABC_TYPE_INIT:
      it.on_init(bug);
      break;
    case SWITCH_ABC_TYPE_READ_PING:
      if (it.stream_->over() || !it.tick(bug)) return SWITCH_FALSE;  // the core takes the bug off
      break;
    case SWITCH_ABC_TYPE_READ_REPLACE:
      it.play_to_callee(bug);
      break;
    case SWITCH_ABC_TYPE_CLOSE:
      fill_in_end_text(*it.stream_, switch_core_media_bug_get_session(bug));
      KeyHook::drop(switch_core_media_bug_get_session(bug), *it.stream_);
      it.on_close();
      break;
    default:
      break;
  }
  return SWITCH_TRUE;
}

/// False if the call has changed to a codec without a decoder since the last tick: the call has no
/// audio for the stream any more.
bool ReadPingBug::tick(switch_media_bug_t* bug) noexcept {
  // The bug holds audio with the call's real rate and channels, although the frame claims those of
  // a codec that an application has pushed.
  switch_codec_implementation_t real{};
  switch_core_session_t* session = switch_core_media_bug_get_session(bug);
  switch_core_session_get_real_read_impl(session, &real);
  if (passes_through(switch_core_session_get_read_codec(session))) {
    // The bug must go at once: while it is on, the core can't pass the call's frames on.
    stream_->on_undecodable_codec(real.iananame);
    return false;
  }
  if (idle_writer_ != nullptr) idle_writer_->watch(session);
  if (!pre_mix_ || pre_mix_->empty()) {
    stream_->tick(BugReader{bug, real});
  } else {
    // The bug holds the mix that the callee hears, and pre_mix_ the caller's own words. Both stay
    // where they are if the stream takes no frame at this tick.
    stream_->tick([&, given = false]() mutable -> std::optional<audio::LegFrame> {
      if (std::exchange(given, true)) return std::nullopt;
      switch_core_media_bug_flush(bug);
      return audio::LegFrame{pre_mix_->take(), real.actual_samples_per_second, channels_of(real)};
    });
  }
  if (!pre_mix_) return true;
  // The flag holds from the next frame on. It stays set while pre_mix_ holds words, so that the
  // next frame is kept behind them.
  if (plays_to_callee(session) || !pre_mix_->empty()) {
    switch_core_media_bug_set_flag(bug, SMBF_READ_REPLACE);
  } else {
    switch_core_media_bug_clear_flag(bug, SMBF_READ_REPLACE);
  }
  return true;
}

/// False also while the audio waits for a callee. Audio that the caller hears too does not wait.
bool ReadPingBug::plays_to_callee(switch_core_session_t* session) const noexcept {
  return stream_->has_audio_for(stream::Side::callee) &&
         (stream_->plays_to(stream::Side::caller) || has_callee(session));
}

void ReadPingBug::play_to_callee(switch_media_bug_t* bug) noexcept {
  const auto samples = samples_of(switch_core_media_bug_get_read_replace_frame(bug));
  if (!pre_mix_) return;
  switch_codec_implementation_t real{};
  switch_core_session_t* session = switch_core_media_bug_get_session(bug);
  switch_core_session_get_real_read_impl(session, &real);
  pre_mix_->keep(samples);
  if (!plays_to_callee(session)) return;
  stream_->play(stream::Side::callee, samples, real.actual_samples_per_second, channels_of(real));
}

}  // namespace audio_stream::freeswitch
