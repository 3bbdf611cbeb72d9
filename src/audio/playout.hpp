#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace audio_stream::audio {

/// A jitter buffer: passes the server's audio from the I/O thread that receives it to the thread
/// that writes to the call. Mono, at one rate.
///
/// A position counts samples since the start of the stream, from 0. Written samples get the
/// next positions; taken samples have passed theirs. A mark is a position.
///
/// An utterance begins to play when the queue holds the prebuffer plus the frame to be played, or
/// when the prebuffer's time has passed. It begins at once if it is complete; only the writer knows
/// that and says so with end_at(). If the queue runs dry within an utterance, the call hears
/// silence, and the prebuffer grows by the length of the gap and a step, up to its bound. It
/// shrinks by a step when at least two steps were always in reserve for a while.
///
/// One writing and one taking thread at a time. Neither waits for the other. take() allocates
/// nothing.
class Playout {
 public:
  struct Limits {
    std::uint32_t rate_hz = 8000;
    std::uint32_t buffer_ms = 300'000;  ///< capacity
    std::uint32_t prebuffer_ms = 60;
  };
  /// The prebuffer grows up to this, or up to the configured prebuffer if that is longer.
  static constexpr std::uint32_t kMostPrebufferMs = 200;
  /// Audio that arrives later than this after the queue ran dry begins a new utterance. That is no
  /// underrun.
  static constexpr std::uint32_t kLongestGapMs = 500;
  static constexpr std::uint32_t kLastBitMs = 5;
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  /// One executed clear(), or several together. Of the samples queued up to `end`, those from
  /// `stopped` on were not taken.
  struct Cleared {
    std::uint64_t stopped;
    std::uint64_t end;
  };

  explicit Playout(const Limits& limits);
  ~Playout();
  Playout(const Playout&) = delete;
  Playout& operator=(const Playout&) = delete;

  [[nodiscard]] std::uint32_t rate_hz() const noexcept { return limits_.rate_hz; }

  // For the writing thread:

  /// Samples that fit.
  [[nodiscard]] std::size_t room() const noexcept;
  /// `samples` must fit into room().
  void write(std::span<const std::int16_t> samples);
  /// Discards everything not taken yet; later writes are played. take() still plays the first
  /// `fade` of the discarded samples, fading out.
  void clear(std::size_t fade) noexcept;
  /// An utterance ends at `position`. Once it is complete, it begins without waiting for the
  /// prebuffer, and its end is no underrun. Up to kLastBitMs of it may still be missing, because
  /// the resampler's filter holds it.
  void end_at(std::uint64_t position) noexcept { end_at_.store(position); }
  /// The next executed clear, in order; each is returned once.
  std::optional<Cleared> next_cleared() noexcept;
  /// take() returns `wake` once it reaches `position`; kNever: never.
  void wake_at(std::uint64_t position) noexcept { wake_at_.store(position); }

  // For any thread:

  void pause(bool paused) noexcept { paused_.store(paused, std::memory_order_relaxed); }
  [[nodiscard]] bool paused() const noexcept { return paused_.load(std::memory_order_relaxed); }
  /// The written position, and the position up to which samples were taken or discarded.
  [[nodiscard]] std::uint64_t written() const noexcept {
    return written_.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_.load(); }
  /// take() has work: samples to play or a clear to execute.
  [[nodiscard]] bool wanted() const noexcept {
    return (!paused() && taken() < written()) || clears_.load() != clears_done_.load();
  }
  /// The queue ran dry recently and more may come. take() must be called so that it measures the
  /// gap.
  [[nodiscard]] bool expecting() const noexcept {
    return !paused() && expecting_.load(std::memory_order_relaxed);
  }
  /// How often the queue ran dry within an utterance, and the silence inserted then, in samples.
  [[nodiscard]] std::uint64_t underruns() const noexcept {
    return underruns_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t lacking() const noexcept {
    return lacking_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint32_t prebuffer_ms() const noexcept {
    return static_cast<std::uint32_t>(std::uint64_t{prebuffer_.load(std::memory_order_relaxed)} *
                                      1000 / limits_.rate_hz);
  }

  // For the taking thread:

  struct Taken {
    std::size_t samples = 0;  ///< taken from the server's audio; the rest is silence
    bool wake = false;        ///< the writing thread has work to do
  };
  /// Fills all of `out`. `out` is mono at rate_hz().
  Taken take(std::span<std::int16_t> out) noexcept;

 private:
  struct Chunk;
  enum class State : std::uint8_t { idle, filling, playing };
  static constexpr std::size_t kNoMarginSeen = std::numeric_limits<std::size_t>::max();

  [[nodiscard]] std::size_t samples_of(std::uint32_t ms) const noexcept {
    return std::size_t{ms} * limits_.rate_hz / 1000;
  }
  std::unique_ptr<Chunk> new_chunk();
  void drop_played_chunks();
  std::size_t play(std::span<std::int16_t> out) noexcept;
  void begin_clear() noexcept;
  std::size_t fade_out(std::span<std::int16_t> out) noexcept;
  bool finish_clear() noexcept;
  void seek(std::uint64_t position) noexcept;
  void copy(std::uint64_t from, std::span<std::int16_t> out) noexcept;
  void start_prebuffering() noexcept;
  [[nodiscard]] bool ends_at(std::uint64_t position) const noexcept;
  [[nodiscard]] bool filled(std::uint64_t taken, std::size_t available,
                            std::size_t wanted) noexcept;
  void record_margin(std::uint64_t taken, std::uint64_t written) noexcept;
  void shrink_prebuffer(std::size_t played) noexcept;

  const Limits limits_;
  const std::size_t room_;
  const std::size_t least_prebuffer_;
  const std::size_t most_prebuffer_;

  // The writing thread's:
  std::deque<std::unique_ptr<Chunk>> chunks_;  // the taking thread follows their `next` links
  std::vector<std::unique_ptr<Chunk>> spare_;
  std::uint64_t chunks_begin_ = 0;  // position of the first chunk

  alignas(64) std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> clear_to_{0};
  std::atomic<std::size_t> fade_{0};
  std::atomic<std::size_t> clears_{0};  // stored after fade_ and clear_to_
  std::atomic<std::uint64_t> wake_at_{kNever};
  std::atomic<std::uint64_t> end_at_{kNever};
  std::atomic<bool> paused_{false};
  std::atomic<std::size_t> reports_read_{0};

  alignas(64) std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::uint64_t> underruns_{0};
  std::atomic<std::uint64_t> lacking_{0};
  std::atomic<bool> expecting_{false};
  std::atomic<std::size_t> prebuffer_;
  std::atomic<std::size_t> reports_written_{0};
  std::atomic<std::size_t> clears_done_{0};
  std::array<Cleared, 16> reports_{};

  // The taking thread's:
  Chunk* current_;  // holds position taken_, or ends there
  std::uint64_t current_begin_ = 0;
  State state_ = State::idle;
  std::size_t filling_for_ = 0;         // samples of silence since prebuffering began
  std::optional<std::size_t> dry_for_;  // samples of silence since the queue ran dry
  std::size_t stable_for_ = 0;          // samples played since the queue last ran dry
  std::uint64_t written_seen_ = 0;
  std::size_t least_margin_ = kNoMarginSeen;  // least samples left when more arrived, in that time
  std::size_t clears_seen_ = 0;
  bool clearing_ = false;
  std::uint64_t clearing_to_ = 0;
  std::size_t fade_length_ = 0;
  std::size_t faded_ = 0;
};

}  // namespace audio_stream::audio
