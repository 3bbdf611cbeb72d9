#include "media_io.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <vector>

#include "codec.hpp"
#include "media_bug.hpp"
#include "rwlock.hpp"
#include "violation.hpp"

namespace simulator {
namespace {

/// Runs `action` for each bug under the bug_rwlock read lock, then closes the ones that are over,
/// on this thread and with the codec locks still held.
template <typename Action>
void for_each_bug(switch_core_session& session, const char* where, Action&& action) {
  int prune = 0;
  {
    const ReadGuard guard(session.bug_rwlock, where);
    for (switch_media_bug* bug : session.bugs) {
      if (!is_due(*bug, prune)) continue;
      prune_when_over(*bug, action(*bug), prune);
    }
  }
  if (prune > 0) switch_core_media_bug_prune(&session);
}

bool lacks_bridge(switch_core_session& session, const switch_media_bug& bug) {
  return bug.is(SMBF_BRIDGE_REQ) && switch_channel_test_flag(&session.channel, CF_BRIDGED) == 0;
}

bool has_bugs(switch_core_session& session) {
  const ReadGuard guard(session.bug_rwlock, "reading a packet");
  return !session.bugs.empty();
}

switch_frame_t frame_of(std::span<std::int16_t> samples, const switch_codec_implementation_t& codec,
                        switch_codec_t* handle) {
  switch_frame_t frame{};
  frame.codec = handle;
  frame.data = samples.data();
  frame.datalen = static_cast<std::uint32_t>(samples.size_bytes());
  frame.buflen = SWITCH_RECOMMENDED_BUFFER_SIZE;
  frame.samples = static_cast<std::uint32_t>(samples.size()) / codec.number_of_channels;
  frame.rate = codec.actual_samples_per_second;
  frame.channels = codec.number_of_channels;
  frame.payload = codec.ianacode;
  return frame;
}

void replace_read(switch_core_session& session, switch_frame_t*& frame) {
  for_each_bug(session, "READ_REPLACE", [&](switch_media_bug& bug) {
    if (lacks_bridge(session, bug) || !bug.is(SMBF_READ_REPLACE)) return true;
    bug.read_replace_frame_in = frame;
    bug.read_replace_frame_out = frame;
    if (!call_back(bug, SWITCH_ABC_TYPE_READ_REPLACE)) return false;
    frame = bug.read_replace_frame_out;
    return true;
  });
}

void feed_read(switch_core_session& session, const switch_frame_t& frame) {
  for_each_bug(session, "READ", [&](switch_media_bug& bug) {
    if (lacks_bridge(session, bug) || !bug.ready || !bug.is(SMBF_READ_STREAM)) return true;
    const std::lock_guard lock(bug.read_mutex);
    if (bug.read_buffer) bug.read_buffer->write(frame.data, frame.datalen);
    return call_back(bug, SWITCH_ABC_TYPE_READ);
  });
}

void ping_read(switch_core_session& session) {
  for_each_bug(session, "READ_PING", [&](switch_media_bug& bug) {
    if (lacks_bridge(session, bug) || !bug.ready || !bug.is(SMBF_READ_PING)) return true;
    const std::lock_guard lock(bug.read_mutex);
    return call_back(bug, SWITCH_ABC_TYPE_READ_PING);
  });
}

void call_read_hooks(switch_core_session& session) {
  std::vector<switch_read_frame_hook_t> hooks;
  {
    const std::lock_guard lock(session.hooks_mutex);
    hooks = session.read_hooks;
  }
  switch_frame_t* frame = nullptr;  // nobody looks at it yet
  for (const auto hook : hooks) hook(&session, &frame, SWITCH_IO_FLAG_NONE, 0);
}

bool is_linear(const switch_codec_implementation_t& codec) {
  return strcasecmp(codec.iananame, "L16") == 0;
}

/// As the real core does with a frame that it has no decoder for: it logs an error, and the bugs
/// get the frame as it came.
void fail_to_decode(switch_core_session& session, switch_frame_t& frame) {
  const switch_codec_implementation_t& codec = *frame.codec->implementation;
  switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(&session), SWITCH_LOG_ERROR,
                    "Codec %s decoder error!\n", codec.iananame);
  frame.datalen = codec.encoded_bytes_per_packet;
}

/// As the real core encodes: a linear codec leaves the frame where it is and writes what it is into
/// it; any other codec puts what it makes of it into the session's own frame.
switch_frame_t* encode(const switch_codec_implementation_t& codec, switch_frame_t* frame,
                       switch_frame_t& encoded, PacketRoom& room) {
  if (is_linear(codec)) {
    frame->samples = static_cast<std::uint32_t>(frame->datalen / sizeof(std::int16_t)) /
                     static_cast<std::uint32_t>(codec.number_of_channels);
    frame->channels = codec.number_of_channels;
    frame->payload = codec.ianacode;
    return frame;
  }
  encoded = *frame;
  encoded.data = room.data();
  std::memcpy(room.data(), frame->data, std::min<std::size_t>(frame->datalen, sizeof(room)));
  return &encoded;
}

/// Past the bugs, to the codec and the endpoint. The codec's lock is held.
void write_past_bugs(switch_core_session& session, switch_frame_t* frame) {
  for_each_bug(session, "WRITE", [&](switch_media_bug& bug) {
    if (!bug.ready) return true;
    bool wants_more = true;
    if (bug.is(SMBF_WRITE_STREAM)) {
      {
        const std::lock_guard buffer_lock(bug.write_mutex);
        if (bug.write_buffer) bug.write_buffer->write(frame->data, frame->datalen);
      }
      wants_more = call_back(bug, SWITCH_ABC_TYPE_WRITE);
    }
    if (bug.is(SMBF_WRITE_REPLACE)) {
      bug.write_replace_frame_in = frame;
      bug.write_replace_frame_out = frame;
      wants_more = call_back(bug, SWITCH_ABC_TYPE_WRITE_REPLACE);
      if (wants_more) frame = bug.write_replace_frame_out;
    }
    return wants_more;
  });
  if (frame == nullptr) return;
  session.endpoint.on_encode();
  const switch_codec_implementation_t* codec = session.write_impl;
  if (codec == nullptr) return;
  switch_frame_t encoded{};
  PacketRoom room;  // NOLINT: encode() fills what is used
  session.endpoint.on_written(*encode(*codec, frame, encoded, room));
}

/// To the application: with a linear codec the very frame that the bugs have left.
void hand_over(switch_core_session& session, switch_frame_t* frame) {
  const switch_codec_implementation_t* codec = session.read_impl;
  if (codec == nullptr) return;
  switch_frame_t encoded{};
  PacketRoom room;  // NOLINT: encode() fills what is used
  session.endpoint.on_read(*encode(*codec, frame, encoded, room));
}

}  // namespace

