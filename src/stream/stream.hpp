#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "audio/leg_frame.hpp"
#include "audio/speech_gate.hpp"
#include "base/published.hpp"
#include "control/options.hpp"
#include "stream/counters.hpp"
#include "stream/playback.hpp"
#include "stream/ports.hpp"
#include "stream/session.hpp"
#include "stream/status.hpp"
#include "stream/uplink.hpp"
#include "transport/io_thread.hpp"

namespace audio_stream::stream {

/// One stream of one call: where its three kinds of threads meet.
///
/// The call's media thread writes frames in, the I/O thread of the stream runs its session, and
/// command threads tell it what to do. It is held by the engine until its end, by the tap on the
/// call until the tap is off (then the reference comes back through media_closed()), by the
/// registry while its name is taken, and by commands while they run. docs/ownership.md tells who
/// ends what.
class Stream final : public std::enable_shared_from_this<Stream>,
                     private transport::ReadyHook,
                     private transport::PeriodicHook {
 public:
  /// What the engine gives a stream. The references outlive it.
  struct Parts {
    Identity identity;
    std::shared_ptr<const control::Options> options;  ///< shared with the connection
    std::unique_ptr<Counters> counters;
    std::unique_ptr<Uplink> uplink;
    std::unique_ptr<Playback> to_caller;  ///< either or both with playback on
    std::unique_ptr<Playback> to_callee;
    std::unique_ptr<Call> call;
    Log& log;
    transport::WebSocketServices services;
    transport::Workers& workers;
    transport::WebSocketLimits limits;
    std::string temp_dir;
    RecentLosses& losses;
    std::function<void(const std::shared_ptr<Stream>&)> on_name_free;  ///< I/O thread
    std::function<void(std::shared_ptr<Stream>)> on_over;              ///< I/O thread, the last
  };

  explicit Stream(Parts parts);
  ~Stream() override = default;

  [[nodiscard]] const Identity& identity() const noexcept { return parts_.identity; }
  [[nodiscard]] const Counters& counters() const noexcept { return *parts_.counters; }
  [[nodiscard]] const control::Options& options() const noexcept { return *parts_.options; }
  /// Any thread; at most a quarter of a second old.
  [[nodiscard]] StreamStatus status() const noexcept { return status_.load(); }

  // The call's media threads. They wait for nothing and allocate nothing.

  /// One tick of the call: `next` yields what the caller said since the last one, frame by frame,
  /// and then nothing.
  template <class Next>  // std::optional<audio::LegFrame>()
  void tick(Next&& next) noexcept {
    const auto now = std::chrono::steady_clock::now();
    if (!hears_speech_) {
      if (uplink_.tick(now, next)) io_.notify(*this);
      return;
    }
    const auto listening = [&]() -> std::optional<audio::LegFrame> {
      const std::optional<audio::LegFrame> frame = next();
      if (frame && gate_.hear(*frame)) speech_began_.store(true, std::memory_order_relaxed);
      return frame;
    };
    const bool ready = uplink_.tick(now, listening);
    if (ready || speech_began_.load(std::memory_order_relaxed)) io_.notify(*this);
  }
  /// What the caller hears; on whichever thread writes it to the call.
  void hear(const audio::LegFrame& frame) noexcept {
    uplink_.hear(frame, std::chrono::steady_clock::now());
  }
  /// Puts what the server says into a frame that `side` is going to hear: on whichever thread
  /// writes to it.
  void play(Side side, std::span<std::int16_t> frame, std::uint32_t rate_hz,
            std::uint8_t channels) noexcept;
  /// Whether there is something for `side` to hear, or was until a moment ago: how long nothing
  /// follows is to be seen as well.
  [[nodiscard]] bool has_audio_for(Side side) const noexcept {
    const Playback* playback = playback_to(side);
    return playback != nullptr && !over() &&
           (playback->playout.wanted() || playback->playout.expecting());
  }
  [[nodiscard]] bool plays_to(Side side) const noexcept { return playback_to(side) != nullptr; }
  /// True once the stream has no use for more frames.
  [[nodiscard]] bool over() const noexcept { return over_.load(std::memory_order_relaxed); }
  /// The call's codec, of that name, came to be one that the switch passes through undecoded: the
  /// stream ends. The tap has to be taken off at once.
  void on_undecodable_codec(const char* codec) noexcept;
  /// The tap is off: no frame will follow. Whichever thread closed it; takes the tap's own
  /// reference back, so that the stream never ends on that thread.
  void media_closed(std::shared_ptr<Stream> self) noexcept;

  // Any thread but a media thread.

  /// Connects. To be called once, when the tap is on.
  void begin() noexcept;
  /// Fails if more text is waiting than may, or if the stream closes already.
  tl::expected<void, std::string> send_text(std::string text);
  /// From the next frame on; what is queued already is still sent.
  void pause(bool paused);
  /// What is being played goes. Fails if nothing ever is.
  tl::expected<void, std::string> clear(std::optional<std::uint32_t> fade_ms);
  /// The caller pressed a key.
  void digit(char digit, std::uint32_t duration_ms);
  /// Ends the stream, with `final_text` (unless empty) behind the last audio. Takes the tap off
  /// first, which waits for a frame that is being read, and returns without waiting for the rest.
  /// The server may have the last word for as long as `drain`. After a hangup too, as long as the
  /// stream still delivers; fails if it closes already, or was told to stop before.
  tl::expected<void, std::string> stop(std::string final_text, EndReason why = EndReason::stop,
                                       std::chrono::milliseconds drain = {});

 private:
  void on_ready() override;
  void on_period() override;
  void on_unload();
  void begin_if_requested();
  void stop_if_requested();
  void end_if_undecodable();
  void remove_late_tap() noexcept;
  bool remove_tap() noexcept;
  bool may_close();
  void session_ended();
  void settle() noexcept;
  void retire_if_over();

  [[nodiscard]] Playback* playback_to(Side side) const noexcept {
    return side == Side::caller ? parts_.to_caller.get() : parts_.to_callee.get();
  }

  Parts parts_;

  // Looked at with each frame, and so close together. The first three are of parts_.
  Uplink& uplink_;
  transport::IoThread& io_;
  const bool hears_speech_;
  std::atomic<bool> speech_began_{false};
  std::atomic<bool> media_closed_{false};
  std::atomic<bool> media_gone_{false};  // the closing thread has touched this for the last time
  std::atomic<bool> begin_requested_{false};
  std::atomic<bool> undecodable_{false};
  std::atomic<bool> over_{false};
  bool settled_ = false;              // I/O thread: what follows the final event is under way
  bool undecodable_seen_ = false;     // I/O thread: and the tap is being taken off
  std::unique_ptr<Session> session_;  // I/O thread; none once retired

  audio::SpeechGate gate_;         // the media thread's
  std::mutex stop_mutex_;          // guards these, and text_bytes_ where it may become more than 0
  bool stop_requested_ = false;    // by a command or an unload
  bool session_stopping_ = false;  // the session knows that the stream ends
  bool stop_update_pending_ = false;  // of what stop() brought the session knows nothing yet
  bool closing_ = false;              // nothing more can be said to the server
  std::string final_text_;
  std::chrono::milliseconds drain_{0};
  EndReason why_ = EndReason::hangup;  // what it is if nobody stops it

  std::array<char, 32> codec_{};  // set before undecodable_

  base::Published<StreamStatus> status_;  // the I/O thread writes it

  std::shared_ptr<Stream> tap_reference_;   // set before media_closed_, then the I/O thread's
  std::atomic<std::size_t> text_bytes_{0};  // waiting to be sent
};

}  // namespace audio_stream::stream
