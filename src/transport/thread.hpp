#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>

namespace audio_stream::transport {

/// Starts a thread of the module. It has a name (15 characters at most), so that `top -H` shows its
/// owner. All signals are blocked, because the process and its signals belong to the switch.
std::thread start_thread(const std::string& name, std::function<void()> body);

/// Call between two pieces of work, on a thread of start_thread() only. Lets media threads run
/// first: a system call in real time, nothing otherwise.
///
/// FreeSWITCH schedules itself in real time if it may. Our threads then have the media threads' own
/// priority, and media threads wait until ours are idle. Ours stay real-time threads, because media
/// threads would have to wait for locks that an ordinary thread holds (an allocator's, one of the
/// core's).
void yield_to_media_threads() noexcept;

/// Runs the calling thread at a lower priority than the process's other ordinary threads (their
/// nice value plus 10).
/// Does nothing in real time: media threads would have to wait for locks that it holds.
void lower_priority() noexcept;

/// Runs the calling thread at a higher priority than the process's other ordinary threads (nice
/// -10, or theirs minus 10 if they are below 0), if the system permits it: as root, with
/// CAP_SYS_NICE or with an RLIMIT_NICE of 30. False otherwise, and in real time.
bool raise_priority() noexcept;
/// Undoes raise_priority() and lower_priority().
void reset_priority() noexcept;

/// The processor time used by the calling thread.
std::chrono::nanoseconds processor_time() noexcept;

}  // namespace audio_stream::transport
