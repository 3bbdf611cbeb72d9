#include "freeswitch/tap.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "freeswitch/locked_session.hpp"
#include "freeswitch/pass_through.hpp"

namespace audio_stream::freeswitch {
namespace {

// Shows in uuid_buglist and in MEDIA_BUG_START events.
constexpr const char* kBugName = "audio_stream";

// While a call waits in a queue (mod_fifo) its caller may still be speaking: don't pause then.
// Serving in READ_PING rather than READ shows each tick of the call, also those that yield nothing.
constexpr std::uint32_t kSaid = SMBF_READ_STREAM | SMBF_READ_PING | SMBF_NO_PAUSE;
constexpr std::uint32_t kHeard = SMBF_WRITE_STREAM | SMBF_NO_PAUSE;
// First, so that whoever records or listens hears it too.
constexpr std::uint32_t kPlayed = SMBF_WRITE_STREAM | SMBF_NO_PAUSE | SMBF_FIRST;

// The core has none longer, and logs an error for each read with room for less than its codec's.
constexpr std::uint32_t kFrameBytes = 2 * SWITCH_RECOMMENDED_BUFFER_SIZE;

using Codec = switch_codec_implementation_t;

std::uint8_t channels_of(const Codec& codec) {
  return codec.number_of_channels == 2 ? 2 : 1;
}

/// The audio of a frame that goes by, where the core or an application keeps it. It may be changed
/// in place, as the core's own displace does; `datalen` is what the core itself goes on to use.
std::span<std::int16_t> samples_of(const switch_frame_t* frame) noexcept {
  if (frame == nullptr || frame->data == nullptr) return {};
  return {static_cast<std::int16_t*>(frame->data), frame->datalen / sizeof(std::int16_t)};
}

/// Takes frames out of a bug as long as it has whole ones.
class BugReader {
 public:
  BugReader(switch_media_bug_t* bug, const Codec& codec) : bug_{bug}, codec_{codec} {
    frame_.data = data_.data();
    frame_.buflen = kFrameBytes;
  }
  BugReader(const BugReader&) = delete;
  BugReader& operator=(const BugReader&) = delete;
  ~BugReader() = default;

  std::optional<audio::LegFrame> operator()() noexcept {
    // "Fill" means: don't make up a frame where there is none.
    if (switch_core_media_bug_read(bug_, &frame_, SWITCH_TRUE) != SWITCH_STATUS_SUCCESS ||
        frame_.datalen == 0) {
      return std::nullopt;
    }
    const auto* samples = reinterpret_cast<const std::int16_t*>(data_.data());
    const std::uint32_t rate =
        codec_.actual_samples_per_second != 0 ? codec_.actual_samples_per_second : frame_.rate;
    return audio::LegFrame{
        {samples, frame_.datalen / sizeof(std::int16_t)}, rate, channels_of(codec_)};
  }

