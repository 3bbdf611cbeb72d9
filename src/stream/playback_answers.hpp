#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "dialect/note.hpp"
#include "dialect/playback_request.hpp"
#include "stream/guarded.hpp"
#include "stream/item_accounts.hpp"
#include "stream/playout_queue.hpp"
#include "stream/token_bucket.hpp"

namespace audio_stream::stream {

/// Tells the server and the application what became of the audio in a PlayoutQueue: marks, clears
/// and flow control, in the order in which the call heard it.
///
/// Each answer is a message and an event, and costs a token of the stream. A server that asks for
/// more answers than it has tokens waits for them. Other streams get their turns in between.
///
/// Runs on the stream's I/O thread.
class PlaybackAnswers {
 public:
  using Clock = std::chrono::steady_clock;

  struct Parts {
    PlayoutQueue& queue;  ///< outlives this
    std::uint32_t buffer_ms;
    TokenBucket& event_tokens;  ///< outlives this
    boost::asio::io_context& context;
    std::function<void(const dialect::Note&)> notify;
    std::function<void()> on_turn;  ///< more answers may be given: calls report()
    RunGuarded guarded;
  };

  static constexpr std::size_t kMaxMarkBytes = std::size_t{1024} * 1024;
  static constexpr std::size_t kMaxMarkName = 256;
  /// While this many clears wait to take effect, a further clear joins the last: both get one
  /// answer.
  static constexpr std::size_t kMaxClears = 1000;
  /// The number of a server's clears that wait for one answer. Further ones get none.
  static constexpr std::size_t kMaxJoined = 1000;
  /// The number of items that one answer accounts for. Further ones get no account.
  static constexpr std::size_t kMaxCutItems = ItemAccounts::kMostParts;

  explicit PlaybackAnswers(Parts parts);
  ~PlaybackAnswers();
  PlaybackAnswers(const PlaybackAnswers&) = delete;
  PlaybackAnswers& operator=(const PlaybackAnswers&) = delete;

  // Utterances.

  /// Audio is about to enter the queue. An utterance begins if none is under way.
  void on_audio();
  /// Audio arrived, even if it is refused later.
  void on_arrival() noexcept { quiet_since_ = Clock::now(); }
  /// Judged by time alone: the call has heard all audio, and none arrived for longer than the
  /// longest gap within an utterance.
  [[nodiscard]] bool utterance_is_over() const noexcept;

  // A message that a worker decodes. A clear before the end of decoding clears its audio too.

  void begin_decoding() noexcept { decoding_ = true; }
  /// False if a clear came in between. `length`: of the decoded audio in the queue.
  bool end_decoding(std::uint64_t length, const std::string& item = {});
  [[nodiscard]] bool is_decoding() const noexcept { return decoding_; }
  /// A worker decodes, and no clear came since.
  [[nodiscard]] bool is_decoding_for_the_call() const noexcept {
    return decoding_ && decoding_cleared_by_ == 0;
  }

  // Items.

  /// Audio of `item` is about to enter the queue.
  void on_item(const std::string& item) { items_.add(item, end_of_arrived()); }
  [[nodiscard]] bool is_cut(const std::string& item, dialect::LateAudio late) const {
    return items_.is_cut(item, late);
  }
  /// Audio of that length was discarded before it entered the queue.
  void skip(std::uint64_t length) noexcept { skipped_ += length; }

  // Requests.

  /// Answered when the call has heard all audio that has arrived. False if it was refused.
  /// `is_internal`: of a ServerPiece.
  bool mark(dialect::MarkRequest mark, bool is_internal = false);
  /// Marks that wait get no answer, unless the call has heard all audio before them.
  void forget_marks();
  /// Clears all audio that has arrived. Answered once the call has carried it out.
  void clear(const std::string& reason, std::uint32_t fade_ms,
             const dialect::ClearRequest& request = {});
  void pause(bool paused);

  /// Reports that something the server sent can't be used.
  void refuse(const std::string& reason);
  /// Counts audio that found no room. The next report() with `with_refused` reports it.
  void count_refused(std::uint64_t length, std::string why);
  /// Reports refused audio, at most once a second.
  void report_refused();

