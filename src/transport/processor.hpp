#pragma once

namespace audio_stream::transport {

/// Has the calling thread go on on another processor than this one (of sched_getcpu()). It may come
/// back some time: nothing is forbidden to it for longer than that takes. False if there is no
/// other, or if the system does not let it.
///
/// Whoever waits for a thread by looking again and again, on the processor on which that one is to
/// wake, keeps it from waking.
bool move_off(int processor) noexcept;

}  // namespace audio_stream::transport
