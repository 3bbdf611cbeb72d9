#pragma once

#include <switch.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "stream/stream.hpp"

namespace audio_stream::freeswitch {

/// Writes silence to a call that nobody else writes to (parked, or an application that waits for
/// digits), so that WriteReplaceBug gets frames to mix the server's audio into, or so that the
/// call's RTP goes on (CareOptions::keep_rtp).
///
/// It writes at the ticks of the call, on the thread that reads it, in a read hook. The core calls
/// a read hook without holding a lock. A media bug could not write: the core prunes bugs during a
/// write, which takes the bugs' lock for writing, and it holds that lock for reading while it calls
/// a bug. The hook is added the first time that nobody has written for a while (kQuiet). It
/// writes no more as soon as another writer does.
///
/// An application that plays or waits writes on the thread that reads, and so never at the same
/// time as the hook: two frames left out show that it has finished. A bridge or a conference writes
/// on another thread. It may pause for longer, depending on the network and the frames of the other
/// leg, and may write again while the hook does. IdleWriter waits half a second for it.
///
/// One for each call with streams that play to its caller, or keep its RTP going.
class IdleWriter {
 public:
  /// `module_lock` is what the core write-locks to unload the module.
  explicit IdleWriter(switch_thread_rwlock_t* module_lock) : module_lock_{module_lock} {}
  ~IdleWriter();
  IdleWriter(const IdleWriter&) = delete;
  IdleWriter& operator=(const IdleWriter&) = delete;

  /// A frame was written to the call. On the thread that writes it.
  void written() noexcept {
    if (writing_.load(std::memory_order_relaxed)) return;
    writer_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    last_written_.store(Clock::now());
  }

  /// Adds the hook if nobody has written for a while. On the thread that reads the call, at each
  /// tick.
  void watch(switch_core_session_t* session) noexcept {
    if (!hooked_ && Clock::now() - last_written_.load(std::memory_order_relaxed) > kQuiet) {
      hook(session);
    }
  }

  /// Makes `stream` one of those that the session's writer writes for, until drop(). All streams of
  /// a session share one writer. Not on a media thread.
  static std::shared_ptr<IdleWriter> add(switch_core_session_t* session,
                                         const stream::Stream& stream,
                                         switch_thread_rwlock_t* module_lock);
  /// Undoes add(). Any thread, also in CLOSE with locks of the core held: this waits for no write.
  static void drop(switch_core_session_t* session, const stream::Stream& stream) noexcept;

 private:
  using Clock = std::chrono::steady_clock;

  // Nearly every call has a shorter time between two written frames.
  static constexpr std::chrono::milliseconds kQuiet{45};

  static switch_status_t on_read(switch_core_session_t* session, switch_frame_t** frame,
                                 switch_io_flag_t flags, int stream_id);
  static std::shared_ptr<IdleWriter> wanted_on(switch_core_session_t* session) noexcept;
  void hook(switch_core_session_t* session) noexcept;
  void tick(switch_core_session_t* session) noexcept;
  [[nodiscard]] Clock::duration patience(std::chrono::microseconds ptime) const noexcept;
  bool prepare(const switch_codec_implementation_t& call) noexcept;
  void write_silence(switch_core_session_t* session) noexcept;

  switch_thread_rwlock_t* const module_lock_;
  std::vector<const stream::Stream*> streams_;  // guarded by the mutex of its shard
  std::atomic<Clock::time_point> last_written_{Clock::now()};
  std::atomic<std::thread::id> writer_{};  // the thread of the last write that was not this one's
  std::atomic<bool> writing_{false};

  // Used by the reading thread alone.
  bool hooked_ = false;
  Clock::time_point due_{};
  switch_codec_t codec_{};
  bool has_codec_ = false;
  std::uint32_t rate_hz_ = 0;
  int ptime_us_ = 0;
  int channels_ = 0;
  std::array<std::uint8_t, SWITCH_RECOMMENDED_BUFFER_SIZE> silence_{};
};

}  // namespace audio_stream::freeswitch
