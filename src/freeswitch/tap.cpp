#include "freeswitch/tap.hpp"

#include <array>
#include <cstdint>
#include <span>

#include "freeswitch/locked_session.hpp"

namespace audio_stream::freeswitch {
namespace {

// Shows in uuid_buglist and in MEDIA_BUG_START events.
constexpr const char* kBugName = "audio_stream";

// A stereo read checks the room for one leg and writes two.
constexpr std::size_t kFrameBytes = std::size_t{2} * SWITCH_RECOMMENDED_BUFFER_SIZE;

std::uint32_t flags_for(audio::Mix mix) {
  // Serving in READ_PING rather than READ keeps the clock of a call that receives only comfort
  // noise, or whose other leg is silent. While a call waits in a queue (mod_fifo) its caller may
  // still be speaking: don't pause then.
  const std::uint32_t caller = SMBF_READ_STREAM | SMBF_READ_PING | SMBF_NO_PAUSE;
  if (mix == audio::Mix::mono) return caller;
  return caller | SMBF_WRITE_STREAM | SMBF_STEREO;
}

}  // namespace

bool Tap::attach(switch_core_session_t* session, std::shared_ptr<stream::Stream> stream) {
  const audio::Mix mix = stream->options().mix;
  const std::string name = stream->identity().name;
  stream_ = std::move(stream);
  switch_media_bug_t* bug = nullptr;
  const auto status = switch_core_media_bug_add(session, kBugName, name.c_str(), on_bug, this, 0,
                                                flags_for(mix), &bug);
  if (status == SWITCH_STATUS_SUCCESS) return true;
  stream_.reset();
  return false;
}

void Tap::remove() noexcept {
  const LockedSession session = locate(uuid_);
  if (!session) return;  // hanging up: the core closes its bugs
  // The bug's memory is the session's, which we hold; whether it is still on the list is for the
  // core to see.
  if (switch_media_bug_t* bug = bug_.load()) switch_core_media_bug_remove(session.get(), &bug);
}

switch_bool_t Tap::on_bug(switch_media_bug_t* bug, void* self, switch_abc_type_t type) noexcept {
  Tap& tap = *static_cast<Tap*>(self);
  switch (type) {
    case SWITCH_ABC_TYPE_INIT:
      tap.bug_.store(bug);
      return SWITCH_TRUE;
    case SWITCH_ABC_TYPE_READ_PING:
      if (tap.stream_->over()) return SWITCH_FALSE;  // the core takes the bug off
      tap.read(bug);
      return SWITCH_TRUE;
    case SWITCH_ABC_TYPE_CLOSE:
      tap.close();
      return SWITCH_TRUE;
    default:
      return SWITCH_TRUE;
  }
}

void Tap::read(switch_media_bug_t* bug) noexcept {
  alignas(std::int16_t) std::array<std::uint8_t, kFrameBytes> data;  // NOLINT: the core fills it
  switch_frame_t frame{};
  frame.data = data.data();
  frame.buflen = kFrameBytes;

  // What the bug holds has the call's real rate and channels, whatever codec an application has
  // pushed on top of it and the frame claims.
  switch_codec_implementation_t real{};
  switch_core_session_get_real_read_impl(switch_core_media_bug_get_session(bug), &real);
  const bool two_legs = stream_->options().mix != audio::Mix::mono;

  // First whatever either leg has, so that a leg without audio can't stop the other; then only what
  // both have, so that a leg that is a little late is not filled up with silence.
  switch_bool_t fill = SWITCH_FALSE;
  while (switch_core_media_bug_read(bug, &frame, fill) == SWITCH_STATUS_SUCCESS &&
         frame.datalen > 0) {
    audio::LegFrame legs;
    legs.samples = {reinterpret_cast<const std::int16_t*>(data.data()),
                    frame.datalen / sizeof(std::int16_t)};
    legs.rate_hz =
        real.actual_samples_per_second != 0 ? real.actual_samples_per_second : frame.rate;
    legs.legs = two_legs ? 2 : 1;
    legs.channels = real.number_of_channels == 2 ? 2 : 1;
    stream_->write(legs);
    fill = SWITCH_TRUE;
  }
}

void Tap::close() noexcept {
  // The stream may end, and this tap with it, as soon as the I/O thread has the reference.
  stream::Stream& stream = *stream_;
  stream.media_closed(std::move(stream_));
}

}  // namespace audio_stream::freeswitch