 private:
  switch_media_bug_t* bug_;
  const Codec& codec_;
  switch_frame_t frame_{};
  alignas(std::int16_t) std::array<std::uint8_t, kFrameBytes> data_;  // NOLINT: the core fills it
};

}  // namespace

// ---- on and off -------------------------------------------------------------------------------

bool Tap::attach(switch_core_session_t* session, std::shared_ptr<stream::Stream> stream) {
  const bool two_legs = stream->options().mix != audio::Mix::mono;
  const bool plays = stream->plays_to(stream::Side::caller);
  const int bugs = 1 + (two_legs ? 1 : 0) + (plays ? 1 : 0);
  // What may throw comes before this holds the stream, which holds this.
  if (stream->plays_to(stream::Side::callee)) pre_mix_ = std::make_unique<PreMix>();
  if (plays) idle_writer_ = IdleWriter::add(session, *stream, module_lock_);
  stream_ = std::move(stream);
  open_.store(bugs);
  if (add_all(session)) return true;
  refused_ = true;
  int never_on = bugs;
  for (auto* each : {&heard_, &played_}) {
    if (each->load() != nullptr) --never_on;
  }
  // A stop may be at it too, and its CLOSE under way where this finds nothing to remove.
  for (auto* each : {&heard_, &played_}) {
    if (switch_media_bug_t* bug = each->load()) switch_core_media_bug_remove(session, &bug);
  }
  if (plays) IdleWriter::drop(session, *stream_);
  release_bugs(never_on);
  return false;
}

/// The one that ticks comes last: once it is on there is no failing any more.
bool Tap::add_all(switch_core_session_t* session) {
  if (stream_->options().mix != audio::Mix::mono && !add(session, heard_, on_heard, kHeard)) {
    return false;
  }
  if (idle_writer_ && !add(session, played_, on_played, kPlayed)) return false;
  return add(session, said_, on_said, kSaid);
}

bool Tap::add(switch_core_session_t* session, std::atomic<switch_media_bug_t*>& bug,
              switch_media_bug_callback_t callback, std::uint32_t flags) {
  switch_media_bug_t* added = nullptr;
  if (switch_core_media_bug_add(session, kBugName, stream_->identity().name.c_str(), callback, this,
                                0, flags, &added) == SWITCH_STATUS_SUCCESS) {
    return true;
  }
  bug.store(nullptr);
  return false;
}

void Tap::remove() noexcept {
  const LockedSession session = locate(uuid_);
  if (!session) return;  // hanging up: the core closes its bugs
  // A bug's memory is the session's, which we hold; whether it is still on the list is for the core
  // to see.
  for (auto* each : {&heard_, &played_, &said_}) {
    if (switch_media_bug_t* bug = each->load()) switch_core_media_bug_remove(session.get(), &bug);
  }
}

/// Drops `bugs` references, of bugs that are off or never were on. The last one releases the
/// stream.
void Tap::release_bugs(int bugs) noexcept {
  if (open_.fetch_sub(bugs) > bugs) return;
  // The stream may end, and this tap with it, as soon as the reference is gone.
  if (refused_) {
    const auto last = std::move(stream_);
    return;
  }
  stream::Stream& stream = *stream_;
  stream.media_closed(std::move(stream_));
}

// ---- what the caller says ---------------------------------------------------------------------

switch_bool_t Tap::on_said(switch_media_bug_t* bug, void* self, switch_abc_type_t type) noexcept {
  Tap& tap = *static_cast<Tap*>(self);
  switch (type) {
    case SWITCH_ABC_TYPE_INIT:
      tap.said_.store(bug);
      break;
    case SWITCH_ABC_TYPE_READ_PING:
      if (tap.stream_->over() || !tap.tick(bug)) return SWITCH_FALSE;  // the core takes the bug off
      break;
    case SWITCH_ABC_TYPE_READ_REPLACE:
      tap.play_to_callee(bug);
      break;
    case SWITCH_ABC_TYPE_CLOSE:
      tap.release_bugs(1);
      break;
    default:
      break;
  }
  return SWITCH_TRUE;
}

/// False if the call has no audio for us any more: its codec is another since the last tick.
bool Tap::tick(switch_media_bug_t* bug) noexcept {
  // What the bug holds has the call's real rate and channels, whatever codec an application has
  // pushed on top of it and the frame claims.
  Codec real{};
  switch_core_session_t* session = switch_core_media_bug_get_session(bug);
  switch_core_session_get_real_read_impl(session, &real);
  if (passes_through(switch_core_session_get_read_codec(session))) {
    // At once: with a bug on such a call the core can't pass its frames on any more.
    stream_->on_undecodable_codec(real.iananame);
    return false;
  }
  if (idle_writer_) idle_writer_->watch(session);
  if (!pre_mix_ || pre_mix_->empty()) {
    stream_->tick(BugReader{bug, real});
  } else {
    // What the bug holds is what the callee hears: the caller's own words were kept. Both stay if
    // the stream takes nothing this time.
    stream_->tick([&, given = false]() mutable -> std::optional<audio::LegFrame> {
      if (std::exchange(given, true)) return std::nullopt;
      switch_core_media_bug_flush(bug);
      return audio::LegFrame{pre_mix_->take(), real.actual_samples_per_second, channels_of(real)};
    });
  }
  if (!pre_mix_) return true;
  // From the next frame on. While something is kept the next frame is to come behind it.
  if (stream_->has_audio_for(stream::Side::callee) || !pre_mix_->empty()) {
    switch_core_media_bug_set_flag(bug, SMBF_READ_REPLACE);
  } else {
    switch_core_media_bug_clear_flag(bug, SMBF_READ_REPLACE);
  }
  return true;
}

// ---- what the server says ---------------------------------------------------------------------

switch_bool_t Tap::on_played(switch_media_bug_t* bug, void* self, switch_abc_type_t type) noexcept {
  Tap& tap = *static_cast<Tap*>(self);
  switch (type) {
    case SWITCH_ABC_TYPE_INIT:
      tap.played_.store(bug);
      break;
    // Replacing costs the call an encoding: only while there is something to be heard. And only
    // until then the core is to copy each frame into the bug.
    case SWITCH_ABC_TYPE_WRITE:
      if (tap.stream_->over()) return SWITCH_FALSE;
      switch_core_media_bug_flush(bug);
      if (tap.stream_->has_audio_for(stream::Side::caller)) {
        switch_core_media_bug_clear_flag(bug, SMBF_WRITE_STREAM);
        switch_core_media_bug_set_flag(bug, SMBF_WRITE_REPLACE);  // follows at once
      } else {
        tap.idle_writer_->written();
      }
      break;
    case SWITCH_ABC_TYPE_WRITE_REPLACE:
      if (tap.stream_->over()) return SWITCH_FALSE;
      tap.idle_writer_->written();
      tap.play_to_caller(bug);
      if (!tap.stream_->has_audio_for(stream::Side::caller)) {
        switch_core_media_bug_clear_flag(bug, SMBF_WRITE_REPLACE);
        switch_core_media_bug_set_flag(bug, SMBF_WRITE_STREAM);
      }
      break;
    case SWITCH_ABC_TYPE_CLOSE:
      IdleWriter::drop(switch_core_media_bug_get_session(bug), *tap.stream_);
      tap.release_bugs(1);
      break;
    default:
      break;
  }
  return SWITCH_TRUE;
}

void Tap::play_to_caller(switch_media_bug_t* bug) noexcept {
  const auto samples = samples_of(switch_core_media_bug_get_write_replace_frame(bug));
  Codec written{};
  switch_core_session_get_write_impl(switch_core_media_bug_get_session(bug), &written);
  stream_->play(stream::Side::caller, samples, written.actual_samples_per_second,
                channels_of(written));
}

void Tap::play_to_callee(switch_media_bug_t* bug) noexcept {
  const auto samples = samples_of(switch_core_media_bug_get_read_replace_frame(bug));
  if (!pre_mix_) return;
  Codec real{};
  switch_core_session_get_real_read_impl(switch_core_media_bug_get_session(bug), &real);
  pre_mix_->keep(samples);
  stream_->play(stream::Side::callee, samples, real.actual_samples_per_second, channels_of(real));
}

// ---- what the caller hears --------------------------------------------------------------------

switch_bool_t Tap::on_heard(switch_media_bug_t* bug, void* self, switch_abc_type_t type) noexcept {
  Tap& tap = *static_cast<Tap*>(self);
  switch (type) {
    case SWITCH_ABC_TYPE_INIT:
      tap.heard_.store(bug);
      break;
    case SWITCH_ABC_TYPE_WRITE:
      if (tap.stream_->over()) return SWITCH_FALSE;
      tap.hear(bug);
      break;
    case SWITCH_ABC_TYPE_WRITE_REPLACE:
      tap.hear_frame(bug);
      break;
    case SWITCH_ABC_TYPE_CLOSE:
      tap.release_bugs(1);
      break;
    default:
      break;
  }
  return SWITCH_TRUE;
}

/// Something was written to the call, and into the bug. It is taken out at once, because the core
/// tosses what lies in the bug once it is more than two of the call's own frames. Where more than
/// that is written at a time (by a leg of 60 ms to one of 20) it would toss even so: then the frame
/// is taken as it goes by, which costs nothing there, since the core has to cut it up anyhow.
void Tap::hear(switch_media_bug_t* bug) noexcept {
  switch_core_session_t* session = switch_core_media_bug_get_session(bug);
  Codec own{};
  switch_core_session_get_read_impl(session, &own);
  switch_size_t said = 0;
  switch_size_t heard = 0;
  switch_core_media_bug_inuse(bug, &said, &heard);
  if (heard > std::size_t{2} * own.decoded_bytes_per_packet) {
    switch_core_media_bug_set_flag(bug, SMBF_WRITE_REPLACE);  // hear_frame() follows at once
  }
  if (switch_core_media_bug_test_flag(bug, SMBF_WRITE_REPLACE) != 0) {
    switch_core_media_bug_flush(bug);
    return;
  }
  Codec written{};
  switch_core_session_get_write_impl(session, &written);
  BugReader next{bug, written};
  while (const auto frame = next()) stream_->hear(*frame);
}

void Tap::hear_frame(switch_media_bug_t* bug) noexcept {
  const auto samples = samples_of(switch_core_media_bug_get_write_replace_frame(bug));
  switch_core_session_t* session = switch_core_media_bug_get_session(bug);
  Codec own{};
  switch_core_session_get_read_impl(session, &own);
  Codec written{};
  switch_core_session_get_write_impl(session, &written);
  stream_->hear({samples, written.actual_samples_per_second, channels_of(written)});
  if (samples.size_bytes() <= std::size_t{2} * own.decoded_bytes_per_packet) {
    switch_core_media_bug_clear_flag(bug, SMBF_WRITE_REPLACE);
  }
}

}  // namespace audio_stream::freeswitch
