#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "dialect/note.hpp"
#include "stream/guarded.hpp"
#include "stream/playout_queue.hpp"
#include "stream/token_bucket.hpp"

namespace audio_stream::stream {

/// Marks, clears, flow control and the rest of what the server and the application are told of the
/// audio in a PlayoutQueue, in the order in which the call heard it.
///
/// Each answer is a message and an event, and costs a token of the stream. A server that asks for
/// more answers than it has tokens waits for them. Other streams have their turn in between.
///
/// On the stream's I/O thread.
class PlaybackAnswers {
 public:
  using Clock = std::chrono::steady_clock;

  struct Parts {
    PlayoutQueue& queue;  ///< outlives this
    std::uint32_t buffer_ms;
    TokenBucket& event_tokens;  ///< outlives this
    boost::asio::io_context& context;
    std::function<void(const dialect::Note&)> notify;
    std::function<void()> on_turn;  ///< more answers may be given: report()
    RunGuarded guarded;
  };

  static constexpr std::size_t kMaxMarkBytes = std::size_t{1024} * 1024;
  static constexpr std::size_t kMaxMarkName = 256;
  /// While so many clears have not taken effect, a further one joins the last: both have one
  /// answer.
  static constexpr std::size_t kMaxClears = 1000;

  explicit PlaybackAnswers(Parts parts);
  ~PlaybackAnswers();
  PlaybackAnswers(const PlaybackAnswers&) = delete;
  PlaybackAnswers& operator=(const PlaybackAnswers&) = delete;

  // Utterances.

  /// Audio is about to get into the queue: an utterance begins if none is under way.
  void on_audio();
  /// Audio came, whatever becomes of it.
  void on_arrival() noexcept { quiet_since_ = Clock::now(); }
  /// By time alone: the call has heard everything that came, and nothing came since for longer than
  /// a gap may last.
  [[nodiscard]] bool utterance_is_over() const noexcept;

  // A message that a worker decodes. A clear meanwhile is a clear of it too.

  void begin_decoding() noexcept { decoding_ = true; }
  /// False if a clear has fallen to it. `length`: of its audio in the queue.
  bool end_decoding(std::uint64_t length);
  [[nodiscard]] bool is_decoding() const noexcept { return decoding_; }
  /// And its audio will be heard.
  [[nodiscard]] bool is_decoding_for_the_call() const noexcept {
    return decoding_ && decoding_cleared_by_ == 0;
  }

  // Requests.

  /// Answered when the call has heard all audio before it. False if it was refused.
  bool mark(std::string name);
  /// Clears everything that has come. Answered once the call has carried it out.
  void clear(const std::string& reason, std::uint32_t fade_ms);
  void pause(bool paused);

  /// Something the server sent is of no use.
  void refuse(const std::string& reason);
  /// Audio found no room. Told with the next report() that tells refused audio.
  void count_refused(std::uint64_t length, std::string why);
  /// Tells of refused audio, but at most once in a second.
  void report_refused();

  /// Tells what has happened since.
  void report(bool with_refused);
  void report_flow();
  /// Tells the taking thread when to wake this stream.
  void arm_wake();

  /// A mark or a clear has its answer ready.
  [[nodiscard]] bool answer_due() const noexcept { return answer_due(parts_.queue.taken()); }
  /// The queue holds less than the server is told to go on at.
  [[nodiscard]] bool has_room_again() const noexcept;

  // In samples.

  [[nodiscard]] std::uint64_t cleared() const noexcept { return cleared_; }
  [[nodiscard]] std::uint64_t skipped() const noexcept { return skipped_; }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

 private:
  struct Mark {
    std::string name;
    std::uint64_t position;
    std::uint64_t clears;   // requested before
    std::uint64_t skipped;  // before
  };
  struct Clear {
    std::string reason;
    std::uint64_t end;
    std::uint64_t number;
    std::uint64_t utterance;
    std::uint64_t utterance_begin;
    std::uint64_t unqueued;       // what went without having got into the queue
    bool done = false;            // carried out, and not answered
    std::uint64_t stopped = 0;    // where, then
    std::uint64_t discarded = 0;  // out of the queue
  };

  [[nodiscard]] bool answer_due(std::uint64_t taken) const noexcept;
  [[nodiscard]] bool may_answer() const noexcept;
  [[nodiscard]] std::uint64_t position_ms() const noexcept;
  void notify(const dialect::Note& note);
  void collect_cleared();
  void answer_clears();
  std::uint64_t heard_of(const Clear& cleared) noexcept;
  void answer_next_mark(std::uint64_t heard);
  void answer_marks(std::uint64_t taken);
  void answer_later();

  const Parts parts_;
  bool undrained_ = false;         // an utterance is under way
  Clock::time_point quiet_since_;  // the last audio came, or the queue ran dry
  bool decoding_ = false;
  std::uint64_t decoding_cleared_by_ = 0;  // number of the clear that it falls to; 0: none

  std::deque<Mark> marks_;
  std::size_t mark_bytes_ = 0;
  std::deque<Clear> clears_;  // not answered yet
  std::uint64_t clears_requested_ = 0;
  std::uint64_t utterance_ = 0;
  std::uint64_t utterance_begin_ = 0;
  std::uint64_t discarded_up_to_ = 0;  // discarded samples are counted up to this position
  std::size_t answers_ = 0;            // since the last turn of answer_later()
  bool answering_later_ = false;
  std::uint64_t heard_utterance_ = 0;  // the last one that a clear was answered for
  std::uint64_t heard_ = 0;            // of it, in samples
  bool flow_on_ = true;

  std::uint64_t refused_unreported_ = 0;  // samples
  std::string refused_why_;
  Clock::time_point refused_reported_;

  std::uint64_t skipped_ = 0;  // samples that went without having got into the queue
  std::uint64_t cleared_ = 0;  // samples that went out of the queue
  std::uint64_t refused_ = 0;  // samples

  boost::asio::steady_timer answering_;
  std::shared_ptr<PlaybackAnswers*> self_;  // tells the timer whether this still exists
};

}  // namespace audio_stream::stream
