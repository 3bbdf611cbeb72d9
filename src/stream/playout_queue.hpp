#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "audio/utterance_resampler.hpp"
#include "stream/guarded.hpp"
#include "stream/playback.hpp"

namespace audio_stream::stream {

/// The server's audio on its way into a call's playouts. Resamples it to the call's rate once, in
/// slices so that other streams get their turns, and writes it for each side that hears it.
///
/// Positions and lengths are in samples at the call's rate. The resampler keeps back the last
/// samples of an utterance until more audio comes, or until the queue has nearly run dry.
///
/// Runs on the stream's I/O thread.
class PlayoutQueue {
 public:
  struct Parts {
    Playback* caller = nullptr;  ///< one of the two may be null; they outlive this
    Playback* callee = nullptr;
    boost::asio::io_context& context;
    RunGuarded guarded;
    /// A slice was taken. `finished`: it was the last one of its message.
    std::function<void(bool finished)> on_slice;
    std::function<void(std::uint32_t rate_hz)> on_unusable;  ///< a message can't be resampled
    std::function<void()> on_tail;  ///< the resampler's last samples are queued
  };

  explicit PlayoutQueue(Parts parts);
  ~PlayoutQueue();
  PlayoutQueue(const PlayoutQueue&) = delete;
  PlayoutQueue& operator=(const PlayoutQueue&) = delete;

  /// The samples of the next message: fill it, then call take(). Empty if no message is being
  /// taken.
  [[nodiscard]] std::vector<std::int16_t>& message() noexcept { return message_; }
  [[nodiscard]] bool taking() const noexcept { return !message_.empty(); }
  /// Whether message() at `rate_hz` fits.
  [[nodiscard]] bool fits(std::uint32_t rate_hz) const noexcept;
  /// Takes message(). True if all of it was taken. Else on_slice() is called for the rest.
  bool take(std::uint32_t rate_hz);
  /// Discards message(), and frees its memory if it is large.
  void drop_message();
  /// Discards what has not entered the playouts: the rest of message(), and what the resampler
  /// keeps back.
  void abandon_unqueued();
  /// The length of what abandon_unqueued() would discard.
  [[nodiscard]] std::uint64_t unqueued() const noexcept {
    return resampler_.kept_back() + rest_of_message();
  }

  /// Discards what the playouts hold. The first `fade_ms` of it still play, fading out.
  void clear(std::uint32_t fade_ms);
  void pause(bool paused);
  /// Ends the utterance behind the audio that has come so far.
  void end_utterance();
  /// The taking thread wakes this stream when it reaches `position`.
  void wake_at(std::uint64_t position) { lead().wake_at(position); }
  /// The report of the next clear that was carried out.
  std::optional<audio::Playout::Cleared> next_cleared();

  [[nodiscard]] bool paused() const noexcept { return lead().paused(); }
  /// There is audio to play, or a clear to carry out.
  [[nodiscard]] bool wanted() const noexcept { return lead().wanted(); }
  [[nodiscard]] std::uint64_t written() const noexcept { return lead().written(); }
  [[nodiscard]] std::uint64_t taken() const noexcept { return lead().taken(); }
  /// The position of the next sample, counting what the resampler keeps back.
  [[nodiscard]] std::uint64_t end() const noexcept {
    return lead().written() + resampler_.kept_back();
  }
  [[nodiscard]] std::uint64_t queued() const noexcept { return written() - taken(); }
  [[nodiscard]] std::uint64_t rest_of_message() const noexcept;
  [[nodiscard]] std::uint64_t underruns() const noexcept { return lead().underruns(); }
  [[nodiscard]] std::uint64_t lacking() const noexcept { return lead().lacking(); }

  /// The length of `samples` at `rate_hz`.
  [[nodiscard]] std::uint64_t length_of(std::size_t samples, std::uint32_t rate_hz) const noexcept;
  [[nodiscard]] std::uint64_t ms(std::uint64_t samples) const noexcept {
    return samples * 1000 / lead().rate_hz();
  }
  [[nodiscard]] std::uint64_t samples(std::uint64_t ms) const noexcept {
    return ms * lead().rate_hz() / 1000;
  }

 private:
  [[nodiscard]] audio::Playout& lead() const noexcept;
  [[nodiscard]] std::uint64_t least_queued() const noexcept;
  bool take_slice();
  void take_later();
  void write(const std::vector<std::int16_t>& samples);
  void finish_tail_in(std::chrono::milliseconds wait);
  void finish_tail();
  template <class Each>
  void for_each_side(const Each& each) const {
    if (parts_.caller != nullptr) each(parts_.caller->playout);
    if (parts_.callee != nullptr) each(parts_.callee->playout);
  }

  const Parts parts_;
  audio::UtteranceResampler resampler_;
  std::vector<std::int16_t> message_;
  std::size_t message_taken_ = 0;  // samples of message_ taken so far
  std::uint32_t message_rate_hz_ = 0;
  std::vector<std::int16_t> converted_;
  boost::asio::steady_timer tail_;
  std::shared_ptr<PlayoutQueue*> self_;  // tells timers and posted work whether this still exists
};

}  // namespace audio_stream::stream
