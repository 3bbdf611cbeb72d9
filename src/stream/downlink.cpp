#include "stream/downlink.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>
#include <variant>

namespace audio_stream::stream {
namespace {

// So much is converted before other streams get a turn.
constexpr std::size_t kSlice = 16'384;

// Room for so many samples is kept between messages: 20 ms of them at 48 kHz.
constexpr std::size_t kKept = 1024;

// The filter waits so long for what may follow; and as long as more is queued than kRunningDryMs,
// since cutting the sound short where it goes on would be heard. It looks again kTailLeadMs before
// the queue is empty.
constexpr std::chrono::milliseconds kTail{20};
constexpr std::uint64_t kRunningDryMs = 40;
constexpr std::uint64_t kTailLeadMs = 30;

constexpr std::chrono::seconds kRefusedInterval{1};

// So many answers are told before other streams have their turn.
constexpr std::size_t kAnswersAtATime = 32;

// The server is told to wait at 4/5 of the room, and to go on at half.
constexpr std::uint32_t kHighPercent = 80;
constexpr std::uint32_t kLowPercent = 50;

// What a mark that waits costs.
std::size_t bytes_of(const std::string& name) {
  constexpr std::size_t kRecord = 64;
  return name.size() + kRecord;
}

/// Samples of L16, little-endian.
void append_samples(std::string_view bytes, std::vector<std::int16_t>& samples) {
  if (bytes.size() < 2) return;
  const std::size_t begin = samples.size();
  samples.resize(begin + bytes.size() / 2);
  std::memcpy(samples.data() + begin, bytes.data(), (samples.size() - begin) * 2);
  if constexpr (std::endian::native == std::endian::big) {
    for (auto i = samples.begin() + static_cast<std::ptrdiff_t>(begin); i != samples.end(); ++i) {
      const auto swapped = static_cast<std::uint16_t>(*i);
      *i = static_cast<std::int16_t>(swapped << 8 | swapped >> 8);
    }
  }
}

void forget(std::vector<std::int16_t>& samples) {
  samples.clear();
  if (samples.capacity() > kKept) samples.shrink_to_fit();
}

audio::UtteranceResampler resampler_for(std::uint32_t rate_hz) {
  // The rate is one that the uplink converts from, so this one can convert to it.
  return std::move(*audio::UtteranceResampler::create(rate_hz));
}

}  // namespace

Downlink::Downlink(Parts parts)
    : parts_{std::move(parts)},
      resampler_{resampler_for(lead_playout().rate_hz())},
      tail_{parts_.context},
      answering_{parts_.context},
      self_{std::make_shared<Downlink*>(this)} {}

Downlink::~Downlink() {
  *self_ = nullptr;
}

audio::Playout& Downlink::lead_playout() const noexcept {
  // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.UndefReturn): there is one of them at least
  return parts_.caller != nullptr ? parts_.caller->playout : parts_.callee->playout;
}

std::size_t Downlink::room() const noexcept {
  std::size_t least = lead_playout().room();
  for_each_side([&](const audio::Playout& side) { least = std::min(least, side.room()); });
  return least;
}

std::uint64_t Downlink::end() const noexcept {
  return lead_playout().written() + resampler_.kept_back();
}

std::uint64_t Downlink::ms(std::uint64_t samples) const noexcept {
  return samples * 1000 / lead_playout().rate_hz();
}

/// By the side that has less of it.
std::uint64_t Downlink::queued() const noexcept {
  std::uint64_t least = lead_playout().written() - lead_playout().taken();
  for_each_side(
      [&](const audio::Playout& side) { least = std::min(least, side.written() - side.taken()); });
  return least;
}

std::uint64_t Downlink::length_of(std::size_t samples, std::uint32_t rate_hz) const noexcept {
  return samples * std::uint64_t{lead_playout().rate_hz()} / rate_hz;
}

std::uint64_t Downlink::rest_of_message() const noexcept {
  if (message_.empty()) return 0;
  return length_of(message_.size() - message_taken_, message_rate_hz_);
}

/// As when the server is told to go on.
bool Downlink::half_is_free() const noexcept {
  return ms(lead_playout().written() - lead_playout().taken()) * 100 <=
         std::uint64_t{parts_.buffer_ms} * kLowPercent;
}

/// Of what the call has got to, counted as the server does.
std::uint64_t Downlink::position_ms() const noexcept {
  std::uint64_t position = lead_playout().taken() + skipped_;
  for (const Clear& clear : clears_) {
    if (!clear.done) position -= clear.unqueued;  // it has not got there yet
  }
  return ms(position);
}

bool Downlink::playing() const noexcept {
  return lead_playout().wanted() || !message_.empty() || (decoding_ && decoding_cleared_by_ == 0);
}

bool Downlink::unplayed() const noexcept {
  if (lead_playout().paused()) return false;  // nobody could resume it
  const bool being_decoded = decoding_ && decoding_cleared_by_ == 0;
  return being_decoded || !message_.empty() || lead_playout().taken() < end() ||
         answer_due(lead_playout().taken());
}

std::chrono::milliseconds Downlink::unplayed_time() const noexcept {
  if (decoding_) return std::chrono::milliseconds{parts_.buffer_ms};
  return std::chrono::milliseconds{ms(end() + rest_of_message() - lead_playout().taken())};
}

// ---- audio ------------------------------------------------------------------------------------

bool Downlink::audio(std::string_view bytes, bool last) {
  if (!in_message_ && utterance_is_over()) half_sample_.reset();
  if (skips_byte_ && !bytes.empty()) {
    bytes.remove_prefix(1);
    skips_byte_ = false;
  }
  in_message_ = !last;
  if (last) skips_byte_ = false;
  if (bytes.empty()) {
    if (last && std::exchange(refuses_message_, false)) notify_refused();
    return true;
  }
  if (half_sample_) {
    const std::array<char, 2> sample{*half_sample_, bytes.front()};
    append_samples({sample.data(), sample.size()}, message_);
    half_sample_.reset();
    bytes.remove_prefix(1);
  }
  append_samples(bytes, message_);
  if (bytes.size() % 2 != 0) half_sample_ = bytes.back();
  quiet_since_ = Clock::now();
  return take(parts_.rate_hz);
}

void Downlink::new_connection() noexcept {
  half_sample_.reset();
  in_message_ = false;
  skips_byte_ = false;
  refuses_message_ = false;
}

/// In the middle of a message the samples after it keep their places.
void Downlink::drop_half_sample() noexcept {
  skips_byte_ = skips_byte_ || (half_sample_ && in_message_);
  half_sample_.reset();
}

/// By time alone: all that came has been played, and for longer than a gap may last nothing came.
bool Downlink::utterance_is_over() const noexcept {
  constexpr std::chrono::milliseconds kLongestGap{audio::Playout::kLongestGapMs};
  return !undrained_ && Clock::now() - quiet_since_ > kLongestGap;
}

bool Downlink::speech(dialect::Speech speech) {
  half_sample_.reset();
  message_ = std::move(speech.samples);
  return take(speech.rate_hz);
}

void Downlink::decoding_yielded_nothing() {
  decoding_ = false;
  decoding_cleared_by_ = 0;
  report();
}

bool Downlink::decoded(tl::expected<dialect::Speech, std::string> speech) {
  decoding_ = false;
  const std::uint64_t cleared_by = std::exchange(decoding_cleared_by_, 0);
  if (!speech) refuse(speech.error());
  if (cleared_by == 0 && speech) return this->speech(std::move(*speech));
  if (speech) {
    const std::uint64_t length = length_of(speech->samples.size(), speech->rate_hz);
    skipped_ += length;
    for (Clear& clear : clears_) {
      if (clear.number == cleared_by) clear.unqueued += length;
    }
  }
  report();
  return true;
}

/// What is in message_, all of it.
bool Downlink::take(std::uint32_t rate_hz) {
  if (message_.empty()) return true;
  message_taken_ = 0;
  message_rate_hz_ = rate_hz;
  const std::uint64_t length = length_of(message_.size(), rate_hz);
  if (refuses_message_ && half_is_free()) refuses_message_ = false;
  if (refuses_message_ || length + resampler_.kept_back() > room()) {
    refuses_message_ = in_message_;
    refused_unreported_ += length;
    refused_ += length;
    refused_why_ = "more than " + std::to_string(parts_.buffer_ms) +
                   " ms would be waiting to be played (STREAM_PLAYBACK_BUFFER)";
    if (!in_message_) notify_refused();
    forget(message_);
    return true;
  }
  if (!undrained_) begin_utterance();
  return take_slice();
}

void Downlink::begin_utterance() noexcept {
  undrained_ = true;
  ++utterance_;
  utterance_begin_ = lead_playout().written();
}

/// True once nothing of the message is left.
bool Downlink::take_slice() {
  const auto slice = std::span<const std::int16_t>{message_}
                         .subspan(message_taken_)
                         .first(std::min(kSlice, message_.size() - message_taken_));
  message_taken_ += slice.size();
  converted_.clear();
  const bool usable = resampler_.append(slice, message_rate_hz_, converted_);
  if (!usable) refuse("audio of " + std::to_string(message_rate_hz_) + " Hz can't be resampled");
  append(converted_);
  if (usable && message_taken_ < message_.size()) {
    take_later();
    return false;
  }
  forget(message_);
  forget(converted_);
  wait_for_tail(kTail);
  notify_flow();
  arm_wake();
  return true;
}

void Downlink::take_later() {
  boost::asio::post(parts_.context, [self = self_] {
    if (*self == nullptr) return;
    Downlink& downlink = **self;
    downlink.parts_.guarded([&] {
      if (downlink.take_slice()) downlink.parts_.ready();
    });
  });
}

void Downlink::append(std::vector<std::int16_t>& out) {
  if (out.empty()) return;
  for_each_side([&](audio::Playout& side) { side.write(out); });
}

void Downlink::wait_for_tail(std::chrono::milliseconds wait) {
  if (resampler_.kept_back() == 0) return;
  tail_.expires_after(wait);
  tail_.async_wait([self = self_](const boost::system::error_code& cancelled) {
    if (cancelled || *self == nullptr) return;
    Downlink& downlink = **self;
    downlink.parts_.guarded([&] { downlink.finish_tail(); });
  });
}

void Downlink::finish_tail() {
  if (!message_.empty() || lead_playout().paused())
    return;  // take_slice() goes on, or pause(false) does
  if (const std::uint64_t left = ms(queued()); left > kRunningDryMs) {
    wait_for_tail(std::chrono::milliseconds{left - kTailLeadMs});
    return;
  }
  converted_.clear();
  resampler_.finish(converted_);
  append(converted_);
  report();
}

void Downlink::refuse(const std::string& reason) {
  notify(dialect::RefusedNote{reason, 0});
}

void Downlink::notify_refused(bool at_last) {
  if (refused_unreported_ == 0) return;
  const auto now = Clock::now();
  if (!at_last && now - refused_reported_ < kRefusedInterval) return;
  refused_reported_ = now;
  notify(dialect::RefusedNote{refused_why_, ms(std::exchange(refused_unreported_, 0))});
}

// ---- control ----------------------------------------------------------------------------------

void Downlink::request(const dialect::PlaybackRequest& request) {
  if (const auto* to_mark = std::get_if<dialect::MarkRequest>(&request)) {
    mark(to_mark->name);
  } else if (const auto* to_clear = std::get_if<dialect::ClearRequest>(&request)) {
    clear("server", to_clear->fade_ms);
  } else {
    pause(std::get<dialect::PauseRequest>(request).paused);
  }
}

void Downlink::mark(std::string name) {
  if (name.size() > kLongestMark) {
    refuse("a mark's name has more than " + std::to_string(kLongestMark) + " bytes");
    return;
  }
  if (mark_bytes_ + bytes_of(name) > kMostMarkBytes) {
    refuse("more marks are waiting than " + std::to_string(kMostMarkBytes) +
           " bytes have room for");
    return;
  }
  half_sample_.reset();
  mark_bytes_ += bytes_of(name);
  marks_.push_back({std::move(name), end(), clears_asked_, skipped_});
  for_each_side([&](audio::Playout& side) { side.end_at(end()); });
  report();
}

void Downlink::clear(const std::string& reason, std::optional<std::uint32_t> fade_ms) {
  report();
  drop_half_sample();
  // What has not got into the queue is part of what goes: what the filter keeps, and a message that
  // is still being taken, or decoded.
  const std::uint64_t unqueued = resampler_.kept_back() + rest_of_message();
  const bool nothing_came =
      !undrained_ && unqueued == 0 && (!decoding_ || decoding_cleared_by_ != 0);
  if (!clears_.empty() && nothing_came) return;  // the clear that waits clears this as well
  skipped_ += unqueued;
  resampler_.abandon();
  tail_.cancel();
  message_taken_ = message_.size();
  ++clears_asked_;
  if (decoding_ && decoding_cleared_by_ == 0) {
    decoding_cleared_by_ = clears_asked_;
    if (!undrained_) begin_utterance();
  }
  const std::size_t fade = std::size_t{fade_ms.value_or(kFadeMs)} * lead_playout().rate_hz() / 1000;
  for_each_side([&](audio::Playout& side) { side.clear(fade); });
  if (clears_.size() < kMostClears || clears_.back().done) {
    clears_.push_back(
        {reason, lead_playout().written(), clears_asked_, utterance_, utterance_begin_, unqueued});
  } else {
    clears_.back().end = lead_playout().written();
    clears_.back().number = clears_asked_;
    clears_.back().unqueued += unqueued;
  }
  undrained_ = false;
  report();
}

void Downlink::pause(bool paused) {
  report();
  for_each_side([&](audio::Playout& side) { side.pause(paused); });
  notify(dialect::PausedNote{paused, position_ms()});
  if (!paused) wait_for_tail(kTail);
}

// ---- telling ----------------------------------------------------------------------------------

void Downlink::report() {
  arm_wake();
  // Positions first: if one jumped because of a clear, the clear's report is there already.
  const std::uint64_t taken = lead_playout().taken();
  collect_cleared();
  answer_clears();
  answer_marks(taken);
  notify_flow();
  if (!refuses_message_) notify_refused();
  const bool answered = !answer_due(taken);
  if (!answered) answer_later();
  if (undrained_ && answered && clears_.empty() && message_.empty() && !decoding_ &&
      taken >= end()) {
    undrained_ = false;
    quiet_since_ = Clock::now();
    notify(dialect::DrainedNote{ms(taken + skipped_)});
  }
  arm_wake();
}

void Downlink::notify(const dialect::Note& note) {
  parts_.event_tokens.take();
  ++answers_;
  parts_.notify(note);
}

/// Each answer is a text and an event: other streams have their turn after some of them, and a
/// server that asks for more than its budget waits.
bool Downlink::may_answer() const noexcept {
  return !answering_later_ && answers_ < kAnswersAtATime && parts_.event_tokens.available();
}

bool Downlink::answer_due(std::uint64_t taken) const noexcept {
  if (decoding_cleared_by_ != 0) return false;
  if (!clears_.empty()) return clears_.front().done;
  return !marks_.empty() && marks_.front().position <= taken;
}

void Downlink::answer_later() {
  if (std::exchange(answering_later_, true)) return;
  answering_.expires_after(parts_.event_tokens.available() ? Clock::duration{0}
                                                           : parts_.event_tokens.wait());
  answering_.async_wait([self = self_](const boost::system::error_code& cancelled) {
    if (cancelled || *self == nullptr) return;
    Downlink& downlink = **self;
    downlink.answering_later_ = false;
    downlink.answers_ = 0;
    downlink.parts_.guarded([&] { downlink.report(); });
  });
}

/// Counts what the call threw away.
void Downlink::collect_cleared() {
  if (parts_.caller != nullptr && parts_.callee != nullptr) {
    while (parts_.callee->playout.next_cleared()) {  // the caller's tells
    }
  }
  while (const auto report = lead_playout().next_cleared()) {
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

void Downlink::answer_clears() {
  if (decoding_cleared_by_ != 0) return;  // how much that is will be known in a moment
  while (!clears_.empty() && clears_.front().done) {
    // What was heard before the cut, then the cut, then what fell to it.
    while (!marks_.empty() && marks_.front().clears < clears_.front().number) {
      if (!may_answer()) return;
      answer_next_mark(clears_.front().stopped);
    }
    if (!may_answer()) return;
    const Clear clear = std::move(clears_.front());
    clears_.pop_front();
    notify(dialect::ClearedNote{clear.reason, clear.utterance, ms(heard_of(clear, clear.stopped)),
                                ms(clear.discarded + clear.unqueued)});
  }
}

/// Of the utterance that the clear ended. A second clear of the same utterance finds the position
/// behind all that the first one threw away: what was heard is what the first one found.
std::uint64_t Downlink::heard_of(const Clear& cleared, std::uint64_t stopped) noexcept {
  if (cleared.utterance != heard_utterance_) {
    heard_utterance_ = cleared.utterance;
    heard_ = stopped > cleared.utterance_begin ? stopped - cleared.utterance_begin : 0;
  }
  return heard_;
}

/// `heard`: so far and no farther.
void Downlink::answer_next_mark(std::uint64_t heard) {
  const Mark mark = std::move(marks_.front());
  marks_.pop_front();
  mark_bytes_ -= bytes_of(mark.name);
  notify(dialect::MarkNote{mark.name, mark.position <= heard,
                           ms(std::min(mark.position, heard) + mark.skipped)});
}

void Downlink::answer_marks(std::uint64_t taken) {
  while (!marks_.empty() && marks_.front().position <= taken && may_answer()) {
    if (!clears_.empty() && clears_.front().done) return;  // its answer comes first
    if (!clears_.empty() && marks_.front().clears < clears_.front().number) return;
    answer_next_mark(taken);
  }
}

void Downlink::notify_flow() {
  const std::uint64_t queued = ms(lead_playout().written() - lead_playout().taken());
  const std::uint64_t limit =
      std::uint64_t{parts_.buffer_ms} * (flow_on_ ? kHighPercent : kLowPercent) / 100;
  if (flow_on_ ? queued < limit : queued > limit) return;
  flow_on_ = !flow_on_;
  notify(dialect::FlowNote{flow_on_, queued});
}

/// Tells the media thread when to wake us.
void Downlink::arm_wake() {
  std::uint64_t next = audio::Playout::kNever;
  if (!marks_.empty() && !answering_later_) next = marks_.front().position;
  if (undrained_) next = std::min(next, end());
  if (!flow_on_) {
    const std::uint64_t low =
        std::uint64_t{parts_.buffer_ms} * kLowPercent / 100 * lead_playout().rate_hz() / 1000;
    const std::uint64_t written = lead_playout().written();
    next = std::min(next, written > low ? written - low : 0);
  }
  lead_playout().wake_at(next);
}

Downlink::Totals Downlink::totals() const {
  const std::uint64_t taken = lead_playout().taken();
  const std::uint64_t played = taken > cleared_ ? taken - cleared_ : 0;
  const std::uint64_t accepted = end() + rest_of_message() + skipped_;
  Totals totals;
  totals.received_ms = ms(accepted + refused_);
  totals.played_ms = ms(played);
  totals.cleared_ms = ms(cleared_ + skipped_);
  totals.refused_ms = ms(refused_);
  totals.unplayed_ms = ms(accepted - played - cleared_ - skipped_);
  totals.underruns = lead_playout().underruns();
  totals.underrun_ms = ms(lead_playout().lacking());
  return totals;
}

}  // namespace audio_stream::stream
