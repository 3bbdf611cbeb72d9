#include "stream/downlink.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace audio_stream::stream {
namespace {

// So much is converted before other streams get a turn.
constexpr std::size_t kSlice = 16'384;

// If nothing follows for so long the filter need not wait for it. Less than any prebuffer that
// makes sense.
constexpr std::chrono::milliseconds kTail{20};

constexpr std::chrono::seconds kRefusedInterval{1};

// The server is told to wait at 4/5 of the room, and to go on at half.
constexpr std::uint32_t kHighPercent = 80;
constexpr std::uint32_t kLowPercent = 50;

audio::UtteranceResampler resampler_for(std::uint32_t rate_hz) {
  // The rate is one that the uplink converts from, so this one can convert to it.
  return std::move(*audio::UtteranceResampler::create(rate_hz));
}

}  // namespace

Downlink::Downlink(Parts parts)
    : parts_{std::move(parts)},
      resampler_{resampler_for(lead().rate_hz())},
      tail_{parts_.context},
      self_{std::make_shared<Downlink*>(this)} {}

Downlink::~Downlink() {
  *self_ = nullptr;
}

audio::Playout& Downlink::lead() const noexcept {
  return parts_.caller != nullptr ? parts_.caller->playout : parts_.callee->playout;
}

std::size_t Downlink::room() const noexcept {
  std::size_t least = lead().room();
  for_each_side([&](const audio::Playout& side) { least = std::min(least, side.room()); });
  return least;
}

std::uint64_t Downlink::end() const noexcept {
  return lead().written() + resampler_.kept_back();
}

std::uint64_t Downlink::ms(std::uint64_t samples) const noexcept {
  return samples * 1000 / lead().rate_hz();
}

bool Downlink::playing() const noexcept {
  return lead().wanted() || !message_.empty();
}

// ---- audio ------------------------------------------------------------------------------------

bool Downlink::audio(std::string_view bytes) {
  std::vector<std::int16_t> samples;
  samples.reserve(bytes.size() / 2 + 1);
  const auto sample = [](char low, char high) {
    return static_cast<std::int16_t>(static_cast<unsigned char>(low) |
                                     static_cast<unsigned char>(high) << 8);
  };
  if (odd_byte_ && !bytes.empty()) {
    samples.push_back(sample(*odd_byte_, bytes.front()));
    odd_byte_.reset();
    bytes.remove_prefix(1);
  }
  for (; bytes.size() >= 2; bytes.remove_prefix(2)) samples.push_back(sample(bytes[0], bytes[1]));
  if (!bytes.empty()) odd_byte_ = bytes.front();
  return take(std::move(samples), parts_.rate_hz);
}

bool Downlink::speech(protocol::Speech speech) {
  return take(std::move(speech.samples), speech.rate_hz);
}

bool Downlink::take(std::vector<std::int16_t> samples, std::uint32_t rate_hz) {
  if (samples.empty()) return true;
  const std::uint64_t length = samples.size() * std::uint64_t{lead().rate_hz()} / rate_hz;
  totals_.received_ms += ms(length);
  if (length + resampler_.kept_back() > room()) {
    refused_ms_ += ms(length);
    totals_.refused_ms += ms(length);
    refused_why_ = "more than " + std::to_string(parts_.buffer_ms) +
                   " ms would be waiting to be played (STREAM_PLAYBACK_BUFFER)";
    tell_refused();
    return true;
  }
  if (!undrained_) {
    undrained_ = true;
    ++utterance_;
    utterance_begin_ = lead().written();
  }
  message_ = std::move(samples);
  message_taken_ = 0;
  message_rate_hz_ = rate_hz;
  return take_slice();
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
  message_.clear();
  if (resampler_.kept_back() > 0) {
    tail_.expires_after(kTail);
    tail_.async_wait([self = self_](const boost::system::error_code& cancelled) {
      if (!cancelled && *self != nullptr) (*self)->finish_tail();
    });
  }
  tell_flow();
  set_alarm();
  return true;
}

void Downlink::take_later() {
  boost::asio::post(parts_.context, [self = self_] {
    if (*self != nullptr && (*self)->take_slice()) (*self)->parts_.ready();
  });
}

void Downlink::append(std::vector<std::int16_t>& out) {
  if (out.empty()) return;
  for_each_side([&](audio::Playout& side) { side.write(out); });
}

void Downlink::finish_tail() {
  if (!message_.empty()) return;  // it goes on
  converted_.clear();
  resampler_.finish(converted_);
  append(converted_);
  look();
}

void Downlink::refuse(const std::string& reason) {
  parts_.tell(protocol::refused_note(reason, 0));
}

void Downlink::tell_refused(bool at_last) {
  if (refused_ms_ == 0) return;
  const auto now = Clock::now();
  if (!at_last && now - refused_told_ < kRefusedInterval) return;
  refused_told_ = now;
  parts_.tell(protocol::refused_note(refused_why_, std::exchange(refused_ms_, 0)));
}

// ---- control ----------------------------------------------------------------------------------