  /// Reports what has happened since the last call.
  void report(bool with_refused);
  void report_flow();
  /// Sets the position at which the taking thread wakes this stream.
  void arm_wake();

  /// The answer to a mark or a clear is ready.
  [[nodiscard]] bool answer_due() const noexcept { return answer_due(parts_.queue.taken()); }
  /// The server was told to wait.
  [[nodiscard]] bool told_to_wait() const noexcept { return !flow_on_; }
  /// The position behind all audio that has arrived.
  [[nodiscard]] std::uint64_t end_of_arrived() const noexcept {
    return parts_.queue.end() + parts_.queue.rest_of_message();
  }
  /// The queue is below its low-water mark.
  [[nodiscard]] bool has_room_again() const noexcept;

  // In samples.

  [[nodiscard]] std::uint64_t cleared() const noexcept { return cleared_; }
  [[nodiscard]] std::uint64_t skipped() const noexcept { return skipped_; }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

 private:
  struct Mark {
    std::string name;
    std::uint64_t position;
    std::uint64_t clears;   // clears requested before the mark
    std::uint64_t skipped;  // samples skipped before the mark
    dialect::Answer answer;
    bool is_internal;
  };
  struct Clear {
    std::string reason;
    std::uint64_t end;
    std::uint64_t number;
    std::uint64_t utterance;
    std::uint64_t utterance_begin;
    std::uint64_t unqueued;  // samples cleared before they entered the queue
    std::vector<ItemAccounts::Part> items{};
    std::vector<dialect::Answer> answers{};
    bool done = false;            // carried out, not answered yet
    std::uint64_t stopped = 0;    // position at which it was carried out
    std::uint64_t discarded = 0;  // samples cleared from the queue
  };

  [[nodiscard]] bool answer_due(std::uint64_t taken) const noexcept;
  [[nodiscard]] bool may_answer() const noexcept;
  [[nodiscard]] std::uint64_t position_ms() const noexcept;
  void notify(const dialect::Note& note);
  void collect_cleared();
  void answer_clears();
  std::uint64_t heard_of(const Clear& cleared) noexcept;
  [[nodiscard]] std::vector<dialect::CutItem> cut_items(const Clear& cleared) const;
  static void add_items(Clear& clear, std::vector<ItemAccounts::Part> items);
  static std::size_t bytes_of(const Mark& mark) noexcept;
  void answer_next_mark(std::uint64_t heard);
  void answer_marks(std::uint64_t taken);
  void answer_later();

  const Parts parts_;
  bool undrained_ = false;         // an utterance is under way
  Clock::time_point quiet_since_;  // the last audio came, or the queue ran dry
  bool decoding_ = false;
  std::uint64_t decoding_cleared_by_ = 0;  // number of the clear that came while decoding; 0: none

  ItemAccounts items_;
  std::deque<Mark> marks_;
  std::size_t mark_bytes_ = 0;
  std::deque<Clear> clears_;  // clears without an answer
  std::uint64_t clears_requested_ = 0;
  std::uint64_t utterance_ = 0;
  std::uint64_t utterance_begin_ = 0;
  std::uint64_t discarded_up_to_ = 0;  // discarded samples are counted up to this position
  std::size_t answers_ = 0;            // since the last turn of answer_later()
  bool answering_later_ = false;
  std::uint64_t heard_utterance_ = 0;  // the utterance of the last answered clear
  std::uint64_t heard_ = 0;            // samples of heard_utterance_ that were heard
  bool flow_on_ = true;

  std::uint64_t refused_unreported_ = 0;  // samples
  std::string refused_why_;
  Clock::time_point refused_reported_;

  std::uint64_t skipped_ = 0;  // samples cleared before they entered the queue
  std::uint64_t cleared_ = 0;  // samples cleared from the queue
  std::uint64_t refused_ = 0;  // samples

  boost::asio::steady_timer answering_;
  std::shared_ptr<PlaybackAnswers*> self_;  // tells the timer's handler whether this still exists
};

}  // namespace audio_stream::stream
