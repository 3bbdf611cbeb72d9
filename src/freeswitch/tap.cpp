#include "freeswitch/tap.hpp"

#include <initializer_list>

#include "freeswitch/key_hook.hpp"
#include "freeswitch/locked_session.hpp"

namespace audio_stream::freeswitch {
namespace {

bool writes_to(const stream::Stream& stream) {
  return stream.plays_to(stream::Side::caller) || stream.options().care.keep_rtp;
}

bool has_two_legs(const stream::Stream& stream) {
  return stream.options().audio.mix != audio::Mix::mono;
}

}  // namespace

bool Tap::attach(switch_core_session_t* session, std::shared_ptr<stream::Stream> stream) {
  const bool writes = writes_to(*stream);
  const int bugs = 1 + (has_two_legs(*stream) ? 1 : 0) + (writes ? 1 : 0);
  // hold() comes after all that may throw: without a bug no CLOSE would release the stream.
  if (stream->plays_to(stream::Side::callee)) read_ping_.enable_play_to_callee();
  if (writes) write_replace_.join_idle_writer(session, *stream, module_lock_);
  try {
    KeyHook::add(session, *stream);
  } catch (...) {
    if (writes) IdleWriter::drop(session, *stream);
    throw;
  }
  stream_.hold(std::move(stream), bugs);
  if (add_bugs(session)) return true;
  stream_.refuse();
  KeyHook::drop(session, *stream_);
  int never_on = bugs;
  for (const MediaBug* bug :
       std::initializer_list<const MediaBug*>{&write_stream_, &write_replace_}) {
    if (bug->was_added()) --never_on;
  }
  // A `stop` may remove the same bugs at the same time. Then this finds nothing to remove, and the
  // CLOSE of that removal may still be running.
  write_stream_.remove(session);
  write_replace_.remove(session);
  if (writes) write_replace_.leave_idle_writer(session);
  stream_.release(never_on);
  return false;
}

/// ReadPingBug, which ticks, comes last: once it is on, attach() cannot fail any more.
bool Tap::add_bugs(switch_core_session_t* session) {
  if (has_two_legs(*stream_) && !write_stream_.add(session)) return false;
  IdleWriter* const idle_writer = write_replace_.idle_writer();
  if (idle_writer != nullptr && !write_replace_.add(session)) return false;
  return read_ping_.add(session, idle_writer);
}

void Tap::remove() noexcept {
  const LockedSession session = locate(uuid_);
  if (!session) return;  // hanging up: the core closes the bugs itself
  write_stream_.remove(session.get());
  write_replace_.remove(session.get());
  read_ping_.remove(session.get());
}

}  // namespace audio_stream::freeswitch
