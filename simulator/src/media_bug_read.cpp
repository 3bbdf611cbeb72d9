// Reading from a media bug: padding, partial packets, tossing, summing and interleaving, byte for
// byte as the real core does it.
#include <algorithm>
#include <cstring>

#include "media_bug.hpp"
#include "session_state.hpp"
#include "violation.hpp"

namespace {

constexpr int kPadding = 255;  // bytes of 0xFF are samples of -1

struct Backlog {
  std::size_t read = 0;
  std::size_t write = 0;
};

std::size_t in_use(std::recursive_mutex& mutex, std::optional<simulator::PcmBuffer>& buffer) {
  const std::lock_guard lock(mutex);
  return buffer ? buffer->in_use() : 0;
}

Backlog backlog(switch_media_bug& bug) {
  Backlog found;
  if (bug.is(SMBF_READ_STREAM)) found.read = in_use(bug.read_mutex, bug.read_buffer);
  if (bug.is(SMBF_WRITE_STREAM)) found.write = in_use(bug.write_mutex, bug.write_buffer);
  return found;
}

bool take(std::recursive_mutex& mutex, std::optional<simulator::PcmBuffer>& buffer, void* to,
          std::size_t bytes) {
  const std::lock_guard lock(mutex);
  return buffer && buffer->read(to, bytes) == bytes;
}

bool buffers_missing(switch_media_bug& bug) {
  const std::scoped_lock lock(bug.read_mutex, bug.write_mutex);
  return !bug.read_buffer && (!bug.write_buffer || !bug.is(SMBF_WRITE_STREAM));
}

std::int16_t sum(std::int32_t write, std::int32_t read) {
  std::int32_t both = write + read;
  if (both > SWITCH_SMAX || both < SWITCH_SMIN) both += read / 2 + write / 2;
  return static_cast<std::int16_t>(std::clamp(both, SWITCH_SMIN, SWITCH_SMAX));
}

struct Side {
  const std::int16_t* samples;
  std::size_t count;
  [[nodiscard]] std::int16_t at(std::size_t i) const {
    return i < count ? samples[i] : std::int16_t{0};
  }
};

// With a two-channel codec this interleaves what is interleaved already: so does the real core.
void interleave(switch_media_bug& bug, switch_frame_t& frame, Side read, Side write,
                std::size_t samples) {
  const std::size_t bytes = samples * 2 * sizeof(std::int16_t);
  if (frame.buflen < bytes) {
    simulator::violation(
        "a frame of %u bytes is given to read %zu bytes of stereo: the real core "
        "checks the mono size only and writes past the end",
        frame.buflen, bytes);
  }
  if (bug.is(SMBF_STEREO_SWAP)) std::swap(read, write);
  for (std::size_t i = 0; i < samples; ++i) {
    bug.tmp[2 * i] = read.at(i);
    bug.tmp[2 * i + 1] = write.at(i);
  }
  std::memcpy(frame.data, bug.tmp.data(), bytes);
}

}  // namespace

