#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>

namespace audio_stream::transport {

/// A thread of the module: named, so that `top -H` shows whose it is (15 characters at most), and
/// with all signals blocked, because the process and its signals belong to the switch.
std::thread start_thread(const std::string& name, std::function<void()> body);

/// Between two pieces of work. FreeSWITCH has itself scheduled in real time where it may, and so
/// are our threads then, at the media threads' own priority: those wait until ours have nothing to
/// do. This lets them go first. A system call then, and nothing where threads are ordinary ones.
/// Not ordinary threads in a real-time switch: what they hold (an allocator's lock, one of the
/// core's) media threads would have to wait for. Only on a thread of start_thread().
void yield_to_media_threads() noexcept;

/// Has the calling thread run behind the process's other ordinary threads (their nice value
/// and 10). Nothing where
/// threads are scheduled in real time: what it holds, media threads would wait for.
void lower_priority() noexcept;

/// Has the calling thread run ahead of the process's other ordinary threads (their nice value
/// less 10), if the
/// system lets it: as root, with CAP_SYS_NICE or with a RLIMIT_NICE of 30. False if not, and where
/// threads are scheduled in real time.
bool raise_priority() noexcept;
/// Takes that back.
void reset_priority() noexcept;

/// The processor time that the calling thread has used.
std::chrono::nanoseconds processor_time() noexcept;

}  // namespace audio_stream::transport
