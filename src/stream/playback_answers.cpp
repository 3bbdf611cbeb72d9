#include "stream/playback_answers.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace audio_stream::stream {
namespace {

constexpr std::chrono::seconds kRefusedInterval{1};

// The number of answers in one turn, before other streams get theirs.
constexpr std::size_t kAnswersAtATime = 32;

// High-water and low-water mark: at these the server is told to wait, and to continue.
constexpr std::uint32_t kHighPercent = 80;
constexpr std::uint32_t kLowPercent = 50;

}  // namespace

PlaybackAnswers::PlaybackAnswers(Parts parts)
    : parts_{std::move(parts)},
      answering_{parts_.context},
      self_{std::make_shared<PlaybackAnswers*>(this)} {}

PlaybackAnswers::~PlaybackAnswers() {
  *self_ = nullptr;
}

void PlaybackAnswers::on_audio() {
  if (std::exchange(undrained_, true)) return;
  ++utterance_;
  utterance_begin_ = parts_.queue.written();
}

bool PlaybackAnswers::utterance_is_over() const noexcept {
  constexpr std::chrono::milliseconds kLongestGap{audio::Playout::kLongestGapMs};
  return !undrained_ && Clock::now() - quiet_since_ > kLongestGap;
}

bool PlaybackAnswers::end_decoding(std::uint64_t length, const std::string& item) {
  decoding_ = false;
  const std::uint64_t cleared_by = std::exchange(decoding_cleared_by_, 0);
  if (cleared_by == 0) return true;
  skipped_ += length;
  for (Clear& clear : clears_) {
    if (clear.number != cleared_by) continue;
    clear.unqueued += length;
    if (!item.empty()) add_items(clear, {{item, clear.end, clear.end + length}});
  }
  return false;
}

bool PlaybackAnswers::has_room_again() const noexcept {
  return parts_.queue.ms(parts_.queue.queued()) * 100 <=
         std::uint64_t{parts_.buffer_ms} * kLowPercent;
}

/// The position up to which the call has heard the audio, in the server's count.
std::uint64_t PlaybackAnswers::position_ms() const noexcept {
  std::uint64_t position = parts_.queue.taken() + skipped_;
  for (const Clear& clear : clears_) {
    if (!clear.done) position -= clear.unqueued;  // the call has not reached it yet
  }
  return parts_.queue.ms(position);
}

// ---- requests ---------------------------------------------------------------------------------

/// The memory of a waiting mark.
std::size_t PlaybackAnswers::bytes_of(const Mark& mark) noexcept {
  constexpr std::size_t kRecord = 64;
  return mark.name.size() + (mark.answer.empty() ? 0 : mark.answer.bytes()) + kRecord;
}

bool PlaybackAnswers::mark(dialect::MarkRequest request, bool is_internal) {
  if (request.name.size() > kMaxMarkName) {
    refuse("a mark's name has more than " + std::to_string(kMaxMarkName) + " bytes");
    return false;
  }
  Mark mark{std::move(request.name),   end_of_arrived(), clears_requested_, skipped_,
            std::move(request.answer), is_internal};
  const std::size_t bytes = bytes_of(mark);
  if (mark_bytes_ + bytes > kMaxMarkBytes) {
    refuse("more marks are waiting than " + std::to_string(kMaxMarkBytes) + " bytes have room for");
    return false;
  }
  mark_bytes_ += bytes;
  marks_.push_back(std::move(mark));
  if (!is_internal) parts_.queue.end_utterance();
  return true;
}

void PlaybackAnswers::forget_marks() {
  const std::uint64_t taken = parts_.queue.taken();
  std::erase_if(marks_, [&](const Mark& mark) {
    if (mark.position <= taken) return false;
    mark_bytes_ -= bytes_of(mark);
    return true;
  });
}

