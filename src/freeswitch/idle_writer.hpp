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

/// Writes to a call that nobody else writes to (parked, or an application that waits for digits),
/// so that there are frames for the server's audio to be put into.
///
/// It does so at the call's own tick, on the thread that reads the call, in a hook of the core that
/// holds none of its locks. The hook is there from the first time that nobody has written for a
/// while. (A media bug can't: the core prunes bugs while it writes, for which it takes the lock it
/// holds for reading while it calls a bug.) As soon as anybody else writes it leaves that to them.
///
/// An application that plays or waits does so on the thread that reads, and so never at the same
/// time as we do: it is done writing when it has left out two frames. A bridge or a
/// conference writes on a thread of its own. It may pause for longer, depending on the other leg's
/// network and frames, and may go on while we write. So it is given half a second.
///
/// One for each call with streams that play to its caller.
class IdleWriter {
 public:
  /// `module_lock` is what the core write-locks to unload the module.
  explicit IdleWriter(switch_thread_rwlock_t* module_lock) : module_lock_{module_lock} {}
  ~IdleWriter();
  IdleWriter(const IdleWriter&) = delete;
  IdleWriter& operator=(const IdleWriter&) = delete;

  /// The thread that writes to the call: somebody did.
  void written() noexcept {
    if (writing_.load(std::memory_order_relaxed)) return;
    writer_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    last_written_.store(Clock::now());
  }

  /// The thread that reads the call, at each of its ticks.
  void watch(switch_core_session_t* session) noexcept {
    if (!hooked_ && Clock::now() - last_written_.load(std::memory_order_relaxed) > kQuiet) {
      hook(session);
    }
  }

  /// From now on, until drop(), `stream` may want to be heard on `session`. The same writer for all
  /// streams of a session. Not on a media thread.
  static std::shared_ptr<IdleWriter> add(switch_core_session_t* session,
                                         const stream::Stream& stream,
                                         switch_thread_rwlock_t* module_lock);
  /// Any thread, even the core's with its locks held: it waits for no write.
  static void drop(switch_core_session_t* session, const stream::Stream& stream) noexcept;

 private:
  using Clock = std::chrono::steady_clock;

  // Longer than between two frames of nearly every call that is written to.
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
  std::atomic<std::thread::id> writer_{};  // who did
  std::atomic<bool> writing_{false};

  // The reading thread's.
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
