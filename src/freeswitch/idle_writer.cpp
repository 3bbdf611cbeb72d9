#include "freeswitch/idle_writer.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "freeswitch/sharded_map.hpp"

namespace audio_stream::freeswitch {
namespace {

// A writer on another thread than the one that reads the call may pause for this long.
constexpr std::chrono::milliseconds kOtherThread{500};

// Each parked call locks its shard fifty times a second. With 512 shards few calls share a shard,
// or its cache line.
constexpr unsigned kShardBits = 9;

using Writers = ShardedMap<switch_core_session_t, std::shared_ptr<IdleWriter>, kShardBits>;

/// The shard that holds the writer of `session`, if it has one.
Writers::Shard& shard_of(const switch_core_session_t* session) noexcept {
  static Writers writers;
  return writers.shard_of(session);
}

bool needs_frames(const stream::Stream& stream) noexcept {
  return stream.has_audio_for(stream::Side::caller) ||
         (stream.options().care.keep_rtp && !stream.over());
}

}  // namespace

IdleWriter::~IdleWriter() {
  if (has_codec_) switch_core_codec_destroy(&codec_);
}

std::shared_ptr<IdleWriter> IdleWriter::add(switch_core_session_t* session,
                                            const stream::Stream& stream,
                                            switch_thread_rwlock_t* module_lock) {
  auto fresh = std::make_shared<IdleWriter>(module_lock);
  Writers::Shard& shard = shard_of(session);
  const std::lock_guard lock{shard.mutex};
  if (const auto* there = shard.find(session)) {
    (*there)->streams_.push_back(&stream);
    return *there;
  }
  fresh->streams_.push_back(&stream);
  shard.put(session, fresh);
  return fresh;
}

/// Called once in a call's life at most.
void IdleWriter::hook(switch_core_session_t* session) noexcept {
  Writers::Shard& shard = shard_of(session);
  const std::lock_guard lock{shard.mutex};
  const auto* there = shard.find(session);
  if (there == nullptr || there->get() != this) return;  // dropped
  hooked_ = true;
  switch_core_event_hook_add_read_frame(session, on_read);
}

void IdleWriter::drop(switch_core_session_t* session, const stream::Stream& stream) noexcept {
  std::shared_ptr<IdleWriter> over;  // perhaps the last reference: destroyed after the unlock
  Writers::Shard& shard = shard_of(session);
  const std::lock_guard lock{shard.mutex};
  const auto* there = shard.find(session);
  if (there == nullptr) return;
  std::erase((*there)->streams_, &stream);
  if (!(*there)->streams_.empty()) return;
  switch_core_event_hook_remove_read_frame(session, on_read);
  over = shard.take(session);
}

/// The session's writer, or null if no stream needs frames.
std::shared_ptr<IdleWriter> IdleWriter::wanted_on(switch_core_session_t* session) noexcept {
  Writers::Shard& shard = shard_of(session);
  const std::lock_guard lock{shard.mutex};
  const auto* there = shard.find(session);
  if (there == nullptr) return nullptr;
  const bool wanted = std::ranges::any_of(
      (*there)->streams_, [](const stream::Stream* stream) { return needs_frames(*stream); });
  return wanted ? *there : nullptr;
}

switch_status_t IdleWriter::on_read(switch_core_session_t* session, switch_frame_t** /*frame*/,
                                    switch_io_flag_t /*flags*/, int /*stream_id*/) {
  if (auto writer = wanted_on(session)) {
    // A write may block for long, and the stream may end meanwhile. The lock keeps the code loaded.
    // If it can't be taken, an unload is under way.
    auto* const module_lock = writer->module_lock_;
    if (switch_thread_rwlock_tryrdlock(module_lock) != SWITCH_STATUS_SUCCESS) {
      return SWITCH_STATUS_SUCCESS;
    }
    writer->tick(session);
    writer.reset();
    switch_thread_rwlock_unlock(module_lock);
  }
  return SWITCH_STATUS_SUCCESS;
}

IdleWriter::Clock::duration IdleWriter::patience(std::chrono::microseconds ptime) const noexcept {
  const std::thread::id writer = writer_.load(std::memory_order_relaxed);
  const bool another = writer != std::thread::id{} && writer != std::this_thread::get_id();
  return another ? kOtherThread : Clock::duration{ptime * 5 / 2};
}

void IdleWriter::tick(switch_core_session_t* session) noexcept {
  switch_codec_implementation_t call{};
  switch_core_session_get_write_impl(session, &call);
  if (call.microseconds_per_packet <= 0) return;
  const std::chrono::microseconds ptime{call.microseconds_per_packet};
  const auto now = Clock::now();
  if (now - last_written_.load() < patience(ptime)) return;
  if (!prepare(call)) return;
  // The ticks come with the jitter of the packets read; frames are written by the clock.
  if (due_ < now - 5 * ptime || due_ > now + 5 * ptime) due_ = now;
  constexpr int kMost = 3;
  for (int i = 0; i < kMost && due_ <= now + ptime / 2; ++i) {
    write_silence(session);
    due_ += ptime;
  }
}

/// Makes the codec of what is written: linear, with the rate, frame length and channels of the
/// call's own codec.
bool IdleWriter::prepare(const switch_codec_implementation_t& call) noexcept {
  if (call.actual_samples_per_second == rate_hz_ && call.microseconds_per_packet == ptime_us_ &&
      call.number_of_channels == channels_) {
    return has_codec_;
  }
  rate_hz_ = call.actual_samples_per_second;
  ptime_us_ = call.microseconds_per_packet;
  channels_ = call.number_of_channels;
  if (has_codec_) switch_core_codec_destroy(&codec_);
  codec_ = {};
  has_codec_ =
      switch_core_codec_init(&codec_, "L16", nullptr, nullptr, rate_hz_, ptime_us_ / 1000,
                             channels_, SWITCH_CODEC_FLAG_ENCODE | SWITCH_CODEC_FLAG_DECODE,
                             nullptr, nullptr) == SWITCH_STATUS_SUCCESS;
  return has_codec_;
}

void IdleWriter::write_silence(switch_core_session_t* session) noexcept {
  switch_frame_t frame{};
  frame.codec = &codec_;
  frame.rate = rate_hz_;
  frame.channels = static_cast<std::uint32_t>(channels_);
  frame.samples = static_cast<std::uint32_t>(std::uint64_t{rate_hz_} *
                                             static_cast<std::uint64_t>(ptime_us_) / 1'000'000);
  frame.datalen = std::min<std::uint32_t>(frame.samples * frame.channels * sizeof(std::int16_t),
                                          SWITCH_RECOMMENDED_BUFFER_SIZE);
  frame.buflen = SWITCH_RECOMMENDED_BUFFER_SIZE;
  // A bug may have written into the buffer at the last write.
  std::fill_n(silence_.begin(), frame.datalen, std::uint8_t{0});
  frame.data = silence_.data();
  writing_.store(true, std::memory_order_relaxed);
  switch_core_session_write_frame(session, &frame, SWITCH_IO_FLAG_NONE, 0);
  // On a call that is linear itself the core puts the call's codec into the frame, and then unlocks
  // that codec's mutex instead of the one of codec_. A thread that destroys codec_ would wait for
  // ever.
  if (frame.codec != &codec_) switch_mutex_unlock(codec_.mutex);
  writing_.store(false, std::memory_order_relaxed);
}

}  // namespace audio_stream::freeswitch
