#pragma once

#include <atomic>
#include <cstdint>

namespace audio_stream::stream {

/// What a stream has done so far. One thread writes each counter, any thread reads it. Samples are
/// per channel, at the output rate.
struct Counters {
  using Count = std::atomic<std::uint64_t>;

  // The counters that are used for each packet share cache lines. The media thread's:
  alignas(64) Count samples_in{0};  ///< taken from the call, whether sent or not
  Count samples_dropped{0};         ///< lost because the queue or the pool was full
  Count samples_unusable{0};  ///< of a rate that can't be resampled; both legs' threads add to it
  // and the I/O thread's.
  Count packets_sent{0};
  Count samples_sent{0};
  Count bytes_sent{0};  ///< payload of messages

  // Media thread.
  Count packets_dropped{0};
  Count samples_without_room{0};  ///< of samples_dropped: the pool was empty
  Count samples_paused{0};        ///< left out while the stream was paused
  Count samples_unspoken{0};      ///< left out because the caller did not speak (vad=gate)
  Count samples_filled{0};        ///< silence added because the call yielded no audio

  // I/O thread.
  Count samples_undelivered{0};     ///< still queued at the end of the stream
  Count samples_unacknowledged{0};  ///< given to TCP, not acknowledged, and not sent again
  Count texts_sent{0};
  Count messages_received{0};
  Count messages_unusable{0};
  Count notes_dropped{0};  ///< answers for a server that has left too much unread
  Count connects{0};
  Count failed_attempts{0};

  // Media thread and I/O thread, by fetch_add().
  Count samples_silence_left_out{0};  ///< of samples_filled: beyond the bound, so it is a gap

  static void take_off(Count& count, std::uint64_t n) noexcept {
    count.store(count.load(std::memory_order_relaxed) - n, std::memory_order_relaxed);
  }
  static void add(Count& count, std::uint64_t n) noexcept {
    count.store(count.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
};

}  // namespace audio_stream::stream
