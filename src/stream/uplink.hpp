#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "audio/call_clock.hpp"
#include "audio/format.hpp"
#include "audio/heard_leg.hpp"
#include "audio/late_packets.hpp"
#include "audio/leg.hpp"
#include "audio/leg_frame.hpp"
#include "audio/packet.hpp"
#include "audio/packet_clock.hpp"
#include "audio/packet_pool.hpp"
#include "stream/counters.hpp"
#include "stream/packet_queue.hpp"

namespace audio_stream::stream {

/// The way of a frame from the media bug to the queue: both legs brought to the stream's rate and
/// together, gaps filled with silence, cut into packets.
///
/// The call's media thread has the lead: with each tick of the call it brings what the caller said.
/// What the caller hears comes from another thread and waits until then. While the call yields
/// nothing at all (on hold) the I/O thread stands in and fills with silence. The two never wait for
/// each other: who finds the other at work goes away and comes again. Once running nothing here
/// allocates, locks or makes a system call.
class Uplink {
 public:
  using Time = audio::CallClock::Time;

  static constexpr std::chrono::milliseconds kMaxCheckInterval{400};
  /// So many packets of recycle() are kept to be filled again.
  static constexpr std::size_t kSpares = 8;

  struct Shape {
    audio::Mix mix;
    std::uint32_t rate_hz;
    std::uint32_t packet_ms;
    std::uint32_t queue_ms;  ///< bound of the queue
    bool real_time = true;   ///< the call's audio comes as time goes by: what lacks is silence
  };

  /// `call_rate_hz` is the call's rate now; it may change later. `pool` has packets of
  /// packet_samples(shape) and outlives the uplink.
  static tl::expected<std::unique_ptr<Uplink>, std::string> create(const Shape& shape,
                                                                   std::uint32_t call_rate_hz,
                                                                   audio::PacketPool& pool,
                                                                   Counters& counters);

  /// Samples of all channels that the largest packet of such a stream holds.
  static std::size_t packet_samples(const Shape& shape) noexcept;

  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;
  ~Uplink();

  /// One tick of the call, on its media thread. `next` yields what the caller said since the last,
  /// frame by frame, and then nothing. True if a packet became ready: the I/O thread should be
  /// told.
  template <class Next>  // std::optional<audio::LegFrame>()
  bool tick(Time now, Next&& next) noexcept {
    if (!take_turn()) return false;  // what the caller said is still there at the next tick
    if (heard_) heard_->tick(now);
    bool had_frame = false;
    bool ready = false;
    while (const auto frame = next()) {
      had_frame = true;
      ready |= add_said(now, *frame);
    }
    ready |= end_tick(now, had_frame);
    end_turn();
    return ready;
  }

  /// A frame of what the caller hears. The thread that writes to the call.
  void hear(const audio::LegFrame& frame, Time now) noexcept;

  /// Fills with silence if there has been no tick for a while. I/O thread, at least every
  /// kMaxCheckInterval: who comes later than that cannot know whether the call stood still or we
  /// did. True if a packet became ready.
  bool fill_absence(Time now) noexcept;

  /// No tick will follow: what there is of a last packet is queued, shorter than the others. Any
  /// thread.
  void finish() noexcept;

  void pause(bool paused) noexcept { paused_.store(paused, std::memory_order_relaxed); }
  [[nodiscard]] bool paused() const noexcept { return paused_.load(std::memory_order_relaxed); }

  audio::PacketPtr pop() noexcept { return queue_.pop(); }
  /// A packet of pop() that need not be kept any more. It is filled again soon, without a turn at
  /// the pool, which every thread changes. I/O thread.
  void recycle(audio::PacketPtr packet) noexcept;
  [[nodiscard]] std::size_t queued_packets() const noexcept { return queue_.size(); }
  [[nodiscard]] std::size_t queue_capacity() const noexcept { return queue_.capacity(); }
  /// Milliseconds of audio that wait to be sent.
  [[nodiscard]] std::uint64_t queued_ms() const noexcept;
  /// Samples of what the caller hears that were left out to keep the legs together. Any thread.
  [[nodiscard]] std::uint64_t heard_left_out() const noexcept {
    return heard_ ? heard_->left_out() : 0;
  }
  /// Grows the pool where it runs low. I/O thread.
  void replenish();
  /// The pool gives back what it does not need any more. I/O thread, now and then.
  void trim(Time now) noexcept { pool_.trim(now); }

 private:
  struct Private {};  // only create() makes one

 public:
  Uplink(Private tag, const Shape& shape, audio::Leg said, std::unique_ptr<audio::HeardLeg> heard,
         audio::PacketPtr first, audio::PacketPool& pool, Counters& counters);

 private:
  [[nodiscard]] audio::PacketPool::Need need() const noexcept;
  bool take_turn() noexcept;
  void end_turn() noexcept;
  bool add_said(Time now, const audio::LegFrame& frame) noexcept;
  bool skip_gap(Time now, std::size_t length) noexcept;
  bool end_tick(Time now, bool had_frame) noexcept;
  bool add_silence(std::int64_t samples) noexcept;
  bool append_silence(std::size_t samples) noexcept;
  bool append(std::span<const std::int16_t> said) noexcept;
  bool add_filler(std::size_t samples) noexcept;
  void count_filler(std::size_t samples) noexcept;
  void put_filler(std::size_t samples) noexcept;
  void mix(std::span<const std::int16_t> said, std::span<std::int16_t> out) noexcept;
  void count_dropped(const audio::Packet& packet) noexcept;
  audio::PacketPtr take_packet() noexcept;
  void enqueue() noexcept;
  void queue_last_packet() noexcept;

  // All that a frame goes by, without what is looked at more rarely in between.
  PacketQueue queue_;
  PacketQueue spares_{kSpares};  // of recycle()
  const Shape shape_;
  const std::uint8_t channels_;
  std::atomic<bool> paused_{false};
  // Whose turn it is: the media thread's, or the I/O thread's while the media thread is away.
  std::atomic<bool> busy_{false};
  std::atomic<bool> finishing_{false};  // finish() was called
  std::atomic<bool> finished_{false};   // and carried out
  audio::PacketPool& pool_;
  Counters& counters_;
  std::unique_ptr<audio::HeardLeg> heard_;  // none for mono
  std::atomic<Time> last_tick_;

  // Of whoever has the turn.
  audio::Leg said_;
  audio::PacketClock clock_;
  audio::PacketPtr filling_;    // until finish()
  bool has_audio_ = false;      // filling_ holds more than filler
  std::size_t missing_ = 0;     // samples per channel that the current packet still needs
  std::uint64_t position_ = 0;  // of the next sample
  audio::CallClock call_clock_;
  audio::LatePackets late_packets_;

  Time last_check_ = Time::min();  // of fill_absence()
};

}  // namespace audio_stream::stream