void read_packet(switch_core_session& session, const Supply& supply, std::span<std::int16_t> room) {
  std::unique_lock lock(session.codec_read_mutex);
  switch_channel_t* channel = &session.channel;
  const switch_codec_implementation_t* codec = session.real_read_impl;
  if (codec == nullptr || switch_channel_down_nosig(channel)) return;
  if (switch_channel_test_flag(channel, CF_HOLD) != 0) return;
  const auto samples = room.first(codec->decoded_bytes_per_packet / sizeof(std::int16_t));
  const Packet kind = supply(samples, codec->actual_samples_per_second, codec->number_of_channels);
  if (kind == Packet::none) return;
  if (session.hooked) {
    lock.unlock();
    call_read_hooks(session);
    lock.lock();
  }
  switch_frame_t decoded = frame_of(samples, *codec, &session.read_codec);
  switch_frame_t* frame = &decoded;
  if (!has_bugs(session)) {
    lock.unlock();
    hand_over(session, frame);
    return;
  }

  const bool undecoded = switch_channel_test_flag(channel, CF_PROXY_MEDIA) != 0;
  if (!undecoded) {
    // The real core prepares its decoder for the bugs here, and takes the lock for writing.
    { const WriteGuard guard(session.bug_rwlock, "reading a packet"); }
    if (kind == Packet::comfort_noise) std::memset(samples.data(), 255, samples.size_bytes());
    if (is_passed_through(*codec)) {
      fail_to_decode(session, decoded);
    }
    replace_read(session, frame);
    feed_read(session, *frame);
  }
  ping_read(session);
  lock.unlock();
  hand_over(session, frame);
}

