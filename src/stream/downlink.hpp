#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <tl/expected.hpp>

#include "audio/utterance_resampler.hpp"
#include "dialect/note.hpp"
#include "dialect/playback_request.hpp"
#include "dialect/speech.hpp"
#include "stream/guarded.hpp"
#include "stream/playback.hpp"
#include "stream/token_bucket.hpp"

namespace audio_stream::stream {

/// What comes down: takes the server's audio and requests in the order they were sent, brings the
/// audio to the call's rate and into the queue the call plays from, and tells what became of it.
///
/// Owned by its session. Every function runs on the stream's I/O thread.
class Downlink {
 public:
  struct Parts {
    Playback* caller = nullptr;  ///< either or both; they outlive this
    Playback* callee = nullptr;
    std::uint32_t rate_hz = 8000;  ///< of binary messages
    std::uint32_t buffer_ms = 300'000;
    TokenBucket& event_tokens;  ///< of answers; outlives this
    boost::asio::io_context& context;
    std::function<void(const dialect::Note&)> notify;
    std::function<void()> ready;  ///< all that was given has been taken: the next may come
    RunGuarded guarded;
  };

  /// What a clear without a fade of its own gets: enough for not to click.
  static constexpr std::uint32_t kFadeMs = 5;
  static constexpr std::size_t kMostMarkBytes = std::size_t{1024} * 1024;
  static constexpr std::size_t kLongestMark = 256;
  /// A clear beyond this number, while none of them has taken effect, joins the last one: both have
  /// one answer.
  static constexpr std::size_t kMostClears = 1000;

  explicit Downlink(Parts parts);
  ~Downlink();
  Downlink(const Downlink&) = delete;
  Downlink& operator=(const Downlink&) = delete;

  /// Audio of the server: a part of a message of L16, little-endian, any number of bytes. `last`
  /// ends the message. False if it takes a while, so that nothing more may come until `ready` was
  /// called.
  bool audio(std::string_view bytes, bool last);
  bool speech(dialect::Speech speech);
  /// A message is being decoded elsewhere. A clear in the meantime is one of it too.
  void begin_decoding() noexcept { decoding_ = true; }
  /// It had no audio.
  void decoding_yielded_nothing();
  /// What became of that. False as above.
  bool decoded(tl::expected<dialect::Speech, std::string> speech);
  /// Something the server sent is of no use.
  void refuse(const std::string& reason);
  void request(const dialect::PlaybackRequest& request);
  void clear(const std::string& reason, std::optional<std::uint32_t> fade_ms = {});
  void pause(bool paused);
  /// A connection's first audio begins with a whole sample.
  void new_connection() noexcept;

  /// Tells what has happened since. Whenever the call has woken us, and now and then.
  void report();
  /// Something of the server is still to be heard, and will be.
  [[nodiscard]] bool unplayed() const noexcept;
  /// So long, at most.
  [[nodiscard]] std::chrono::milliseconds unplayed_time() const noexcept;
  /// There is something that could be interrupted.
  [[nodiscard]] bool playing() const noexcept;

  struct Totals {
    std::uint64_t received_ms = 0;
    std::uint64_t played_ms = 0;
    std::uint64_t cleared_ms = 0;
    std::uint64_t refused_ms = 0;
    std::uint64_t unplayed_ms = 0;  ///< what is waiting
    std::uint64_t underruns = 0;
    std::uint64_t underrun_ms = 0;
  };
  [[nodiscard]] Totals totals() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Mark {
    std::string name;
    std::uint64_t position;
    std::uint64_t clears;   // that had been asked for before
    std::uint64_t skipped;  // before
  };
  struct Clear {
    std::string reason;
    std::uint64_t end;
    std::uint64_t number;
    std::uint64_t utterance;
    std::uint64_t utterance_begin;
    std::uint64_t unqueued;       // went without having got into the queue
    bool done = false;            // it has taken effect, and waits for its answer
    std::uint64_t stopped = 0;    // where, then
    std::uint64_t discarded = 0;  // out of the queue
  };