switch_status_t switch_core_media_bug_read(switch_media_bug_t* bug, switch_frame_t* frame,
                                           switch_bool_t fill) {
  switch_codec_implementation_t read_impl{};
  switch_core_session_get_read_impl(bug->session, &read_impl);
  const std::uint32_t packet = read_impl.decoded_bytes_per_packet;

  if (frame->buflen < packet) {
    switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(bug->session), SWITCH_LOG_ERROR,
                      "%s frame buffer too small!\n",
                      switch_channel_get_name(&bug->session->channel));
    return SWITCH_STATUS_FALSE;
  }
  if (buffers_missing(*bug)) {
    switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(bug->session), SWITCH_LOG_ERROR,
                      "%s Buffer Error\n", switch_channel_get_name(&bug->session->channel));
    return SWITCH_STATUS_FALSE;
  }
  frame->flags = 0;
  frame->datalen = 0;

  Backlog have = backlog(*bug);
  if (bug->record_frame_size != 0 && bug->pre_buffer_max != 0 && have.read + have.write != 0 &&
      bug->pre_buffer_count < bug->pre_buffer_max) {
    ++bug->pre_buffer_count;
    return SWITCH_STATUS_FALSE;
  }
  bug->record_frame_size = packet;

  if (packet != 0 && have.write > have.read && have.write > std::size_t{packet} * 2) {
    const std::lock_guard lock(bug->write_mutex);
    bug->write_buffer->toss(packet);
    have.write = bug->write_buffer->in_use();
  }

  const bool fill_read = bug->is(SMBF_READ_STREAM) && have.read == 0;
  const bool fill_write = bug->is(SMBF_WRITE_STREAM) && have.write == 0;
  if (packet != 0) {
    const bool partial =
        (have.read != 0 && have.read < packet) || (have.write != 0 && have.write < packet);
    if (partial) return SWITCH_STATUS_FALSE;
    have.read = std::min<std::size_t>(have.read, packet);
    have.write = std::min<std::size_t>(have.write, packet);
  }
  if ((fill_read && fill_write) || (fill == SWITCH_TRUE && (fill_read || fill_write))) {
    return SWITCH_STATUS_FALSE;
  }

  std::size_t write_bytes = 0;
  if (have.read != 0) {
    if (!take(bug->read_mutex, bug->read_buffer, frame->data, have.read)) {
      return SWITCH_STATUS_FALSE;
    }
    frame->datalen = static_cast<std::uint32_t>(have.read);
  } else if (fill_read) {
    frame->datalen = packet;
    std::memset(frame->data, kPadding, packet);
  }
  if (have.write != 0) {
    if (!take(bug->write_mutex, bug->write_buffer, bug->data.data(), have.write)) {
      return SWITCH_STATUS_FALSE;
    }
    write_bytes = have.write;
  } else if (fill_write) {
    write_bytes = packet;
    std::memset(bug->data.data(), kPadding, packet);
  }

  const std::size_t samples = packet / sizeof(std::int16_t);
  auto* out = static_cast<std::int16_t*>(frame->data);
  const Side read{out, frame->datalen / sizeof(std::int16_t)};
  const Side write{bug->data.data(), write_bytes / sizeof(std::int16_t)};
  const bool stereo = bug->is(SMBF_STEREO);
  if (stereo) {
    interleave(*bug, *frame, read, write, samples);
  } else if (write.count > 0 || read.count < samples) {
    for (std::size_t i = 0; i < samples; ++i) out[i] = sum(write.at(i), read.at(i));
  }
  frame->datalen = stereo ? packet * 2 : packet;
  frame->samples = static_cast<std::uint32_t>(samples) / read_impl.number_of_channels;
  frame->rate = read_impl.actual_samples_per_second;
  frame->channels = stereo ? 2 : read_impl.number_of_channels;
  frame->codec = nullptr;
  return SWITCH_STATUS_SUCCESS;
}

void switch_core_media_bug_flush(switch_media_bug_t* bug) {
  {
    const std::lock_guard lock(bug->read_mutex);
    if (bug->read_buffer) bug->read_buffer->clear();
  }
  {
    const std::lock_guard lock(bug->write_mutex);
    if (bug->write_buffer) bug->write_buffer->clear();
  }
  bug->record_frame_size = 0;
  bug->pre_buffer_count = 0;
}

switch_status_t switch_core_media_bug_flush_all(switch_core_session_t* session) {
  const simulator::WriteGuard guard(session->bug_rwlock, "switch_core_media_bug_flush_all");
  if (session->bugs.empty()) return SWITCH_STATUS_FALSE;
  for (switch_media_bug* bug : session->bugs) switch_core_media_bug_flush(bug);
  return SWITCH_STATUS_SUCCESS;
}

void switch_core_media_bug_inuse(switch_media_bug_t* bug, switch_size_t* readp,
                                 switch_size_t* writep) {
  const Backlog have = backlog(*bug);
  *readp = have.read;
  *writep = have.write;
}

switch_status_t switch_core_media_bug_set_pre_buffer_framecount(switch_media_bug_t* bug,
                                                                uint32_t framecount) {
  bug->pre_buffer_max = framecount;
  return SWITCH_STATUS_SUCCESS;
}
