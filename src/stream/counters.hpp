#pragma once

#include <atomic>
#include <cstdint>

namespace audio_stream::stream {

/// What a stream did so far. Each is written by one thread and read by any. Samples are per
/// channel, at the output rate.
struct Counters {
  using Count = std::atomic<std::uint64_t>;

  // In one line of memory, what is counted or looked at with each packet. The media thread's:
  alignas(64) Count samples_in{0};  ///< taken from the call, whether sent or not
  Count samples_dropped{0};         ///< lost because the queue or the pool was full
  Count samples_unusable{0};        ///< of a rate that can't be resampled; of both legs' threads
  // and the I/O thread's.
  Count packets_sent{0};
  Count samples_sent{0};
  Count bytes_sent{0};  ///< payload of messages

  // Media thread.
  Count packets_dropped{0};
  Count samples_without_room{0};  ///< of samples_dropped: because the pool was empty
  Count samples_paused{0};        ///< left out while the stream was paused
  Count samples_filled{0};        ///< silence due where the call yielded nothing

  // I/O thread.
  Count samples_undelivered{0};     ///< still queued when the stream ended
  Count samples_unacknowledged{0};  ///< given to TCP, not acknowledged, and not sent anew
  Count texts_sent{0};
  Count messages_received{0};
  Count messages_unusable{0};
  Count connects{0};
  Count failed_attempts{0};

  // Of both, by fetch_add().
  Count samples_silence_left_out{0};  ///< of samples_filled: more than may wait, so it is a gap

  static void take_off(Count& count, std::uint64_t n) noexcept {
    count.store(count.load(std::memory_order_relaxed) - n, std::memory_order_relaxed);
  }
  static void add(Count& count, std::uint64_t n) noexcept {
    count.store(count.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
};

}  // namespace audio_stream::stream