void write_packet(switch_core_session& session, const Supply& supply, std::span<std::int16_t> room,
                  std::uint32_t ptime_ms) {
  switch_channel_t* channel = &session.channel;
  if (switch_channel_down_nosig(channel)) return;
  if (switch_channel_test_flag(channel, CF_AUDIO_PAUSE_WRITE) != 0) return;
  if (switch_channel_test_flag(channel, CF_HOLD) != 0) return;
  const std::lock_guard lock(session.codec_write_mutex);
  const switch_codec_implementation_t* codec = session.write_impl;
  if (codec == nullptr || switch_channel_media_ready(channel) == 0) return;
  const std::size_t wanted = ptime_ms == 0 ? codec->decoded_bytes_per_packet / sizeof(std::int16_t)
                                           : std::size_t{codec->actual_samples_per_second} *
                                                 ptime_ms / 1000 * codec->number_of_channels;
  const auto samples = room.first(std::min(wanted, room.size()));
  const Packet kind = supply(samples, codec->actual_samples_per_second, codec->number_of_channels);
  // Comfort noise is not written, or passes the bugs by; so does a proxied packet.
  if (kind != Packet::audio || switch_channel_test_flag(channel, CF_PROXY_MEDIA) != 0) return;

  switch_frame_t written = frame_of(samples, *codec, &session.write_codec);
  if (is_passed_through(*codec) && has_bugs(session)) {
    // The real core drops the frame, and the bridge that wrote it takes that for the call's end.
    fail_to_decode(session, written);
    switch_channel_hangup(channel, SWITCH_CAUSE_INCOMPATIBLE_DESTINATION);
    return;
  }
  write_past_bugs(session, &written);
}

}  // namespace simulator

switch_status_t switch_core_session_write_frame(switch_core_session_t* session,
                                                switch_frame_t* frame, switch_io_flag_t /*flags*/,
                                                int /*stream_id*/) {
  switch_channel_t* channel = &session->channel;
  if (switch_channel_down_nosig(channel)) return SWITCH_STATUS_FALSE;
  const std::unique_lock lock(session->codec_write_mutex, std::try_to_lock);
  if (!lock.owns_lock()) return SWITCH_STATUS_SUCCESS;
  if (switch_channel_test_flag(channel, CF_AUDIO_PAUSE_WRITE) != 0) return SWITCH_STATUS_SUCCESS;
  if (switch_channel_test_flag(channel, CF_HOLD) != 0) return SWITCH_STATUS_SUCCESS;
  const switch_codec_implementation_t* codec = session->write_impl;
  if (codec == nullptr || switch_channel_media_ready(channel) == 0) return SWITCH_STATUS_FALSE;
  if (frame->codec == nullptr || frame->codec->implementation == nullptr) {
    simulator::violation("a frame without a codec is written");
  }
  const switch_codec_implementation_t* own = frame->codec->implementation;
  if (own->actual_samples_per_second != codec->actual_samples_per_second ||
      own->number_of_channels != codec->number_of_channels) {
    simulator::violation("a frame of another shape than the call's is written: not simulated");
  }
  // A linear frame of the call's own shape needs no decoding: the bugs get the writer's own buffer.
  switch_frame_t written = *frame;
  written.codec = &session->write_codec;
  simulator::write_past_bugs(*session, &written);
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_event_hook_add_read_frame(switch_core_session_t* session,
                                                      switch_read_frame_hook_t read_frame) {
  const std::lock_guard lock(session->hooks_mutex);
  auto& hooks = session->read_hooks;
  if (std::find(hooks.begin(), hooks.end(), read_frame) != hooks.end()) return SWITCH_STATUS_FALSE;
  hooks.push_back(read_frame);
  session->hooked = true;
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_event_hook_remove_read_frame(switch_core_session_t* session,
                                                         switch_read_frame_hook_t read_frame) {
  const std::lock_guard lock(session->hooks_mutex);
  const bool gone = std::erase(session->read_hooks, read_frame) > 0;
  session->hooked = !session->read_hooks.empty();
  return gone ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}