void Downlink::request(const protocol::PlaybackRequest& request) {
  if (const auto* to_mark = std::get_if<protocol::MarkRequest>(&request)) {
    mark(to_mark->name);
  } else if (const auto* to_clear = std::get_if<protocol::ClearRequest>(&request)) {
    clear("server", to_clear->fade_ms);
  } else {
    pause(std::get<protocol::PauseRequest>(request).paused);
  }
}

void Downlink::mark(std::string name) {
  if (marks_.size() >= kMostMarks) {
    refuse("more than " + std::to_string(kMostMarks) + " marks are waiting");
    return;
  }
  if (name.size() > kLongestMark) {
    refuse("a mark's name has more than " + std::to_string(kLongestMark) + " bytes");
    return;
  }
  marks_.push_back({std::move(name), end(), clears_asked_});
  for_each_side([&](audio::Playout& side) { side.end_at(end()); });
  look();
}

void Downlink::clear(const std::string& reason, std::optional<std::uint32_t> fade_ms) {
  look();
  resampler_.abandon();
  tail_.cancel();
  const std::size_t fade = std::size_t{fade_ms.value_or(kFadeMs)} * lead().rate_hz() / 1000;
  message_taken_ = message_.size();  // one that is still being taken is part of what goes
  for_each_side([&](audio::Playout& side) { side.clear(fade); });
  clears_.push_back({reason, lead().written(), ++clears_asked_, utterance_, utterance_begin_});
  undrained_ = false;
  look();
}

void Downlink::pause(bool paused) {
  for_each_side([&](audio::Playout& side) { side.pause(paused); });
  parts_.tell(protocol::paused_note(paused, ms(lead().taken())));
}

// ---- telling ----------------------------------------------------------------------------------

void Downlink::look() {
  set_alarm();
  // Positions first: if one jumped because of a clear, the clear's answer is there already.
  const std::uint64_t taken = lead().taken();
  std::uint64_t thrown_up_to = 0;
  answer_clears(thrown_up_to);
  answer_marks(taken);
  tell_flow();
  tell_refused();
  if (undrained_ && clears_.empty() && message_.empty() && taken >= end()) {
    undrained_ = false;
    parts_.tell(protocol::drained_note(ms(taken)));
  }
  set_alarm();
}

void Downlink::answer_clears(std::uint64_t& thrown_up_to) {
  if (parts_.caller != nullptr && parts_.callee != nullptr) {
    while (parts_.callee->playout.next_cleared()) {  // the caller's tells
    }
  }
  while (const auto report = lead().next_cleared()) {
    while (!clears_.empty() && clears_.front().end <= report->end) {
      const Clear cleared = std::move(clears_.front());
      clears_.pop_front();
      const std::uint64_t stopped = std::min(report->stopped, cleared.end);
      const std::uint64_t thrown =
          cleared.end - std::min(std::max(stopped, thrown_up_to), cleared.end);
      thrown_up_to = cleared.end;
      totals_.cleared_ms += ms(thrown);
      // What was heard before the cut, then the cut, then what fell to it.
      while (!marks_.empty() && marks_.front().clears < cleared.number) {
        const Mark mark = std::move(marks_.front());
        marks_.pop_front();
        parts_.tell(protocol::mark_note(mark.name, mark.position <= stopped,
                                        ms(std::min(mark.position, stopped))));
      }
      const std::uint64_t heard =
          stopped > cleared.utterance_begin ? stopped - cleared.utterance_begin : 0;
      parts_.tell(protocol::cleared_note(cleared.reason, cleared.utterance, ms(heard), ms(thrown)));
    }
  }
}

void Downlink::answer_marks(std::uint64_t taken) {
  while (!marks_.empty() && marks_.front().position <= taken) {
    if (!clears_.empty() && marks_.front().clears < clears_.front().number) return;
    const Mark mark = std::move(marks_.front());
    marks_.pop_front();
    parts_.tell(protocol::mark_note(mark.name, true, ms(mark.position)));
  }
}

void Downlink::tell_flow() {
  const std::uint64_t queued = ms(lead().written() - lead().taken());
  const std::uint64_t limit =
      std::uint64_t{parts_.buffer_ms} * (flowing_ ? kHighPercent : kLowPercent) / 100;
  if (flowing_ ? queued < limit : queued > limit) return;
  flowing_ = !flowing_;
  parts_.tell(protocol::flow_note(flowing_, queued));
}

/// Tells the media thread when to wake us.
void Downlink::set_alarm() {
  std::uint64_t next = audio::Playout::kNever;
  if (!marks_.empty()) next = marks_.front().position;
  if (undrained_) next = std::min(next, end());
  if (!flowing_) {
    const std::uint64_t low =
        std::uint64_t{parts_.buffer_ms} * kLowPercent / 100 * lead().rate_hz() / 1000;
    const std::uint64_t written = lead().written();
    next = std::min(next, written > low ? written - low : 0);
  }
  lead().wake_at(next);
}

Downlink::Totals Downlink::totals() const {
  Totals totals = totals_;
  const std::uint64_t taken = ms(lead().taken());
  totals.played_ms = taken > totals.cleared_ms ? taken - totals.cleared_ms : 0;
  totals.underruns = lead().underruns();
  totals.underrun_ms = ms(lead().lacking());
  return totals;
}

}  // namespace audio_stream::stream