void PlaybackAnswers::clear(const std::string& reason, std::uint32_t fade_ms,
                            const dialect::ClearRequest& request) {
  if (!request.returns_marks) forget_marks();
  // A clear also clears audio that is not in the queue yet: what the resampler keeps back, and a
  // message that is still being taken or decoded.
  const std::uint64_t unqueued = parts_.queue.unqueued();
  const bool nothing_came = !undrained_ && unqueued == 0 && !is_decoding_for_the_call();
  if (!clears_.empty() && nothing_came) {  // the waiting clear covers this request
    auto& answers = clears_.back().answers;
    if (!request.answer.empty() && answers.size() < kMaxJoined) answers.push_back(request.answer);
    return;
  }
  auto items = items_.cut(end_of_arrived(), request.cut_to);
  skipped_ += unqueued;
  parts_.queue.abandon_unqueued();
  ++clears_requested_;
  if (is_decoding_for_the_call()) {
    decoding_cleared_by_ = clears_requested_;
    on_audio();
  }
  parts_.queue.clear(fade_ms);
  const std::uint64_t end = parts_.queue.written();
  if (clears_.size() < kMaxClears || clears_.back().done) {
    clears_.push_back({reason, end, clears_requested_, utterance_, utterance_begin_, unqueued});
    clears_.back().items = std::move(items);
  } else {
    clears_.back().end = end;
    clears_.back().number = clears_requested_;
    clears_.back().unqueued += unqueued;
    add_items(clears_.back(), std::move(items));
  }
  auto& answers = clears_.back().answers;
  if (!request.answer.empty() && answers.size() < kMaxJoined) answers.push_back(request.answer);
  undrained_ = false;
}

void PlaybackAnswers::add_items(Clear& clear, std::vector<ItemAccounts::Part> items) {
  const std::size_t room = kMaxCutItems - std::min(clear.items.size(), kMaxCutItems);
  items.resize(std::min(items.size(), room));
  std::ranges::move(items, std::back_inserter(clear.items));
}

void PlaybackAnswers::pause(bool paused) {
  parts_.queue.pause(paused);
  notify(dialect::PausedNote{paused, position_ms()});
}

void PlaybackAnswers::refuse(const std::string& reason) {
  notify(dialect::RefusedNote{reason, 0});
}

void PlaybackAnswers::count_refused(std::uint64_t length, std::string why) {
  refused_unreported_ += length;
  refused_ += length;
  refused_why_ = std::move(why);
}

void PlaybackAnswers::report_refused() {
  if (refused_unreported_ == 0) return;
  const auto now = Clock::now();
  if (now - refused_reported_ < kRefusedInterval) return;
  refused_reported_ = now;
  notify(
      dialect::RefusedNote{refused_why_, parts_.queue.ms(std::exchange(refused_unreported_, 0))});
}

// ---- answers ----------------------------------------------------------------------------------

void PlaybackAnswers::report(bool with_refused) {
  arm_wake();
  // Read the position before the clears: if a clear moved it, that clear's report is there already.
  const std::uint64_t taken = parts_.queue.taken();
  items_.heard(taken);
  collect_cleared();
  answer_clears();
  answer_marks(taken);
  report_flow();
  if (with_refused) report_refused();
  const bool answered = !answer_due(taken);
  if (!answered) answer_later();
  if (undrained_ && answered && clears_.empty() && !parts_.queue.taking() && !decoding_ &&
      taken >= parts_.queue.end()) {
    undrained_ = false;
    quiet_since_ = Clock::now();
    notify(dialect::DrainedNote{parts_.queue.ms(taken + skipped_)});
  }
  arm_wake();
}

void PlaybackAnswers::notify(const dialect::Note& note) {
  parts_.event_tokens.take();
  ++answers_;
  parts_.notify(note);
}

bool PlaybackAnswers::may_answer() const noexcept {
  return !answering_later_ && answers_ < kAnswersAtATime && parts_.event_tokens.available();
}

bool PlaybackAnswers::answer_due(std::uint64_t taken) const noexcept {
  if (decoding_cleared_by_ != 0) return false;
  if (!clears_.empty()) return clears_.front().done;
  return !marks_.empty() && marks_.front().position <= taken;
}

void PlaybackAnswers::answer_later() {
  if (std::exchange(answering_later_, true)) return;
  answering_.expires_after(parts_.event_tokens.available() ? Clock::duration{0}
                                                           : parts_.event_tokens.wait());
  answering_.async_wait([self = self_](const boost::system::error_code& cancelled) {
    if (cancelled || *self == nullptr) return;
    PlaybackAnswers& answers = **self;
    answers.answering_later_ = false;
    answers.answers_ = 0;
    answers.parts_.guarded([&] { answers.parts_.on_turn(); });
  });
}

void PlaybackAnswers::collect_cleared() {
  while (const auto report = parts_.queue.next_cleared()) {
    for (Clear& clear : clears_) {
      if (clear.done) continue;
      if (clear.end > report->end) break;
      clear.done = true;
      clear.stopped = std::min(report->stopped, clear.end);
      clear.discarded = clear.end - std::min(std::max(clear.stopped, discarded_up_to_), clear.end);
      discarded_up_to_ = clear.end;
      cleared_ += clear.discarded;
    }
  }
}

