#include "audio/playout.hpp"

#include <algorithm>
#include <utility>

namespace audio_stream::audio {
namespace {

constexpr std::size_t kChunk = 4096;
constexpr std::size_t kMostSpare = 4;

// After this long without a gap the prebuffer shrinks by a step, if another step stays in reserve.
constexpr std::uint32_t kCalmMs = 30'000;
constexpr std::uint32_t kStepMs = 20;

void add(std::atomic<std::uint64_t>& count, std::uint64_t n) noexcept {
  count.store(count.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

}  // namespace

struct Playout::Chunk {
  std::array<std::int16_t, kChunk> samples;  // NOLINT: write() fills it
  std::atomic<Chunk*> next{nullptr};
};

Playout::Playout(const Limits& limits)
    : limits_{limits},
      room_{samples_of(limits.buffer_ms)},
      least_prebuffer_{samples_of(limits.prebuffer_ms)},
      most_prebuffer_{samples_of(std::max(limits.prebuffer_ms, kMostPrebufferMs))},
      prebuffer_{least_prebuffer_} {
  chunks_.push_back(std::make_unique<Chunk>());
  current_ = chunks_.back().get();
}

Playout::~Playout() = default;

// ---- writing ----------------------------------------------------------------------------------

std::size_t Playout::room() const noexcept {
  const std::uint64_t queued = written() - taken();
  return queued < room_ ? room_ - static_cast<std::size_t>(queued) : 0;
}

void Playout::write(std::span<const std::int16_t> samples) {
  drop_played_chunks();
  std::uint64_t position = written_.load(std::memory_order_relaxed);
  while (!samples.empty()) {
    const std::uint64_t end = chunks_begin_ + chunks_.size() * kChunk;
    if (position == end) {
      auto chunk = new_chunk();
      chunks_.back()->next.store(chunk.get(), std::memory_order_release);
      chunks_.push_back(std::move(chunk));
    }
    const auto offset = static_cast<std::size_t>((position - chunks_begin_) % kChunk);
    const std::size_t count = std::min(samples.size(), kChunk - offset);
    std::copy_n(samples.begin(), count, chunks_.back()->samples.begin() + offset);
    samples = samples.subspan(count);
    position += count;
  }
  written_.store(position, std::memory_order_release);
}

std::unique_ptr<Playout::Chunk> Playout::new_chunk() {
  if (spare_.empty()) return std::make_unique<Chunk>();
  auto chunk = std::move(spare_.back());
  spare_.pop_back();
  chunk->next.store(nullptr, std::memory_order_relaxed);
  return chunk;
}

/// Keeps the chunk that ends at the taken position: the taking thread may still point at its end.
/// It has left every chunk that ends earlier.
void Playout::drop_played_chunks() {
  const std::uint64_t taken = this->taken();
  while (chunks_.size() > 1 && chunks_begin_ + kChunk < taken) {
    if (spare_.size() < kMostSpare) spare_.push_back(std::move(chunks_.front()));
    chunks_.pop_front();
    chunks_begin_ += kChunk;
  }
}

void Playout::clear(std::size_t fade) noexcept {
  fade_.store(fade, std::memory_order_relaxed);
  clear_to_.store(written_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  clears_.store(clears_.load(std::memory_order_relaxed) + 1);
}

std::optional<Playout::Cleared> Playout::next_cleared() noexcept {
  const std::size_t read = reports_read_.load(std::memory_order_relaxed);
  if (read == reports_written_.load(std::memory_order_acquire)) return std::nullopt;
  const Cleared cleared = reports_[read % reports_.size()];
  reports_read_.store(read + 1, std::memory_order_release);
  return cleared;
}

// ---- taking -----------------------------------------------------------------------------------

Playout::Taken Playout::take(std::span<std::int16_t> out) noexcept {
  Taken result;
  std::size_t done = 0;
  begin_clear();
  if (clearing_) {
    done = fade_out(out);
    result.samples = done;
    if (faded_ == fade_length_ || taken_.load(std::memory_order_relaxed) >= clearing_to_) {
      result.wake = finish_clear();
    }
  }
  if (!clearing_ && !paused()) {
    const std::size_t played = play(out.subspan(done));
    result.samples += played;
    done += played;
  }
  const bool goes_on = state_ != State::idle && !ends_at(taken_.load(std::memory_order_relaxed));
  expecting_.store(goes_on || dry_for_.has_value(), std::memory_order_relaxed);
  std::ranges::fill(out.subspan(done), std::int16_t{0});
  // Stores taken_, then loads wake_at_. The writing thread stores wake_at_, then loads taken_, so
  // one side always sees the other's store.
  if (taken_.load() >= wake_at_.load()) result.wake = true;
  return result;
}

void Playout::begin_clear() noexcept {
  const std::size_t asked = clears_.load();
  if (asked == clears_seen_) return;
  clears_seen_ = asked;
  clearing_to_ = clear_to_.load(std::memory_order_relaxed);
  if (std::exchange(clearing_, true)) return;  // a fade in progress continues
  const bool audible = state_ == State::playing && !paused();
  fade_length_ = audible ? fade_.load(std::memory_order_relaxed) : 0;
  faded_ = 0;
}

std::size_t Playout::fade_out(std::span<std::int16_t> out) noexcept {
  const std::uint64_t taken = taken_.load(std::memory_order_relaxed);
  const std::uint64_t left_to_clear = clearing_to_ > taken ? clearing_to_ - taken : 0;
  const std::size_t count = std::min<std::size_t>(
      {out.size(), fade_length_ - faded_, static_cast<std::size_t>(left_to_clear)});
  copy(taken, out.first(count));
  for (std::size_t i = 0; i < count; ++i) {
    const auto left = static_cast<std::int64_t>(fade_length_ - faded_ - i);
    out[i] = static_cast<std::int16_t>(out[i] * left / static_cast<std::int64_t>(fade_length_ + 1));
  }
  faded_ += count;
  taken_.store(taken + count);
  return count;
}

/// Reports the clear and skips the cleared samples. False if the report has no room yet; the
/// samples then stay queued, but silent.
bool Playout::finish_clear() noexcept {
  const std::size_t number = reports_written_.load(std::memory_order_relaxed);
  if (number - reports_read_.load(std::memory_order_acquire) == reports_.size()) return false;
  const std::uint64_t stopped = taken_.load(std::memory_order_relaxed);
  reports_[number % reports_.size()] = {std::min(stopped, clearing_to_), clearing_to_};
  // The report is stored before the position: a thread that sees the position jump also finds the
  // report.
  reports_written_.store(number + 1, std::memory_order_release);
  if (clearing_to_ > stopped) {
    seek(clearing_to_);
    taken_.store(clearing_to_);
  }
  clears_done_.store(clears_seen_);
  clearing_ = false;
  state_ = State::idle;
  dry_for_.reset();
  return true;
}

std::size_t Playout::play(std::span<std::int16_t> out) noexcept {
  const std::uint64_t taken = taken_.load(std::memory_order_relaxed);
  const std::uint64_t written = written_.load(std::memory_order_acquire);
  const auto available = static_cast<std::size_t>(written - taken);
  record_margin(taken, written);
  if (state_ == State::idle) {
    if (available == 0) {
      if (dry_for_) {
        *dry_for_ += out.size();
        if (*dry_for_ > samples_of(kLongestGapMs)) dry_for_.reset();
      }
      return 0;
    }
    start_prebuffering();
  }
  if (state_ == State::filling) {
    if (!filled(taken, available, out.size())) return 0;
    state_ = State::playing;
  }
  const std::size_t count = std::min(available, out.size());
  copy(taken, out.first(count));
  taken_.store(taken + count);
  shrink_prebuffer(count);
  if (count < out.size()) {
    state_ = State::idle;
    if (!ends_at(taken + count)) dry_for_ = out.size() - count;
  }
  return count;
}

void Playout::start_prebuffering() noexcept {
  state_ = State::filling;
  filling_for_ = 0;
  if (!dry_for_) return;
  // The queue ran dry recently, so the samples that arrive now were missing then.
  add(underruns_, 1);
  add(lacking_, *dry_for_);
  // One step more than the gap took, because the next gap may be a little longer.
  const std::size_t needed = prebuffer_.load(std::memory_order_relaxed) + *dry_for_;
  prebuffer_.store(std::min(most_prebuffer_, needed + samples_of(kStepMs)),
                   std::memory_order_relaxed);
  dry_for_.reset();
  stable_for_ = 0;
  least_margin_ = kNoMarginSeen;
}

bool Playout::ends_at(std::uint64_t position) const noexcept {
  const std::uint64_t end = end_at_.load();
  return end >= position && end - position <= samples_of(kLastBitMs);
}

bool Playout::filled(std::uint64_t taken, std::size_t available, std::size_t wanted) noexcept {
  if (ends_at(taken + available)) return true;
  const std::size_t prebuffer = prebuffer_.load(std::memory_order_relaxed);
  // The next frame's samples are played at once, so they do not count as reserve.
  if (prebuffer == 0 || available >= prebuffer + wanted || filling_for_ >= prebuffer) return true;
  filling_for_ += wanted;
  return false;
}

/// The margin is the samples left when more arrive: the prebuffer was longer than needed by that
/// much. Not measured at the end of an utterance, where no more arrive.
void Playout::record_margin(std::uint64_t taken, std::uint64_t written) noexcept {
  if (written == written_seen_) return;
  if (state_ == State::playing && written_seen_ >= taken) {
    least_margin_ = std::min(least_margin_, static_cast<std::size_t>(written_seen_ - taken));
  }
  written_seen_ = written;
}

void Playout::shrink_prebuffer(std::size_t played) noexcept {
  stable_for_ += played;
  if (stable_for_ < samples_of(kCalmMs)) return;
  stable_for_ = 0;
  const std::size_t step = samples_of(kStepMs);
  if (std::exchange(least_margin_, kNoMarginSeen) < 2 * step) return;
  const std::size_t prebuffer = prebuffer_.load(std::memory_order_relaxed);
  prebuffer_.store(prebuffer > least_prebuffer_ + step ? prebuffer - step : least_prebuffer_,
                   std::memory_order_relaxed);
}

/// Everything up to `position` must have been written.
void Playout::seek(std::uint64_t position) noexcept {
  while (position - current_begin_ >= kChunk) {
    Chunk* next = current_->next.load(std::memory_order_acquire);
    if (next == nullptr) return;  // `position` is its end
    current_ = next;
    current_begin_ += kChunk;
  }
}

/// Everything up to the end of `out` must have been written.
void Playout::copy(std::uint64_t from, std::span<std::int16_t> out) noexcept {
  while (!out.empty()) {
    seek(from);
    const auto offset = static_cast<std::size_t>(from - current_begin_);
    const std::size_t count = std::min(out.size(), kChunk - offset);
    std::copy_n(current_->samples.begin() + offset, count, out.begin());
    out = out.subspan(count);
    from += count;
  }
}

}  // namespace audio_stream::audio
