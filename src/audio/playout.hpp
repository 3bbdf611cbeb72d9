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

/// What a server wants a call to hear, on its way from the I/O thread that receives it to the
/// thread that writes to the call. Mono, at one rate.
///
/// Positions count samples since the start of the stream, from 0: what is written gets the next
/// ones, what is taken has had them. A mark is a position.
///
/// An utterance is held back until there is as much as the prebuffer and the frame to be played, or
/// until that much time has gone by; not at all if all of it is there, which only its writer can
/// tell: see end_at(). When it runs dry in the middle there is silence, and the prebuffer grows
/// towards its bound by what was lacking and a step; it shrinks back a step when for a while there
/// were always two of them left.
///
/// One writing and one taking thread at a time. Neither waits for the other; taking allocates
/// nothing.
class Playout {
 public:
  struct Limits {
    std::uint32_t rate_hz = 8000;
    std::uint32_t buffer_ms = 300'000;  ///< room
    std::uint32_t prebuffer_ms = 60;
  };
  /// The prebuffer grows so far, unless it is set to more.
  static constexpr std::uint32_t kMostPrebufferMs = 200;
  /// What comes later than this after the queue ran dry begins an utterance, and nothing lacked.
  static constexpr std::uint32_t kLongestGapMs = 500;
  static constexpr std::uint32_t kLastBitMs = 5;
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  /// A clear(), or several at once, carried out: of what was queued up to `end`, nothing from
  /// `stopped` on was taken.
  struct Cleared {
    std::uint64_t stopped;
    std::uint64_t end;
  };

  explicit Playout(const Limits& limits);
  ~Playout();
  Playout(const Playout&) = delete;
  Playout& operator=(const Playout&) = delete;

  [[nodiscard]] std::uint32_t rate_hz() const noexcept { return limits_.rate_hz; }

  // The writing thread.

  /// Samples there is room for.
  [[nodiscard]] std::size_t room() const noexcept;
  /// `samples` must not be more than there is room for.
  void write(std::span<const std::int16_t> samples);
  /// Throws away what has not been taken yet; what is written from now on is played. The first
  /// `fade` samples of what goes are taken still, ever softer.
  void clear(std::size_t fade) noexcept;
  /// An utterance ends there: it is not held back once all of it is there, and nothing is lacking
  /// when it runs dry. Of what is to come up to kLastBitMs may still be missing: a filter keeps it.
  void end_at(std::uint64_t position) noexcept { end_at_.store(position); }
  /// The clears that have been carried out, in their order, each once.
  std::optional<Cleared> next_cleared() noexcept;
  /// take() is to tell once it has got so far; kNever: not at all.
  void wake_at(std::uint64_t position) noexcept { wake_at_.store(position); }

  // Any thread.

  void pause(bool paused) noexcept { paused_.store(paused, std::memory_order_relaxed); }
  [[nodiscard]] bool paused() const noexcept { return paused_.load(std::memory_order_relaxed); }
  /// So much was written, and so much of it was taken or thrown away.
  [[nodiscard]] std::uint64_t written() const noexcept {
    return written_.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_.load(); }
  /// There is something to do, if only somebody took.
  [[nodiscard]] bool wanted() const noexcept {
    return (!paused() && taken() < written()) || clears_.load() != clears_done_.load();
  }
  /// It ran dry a moment ago, and more may come: take() is to see how long that takes.
  [[nodiscard]] bool expecting() const noexcept {
    return !paused() && expecting_.load(std::memory_order_relaxed);
  }
  /// How often it ran dry within an utterance, and the silence that was put in, in samples.
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

  // The taking thread.

  struct Taken {
    std::size_t samples = 0;  ///< that are the server's; the rest is silence
    bool wake = false;        ///< the writing thread has something to do
  };
  /// Fills all of `out`.
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

  // The writing thread's.
  std::deque<std::unique_ptr<Chunk>> chunks_;  // the taking thread walks them by their links
  std::vector<std::unique_ptr<Chunk>> spare_;
  std::uint64_t chunks_begin_ = 0;  // position of the first

  alignas(64) std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> clear_to_{0};
  std::atomic<std::size_t> fade_{0};
  std::atomic<std::size_t> clears_{0};  // after these two
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

  // The taking thread's.
  Chunk* current_;  // holds position taken_, or ends there
  std::uint64_t current_begin_ = 0;
  State state_ = State::idle;
  std::size_t filling_for_ = 0;         // samples of silence since there was something
  std::optional<std::size_t> dry_for_;  // samples of silence since it ran dry
  std::size_t stable_for_ = 0;          // samples played without running dry
  std::uint64_t written_seen_ = 0;
  std::size_t least_margin_ = kNoMarginSeen;  // meanwhile: what was left when more came
  std::size_t clears_seen_ = 0;
  bool clearing_ = false;
  std::uint64_t clearing_to_ = 0;
  std::size_t fade_length_ = 0;
  std::size_t faded_ = 0;
};

}  // namespace audio_stream::audio