void PlaybackAnswers::answer_clears() {
  if (decoding_cleared_by_ != 0) return;  // the length of the cleared audio is not known yet
  while (!clears_.empty() && clears_.front().done) {
    // In the order in which the call heard it: marks before the cut, the cut, marks behind it.
    while (!marks_.empty() && marks_.front().clears < clears_.front().number) {
      if (!may_answer()) return;
      answer_next_mark(clears_.front().stopped);
    }
    if (!may_answer()) return;
    Clear clear = std::move(clears_.front());
    clears_.pop_front();
    notify(dialect::ClearedNote{clear.reason, clear.utterance, parts_.queue.ms(heard_of(clear)),
                                parts_.queue.ms(clear.discarded + clear.unqueued), cut_items(clear),
                                std::move(clear.answers)});
  }
}

/// Of each item of which something was discarded: what the call heard of it before.
std::vector<dialect::CutItem> PlaybackAnswers::cut_items(const Clear& cleared) const {
  struct Heard {
    std::string_view item;
    std::uint64_t heard = 0;
    bool is_cut = false;
  };
  std::vector<Heard> all;  // in their order
  std::unordered_map<std::string_view, std::size_t> known;
  for (const ItemAccounts::Part& part : cleared.items) {
    const std::uint64_t stop =
        std::clamp(cleared.stopped, part.begin, std::max(part.begin, part.end));
    const auto [at, is_new] = known.try_emplace(part.item, all.size());
    if (is_new) all.push_back({part.item});
    Heard& heard = all[at->second];
    heard.heard += stop - part.begin;
    heard.is_cut = heard.is_cut || stop < part.end;
  }
  std::vector<dialect::CutItem> cut;
  for (const Heard& each : all) {
    if (each.is_cut) cut.push_back({std::string{each.item}, parts_.queue.ms(each.heard)});
  }
  return cut;
}

/// Samples of the cleared utterance that the call heard. After a second clear of the same utterance
/// the position is behind everything that the first one discarded, so the first clear's count
/// holds.
std::uint64_t PlaybackAnswers::heard_of(const Clear& cleared) noexcept {
  if (cleared.utterance != heard_utterance_) {
    heard_utterance_ = cleared.utterance;
    heard_ =
        cleared.stopped > cleared.utterance_begin ? cleared.stopped - cleared.utterance_begin : 0;
  }
  return heard_;
}

/// `heard`: the position up to which the call has heard the queue.
void PlaybackAnswers::answer_next_mark(std::uint64_t heard) {
  mark_bytes_ -= bytes_of(marks_.front());
  Mark mark = std::move(marks_.front());
  marks_.pop_front();
  notify(dialect::MarkNote{std::move(mark.name), mark.position <= heard,
                           parts_.queue.ms(std::min(mark.position, heard) + mark.skipped),
                           std::move(mark.answer), mark.is_internal});
}

void PlaybackAnswers::answer_marks(std::uint64_t taken) {
  while (!marks_.empty() && marks_.front().position <= taken && may_answer()) {
    if (!clears_.empty() && clears_.front().done) return;  // its answer comes first
    if (!clears_.empty() && marks_.front().clears < clears_.front().number) return;
    answer_next_mark(taken);
  }
}

void PlaybackAnswers::report_flow() {
  const std::uint64_t queued = parts_.queue.ms(parts_.queue.queued());
  const std::uint64_t limit =
      std::uint64_t{parts_.buffer_ms} * (flow_on_ ? kHighPercent : kLowPercent) / 100;
  if (flow_on_ ? queued < limit : queued > limit) return;
  flow_on_ = !flow_on_;
  notify(dialect::FlowNote{flow_on_, queued});
}

void PlaybackAnswers::arm_wake() {
  std::uint64_t next = audio::Playout::kNever;
  if (!marks_.empty() && !answering_later_) next = marks_.front().position;
  if (undrained_) next = std::min(next, parts_.queue.end());
  if (!flow_on_) {
    const std::uint64_t low =
        parts_.queue.samples(std::uint64_t{parts_.buffer_ms} * kLowPercent / 100);
    const std::uint64_t written = parts_.queue.written();
    next = std::min(next, written > low ? written - low : 0);
  }
  parts_.queue.wake_at(next);
}

}  // namespace audio_stream::stream