  [[nodiscard]] bool utterance_is_over() const noexcept;
  void drop_half_sample() noexcept;
  bool take(std::uint32_t rate_hz);
  void begin_utterance() noexcept;
  bool take_slice();
  void take_later();
  void append(std::vector<std::int16_t>& out);
  void wait_for_tail(std::chrono::milliseconds wait);
  void finish_tail();
  void mark(std::string name);
  void notify(const dialect::Note& note);
  void collect_cleared();
  void answer_clears();
  std::uint64_t heard_of(const Clear& cleared, std::uint64_t stopped) noexcept;
  void answer_next_mark(std::uint64_t heard);
  void answer_marks(std::uint64_t taken);
  [[nodiscard]] bool may_answer() const noexcept;
  [[nodiscard]] bool answer_due(std::uint64_t taken) const noexcept;
  void answer_later();
  void notify_flow();
  void notify_refused(bool at_last = false);
  void arm_wake();
  [[nodiscard]] audio::Playout& lead_playout() const noexcept;
  [[nodiscard]] std::size_t room() const noexcept;
  [[nodiscard]] bool half_is_free() const noexcept;
  [[nodiscard]] std::uint64_t queued() const noexcept;
  [[nodiscard]] std::uint64_t rest_of_message() const noexcept;
  /// As long as `samples` of that rate are in the queue.
  [[nodiscard]] std::uint64_t length_of(std::size_t samples, std::uint32_t rate_hz) const noexcept;
  [[nodiscard]] std::uint64_t position_ms() const noexcept;
  /// Where the next sample will be, with what the resampler keeps back.
  [[nodiscard]] std::uint64_t end() const noexcept;
  [[nodiscard]] std::uint64_t ms(std::uint64_t samples) const noexcept;
  template <class Each>
  void for_each_side(const Each& each) const {
    if (parts_.caller != nullptr) each(parts_.caller->playout);
    if (parts_.callee != nullptr) each(parts_.callee->playout);
  }

  const Parts parts_;
  audio::UtteranceResampler resampler_;
  // The first byte of a sample whose second byte has not come yet. It belongs to its utterance:
  // everything that ends an utterance drops it.
  std::optional<char> half_sample_;
  bool in_message_ = false;       // a part of a binary message has come, and not the last one
  bool refuses_message_ = false;  // a part of it had no room, so what follows is refused
  bool skips_byte_ = false;       // the first byte of a sample was cleared: its second one goes too
  Clock::time_point quiet_since_;  // the last audio came, or the queue ran dry

  // A message that is taken slice by slice, so that other streams get their turns.
  std::vector<std::int16_t> message_;
  std::size_t message_taken_ = 0;
  std::uint32_t message_rate_hz_ = 0;
  std::vector<std::int16_t> converted_;

  bool decoding_ = false;                  // a message that is being decoded
  std::uint64_t decoding_cleared_by_ = 0;  // number of the clear that it falls to; 0: none

  std::deque<Mark> marks_;
  std::size_t mark_bytes_ = 0;
  std::deque<Clear> clears_;  // not answered yet
  std::uint64_t clears_asked_ = 0;
  std::uint64_t utterance_ = 0;
  std::uint64_t utterance_begin_ = 0;
  std::uint64_t discarded_up_to_ = 0;  // position up to which thrown samples are counted
  std::size_t answers_ = 0;            // since the last turn of answer_later()
  bool answering_later_ = false;
  std::uint64_t heard_utterance_ = 0;  // the last one that a clear was answered for
  std::uint64_t heard_ = 0;            // of it, in samples
  std::uint64_t skipped_ = 0;          // samples that went without having got into the queue
  bool undrained_ = false;
  bool flow_on_ = true;

  std::uint64_t refused_unreported_ = 0;  // samples of the queue
  std::string refused_why_;
  Clock::time_point refused_reported_;

  // Totals, in samples of the queue.
  std::uint64_t cleared_ = 0;  // out of the queue
  std::uint64_t refused_ = 0;

  boost::asio::steady_timer tail_;
  boost::asio::steady_timer answering_;
  std::shared_ptr<Downlink*> self_;  // says to timers and posted work whether this is still there
};

}  // namespace audio_stream::stream
