#include "audio/heard_leg.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <limits>
#include <utility>

namespace audio_stream::audio {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

}  // namespace

tl::expected<std::unique_ptr<HeardLeg>, std::string> HeardLeg::create(std::uint32_t call_rate_hz,
                                                                      std::uint32_t rate_hz) {
  auto leg = Leg::create(call_rate_hz, rate_hz);
  if (!leg) return tl::unexpected(std::move(leg.error()));
  return std::unique_ptr<HeardLeg>{new HeardLeg{std::move(*leg), rate_hz}};  // NOLINT: private
}

HeardLeg::HeardLeg(Leg leg, std::uint32_t rate_hz)
    : leg_{std::move(leg)},
      least_slack_{std::size_t{rate_hz} * kSlackMs / 1000},
      tolerance_{std::size_t{rate_hz} * kToleranceMs / 1000},
      second_{rate_hz},
      ring_(std::bit_ceil(std::size_t{rate_hz} * kRoomMs / 1000)),
      slack_{least_slack_},
      spare_{kNone} {}

bool HeardLeg::push(const LegFrame& frame, Time now) noexcept {
  if (!leg_.set_rate(frame.rate_hz)) return false;
  written_frame_.store(frame.length_at(static_cast<std::uint32_t>(second_)),
                       std::memory_order_relaxed);
  leg_.convert(frame, [this](std::span<const std::int16_t> samples) { append(samples); });
  // Stored after the samples: a reader that sees the time also sees the samples, so the leg never
  // looks less late than it is.
  last_write_.store(now, std::memory_order_release);
  return true;
}

void HeardLeg::append(std::span<const std::int16_t> samples) noexcept {
  const std::uint64_t written = written_.load(std::memory_order_relaxed);
  const std::uint64_t used = written - read_.load(std::memory_order_acquire);
  const std::size_t count = std::min<std::size_t>(samples.size(), ring_.size() - used);
  const std::size_t begin = written & (ring_.size() - 1);
  const std::size_t before_the_end = std::min(count, ring_.size() - begin);
  std::copy_n(samples.begin(), before_the_end, ring_.begin() + static_cast<std::ptrdiff_t>(begin));
  std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(before_the_end), count - before_the_end,
              ring_.begin());
  written_.store(written + count, std::memory_order_release);
  if (count < samples.size()) {
    no_room_.store(no_room_.load(std::memory_order_relaxed) + samples.size() - count,
                   std::memory_order_relaxed);
  }
}

std::size_t HeardLeg::waiting() const noexcept {
  return written_.load(std::memory_order_acquire) - read_.load(std::memory_order_relaxed);
}

void HeardLeg::pull(std::span<std::int16_t> out) noexcept {
  const std::size_t there = waiting();
  const std::size_t count = std::min(there, out.size());
  const std::uint64_t read = read_.load(std::memory_order_relaxed);
  const std::size_t begin = read & (ring_.size() - 1);
  const std::size_t before_the_end = std::min(count, ring_.size() - begin);
  std::copy_n(ring_.begin() + static_cast<std::ptrdiff_t>(begin), before_the_end, out.begin());
  std::copy_n(ring_.begin(), count - before_the_end,
              out.begin() + static_cast<std::ptrdiff_t>(before_the_end));
  std::ranges::fill(out.subspan(count), std::int16_t{0});
  read_.store(read + count, std::memory_order_release);
  trim_lag(out.size());
}

/// Once per second of pulled samples, drops the lag that this leg had throughout that second.
void HeardLeg::trim_lag(std::size_t pulled) noexcept {
  spare_ = std::min(spare_, spare());
  watched_ += pulled;
  if (watched_ < second_) return;
  if (spare_ > tolerance_) drop_late(spare_);
  watched_ = 0;
  spare_ = kNone;
}

std::size_t HeardLeg::lag() const noexcept {
  const auto since = now_ - last_write_.load(std::memory_order_acquire);
  const std::size_t there = waiting();
  if (there == 0) return 0;
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(since).count();
  return there + static_cast<std::size_t>(std::max<std::int64_t>(us, 0)) * second_ / 1'000'000;
}

std::size_t HeardLeg::spare() const noexcept {
  const std::size_t may =
      std::max(slack_, written_frame_.load(std::memory_order_relaxed)) + allowed_;
  const std::size_t is = lag();
  return is <= may ? 0 : std::min(is - may, waiting());
}

void HeardLeg::drop_late(std::size_t samples) noexcept {
  const std::size_t count = std::min(samples, waiting());
  late_.store(late_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  skip(count);
}

void HeardLeg::skip(std::size_t samples) noexcept {
  read_.store(read_.load(std::memory_order_relaxed) + samples, std::memory_order_release);
}

void HeardLeg::discard() noexcept {
  skip(waiting());
  watched_ = 0;
  spare_ = kNone;
}

}  // namespace audio_stream::audio
