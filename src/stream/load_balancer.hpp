#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <utility>
#include <vector>

#include "audio/codec/encoder.hpp"
#include "control/options.hpp"

namespace audio_stream::stream {

/// Assigns streams to I/O threads.
///
/// A thread sends a batch of frames at less cost than single frames (Batching). So streams share a
/// thread until its load is kEnough, and only then use the next thread. If all threads have
/// kEnough, a stream goes to the thread with the least load. Any thread may give a share back.
/// Calls of take() must not overlap.
class LoadBalancer {
 public:
  /// The load that a stream puts on its thread, in plain messages a second.
  using Load = std::size_t;

  /// 250 plain streams of 20 ms, or 200 with playback: an eighth to a quarter of a core.
  static constexpr Load kEnough = 12500;

  /// A stream's share of a thread, held for the stream's life. Must not outlive the LoadBalancer.
  class Share {
   public:
    Share(std::size_t thread, std::atomic<Load>& load_of_thread, Load load) noexcept
        : thread_{thread}, load_of_thread_{&load_of_thread}, load_{load} {
      load_of_thread_->fetch_add(load_, std::memory_order_relaxed);
    }
    Share(Share&& other) noexcept
        : thread_{other.thread_},
          load_of_thread_{std::exchange(other.load_of_thread_, nullptr)},
          load_{other.load_} {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    Share& operator=(Share&&) = delete;
    ~Share() {
      if (load_of_thread_ != nullptr) load_of_thread_->fetch_sub(load_, std::memory_order_relaxed);
    }

    [[nodiscard]] std::size_t thread() const noexcept { return thread_; }

   private:
    std::size_t thread_;
    std::atomic<Load>* load_of_thread_;
    Load load_;
  };

  explicit LoadBalancer(std::size_t threads) : loads_(threads) {}

  /// An estimate; docs/performance.md has the cost of TLS, deflate and answers. Compression counts
  /// only for audio (STREAM_DEFLATE_AUDIO), because texts are few.
  [[nodiscard]] static Load load_of(const control::Options& options) noexcept {
    const Load messages = std::max<Load>(1000 / std::max(options.audio.packet_ms, 1U), 1);
    const Load quarters = 4U + audio::codec::cost_of(options.audio.encoding).quarters +
                          (options.endpoint.url.secure ? 4U : 0U) +
                          (options.endpoint.deflate && options.endpoint.deflate_audio ? 8U : 0U) +
                          (options.playback.enabled ? 1U : 0U);
    return messages * quarters / 4;
  }

  [[nodiscard]] Share take(Load load) noexcept {
    auto thread = std::ranges::find_if(loads_, [&](const auto& has) {
      return has.load(std::memory_order_relaxed) + load <= kEnough;
    });
    if (thread == loads_.end()) {
      thread = std::ranges::min_element(
          loads_, {}, [](const auto& has) { return has.load(std::memory_order_relaxed); });
    }
    return {static_cast<std::size_t>(thread - loads_.begin()), *thread, load};
  }

 private:
  std::vector<std::atomic<Load>> loads_;
};

}  // namespace audio_stream::stream
