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
#include "base/bounded_ring.hpp"
#include "base/published.hpp"
#include "control/options.hpp"
#include "stream/counters.hpp"
#include "stream/key.hpp"
#include "stream/playback.hpp"
#include "stream/ports.hpp"
#include "stream/session.hpp"
#include "stream/status.hpp"
#include "stream/unread_watch.hpp"
#include "stream/uplink.hpp"
#include "transport/io_thread.hpp"

namespace audio_stream::stream {

/// One stream of one call. Three kinds of threads meet here: the call's media threads write frames,
/// the stream's I/O thread runs its session, and command threads control it.
///
/// The engine holds it until its end. The tap on the call holds it until the tap is off, and gives
/// the reference back through media_closed(). The registry holds it while its name is taken,
/// commands while they run. docs/ownership.md tells what ends what.
class Stream final : public std::enable_shared_from_this<Stream>,
                     private transport::ReadyHook,
                     private transport::PeriodicHook {
 public:
  /// What a stream is made with. The references outlive it.
  struct Parts {
    Identity identity;
    std::shared_ptr<const control::Options> options;  ///< shared with the connection
    std::unique_ptr<Counters> counters;
    std::unique_ptr<Uplink> uplink;
    std::unique_ptr<Playback> to_caller;  ///< with playback on at least one of the two is set
    std::unique_ptr<Playback> to_callee;
    std::unique_ptr<Call> call;
    Log& log;
    transport::WebSocketServices services;
    transport::Workers& workers;
    transport::WebSocketLimits limits;
    std::string temp_dir;
    RecentLosses& losses;
    std::function<void(const std::shared_ptr<Stream>&)> on_name_free;  ///< I/O thread
    std::function<void(std::shared_ptr<Stream>)> on_over;  ///< I/O thread, the last call
  };

  explicit Stream(Parts parts);
  ~Stream() override = default;

  [[nodiscard]] const Identity& identity() const noexcept { return parts_.identity; }
  [[nodiscard]] const Counters& counters() const noexcept { return *parts_.counters; }
  [[nodiscard]] const control::Options& options() const noexcept { return *parts_.options; }
  /// Any thread. At most a quarter of a second old.
  [[nodiscard]] StreamStatus status() const noexcept { return status_.load(); }

  // For the call's media threads. These functions wait for nothing, and allocate only when the
  // call's rate changes.

  /// One tick of the call. `next` returns what the caller said since the last tick, frame by frame,
  /// then nothing.
  template <class Next>  // std::optional<audio::LegFrame>()
  void tick(Next&& next) noexcept {
    if (uplink_.tick(std::chrono::steady_clock::now(), next)) io_.notify(*this);
  }
  /// A frame that the caller hears. Called by the thread that writes it to the call.
  void hear(const audio::LegFrame& frame) noexcept {
    uplink_.hear(frame, std::chrono::steady_clock::now());
  }
  /// Mixes the server's audio into a frame that `side` is going to hear. Called by the thread that
  /// writes to that side.
  void play(Side side, std::span<std::int16_t> frame, std::uint32_t rate_hz,
            std::uint8_t channels) noexcept;
  /// Whether there is audio for `side`, or was a moment ago: the length of a gap is measured too.
  [[nodiscard]] bool has_audio_for(Side side) const noexcept {
    const Playback* playback = playback_to(side);
    return playback != nullptr && !over() &&
           (playback->playout.wanted() || playback->playout.expecting());
  }
  [[nodiscard]] bool plays_to(Side side) const noexcept { return playback_to(side) != nullptr; }
  /// True once the stream needs no more frames.
  [[nodiscard]] bool over() const noexcept { return over_.load(std::memory_order_relaxed); }
  /// The call's codec is now `codec`, which the switch passes through without decoding: the stream
  /// ends. The tap must be removed at once.
  void on_undecodable_codec(const char* codec) noexcept;
  /// STREAM_END_TEXT with the values that its variables have when the tap goes off. Before
  /// media_closed(). Without it the text is sent as it stands in the options.
  void set_end_text(std::string text) noexcept { end_text_ = std::move(text); }
  /// The caller pressed a key. One thread at a time. If the I/O thread is busy, at most kKeys keys
  /// wait; more are lost and counted.
  void press(Key key) noexcept {
    key.is_secret = key.is_secret || uplink_.masking().wanted() != audio::MaskKind::off;
    keys_.push(key);
    io_.notify(*this);
  }
  /// The tap is off: no frame will follow. Called by the thread that closed it. Takes the tap's own
  /// reference back, so that the stream never ends on that thread.
  void media_closed(std::shared_ptr<Stream> self) noexcept;

  // For any thread except a media thread.

  /// Connects. Called once, when the tap is on.
  void begin() noexcept;
  /// Fails if too much text is waiting, or if the stream is closing.
  tl::expected<void, std::string> send_text(std::string text);
  /// Takes effect with the next frame. Audio that is already queued is still sent.
  void pause(bool paused);
  /// Replaces the caller's audio on its way to the server, or ends that. Nothing that the caller
  /// says after this returns goes up. `kind`: none: as the stream's setting says, or silence.
  /// Nobody is told keys that the caller presses meanwhile.
  void mask(bool on, std::optional<audio::MaskKind> kind = std::nullopt) noexcept;
  /// Clears the audio that is being played. Fails if the stream has no playback.
  tl::expected<void, std::string> clear(std::optional<std::uint32_t> fade_ms);
  /// The call was put on hold, or resumed.
  void held(bool on);
  /// Ends the stream, with `final_text` behind the last audio. Removes the tap, which waits for a
  /// frame that is being read, and returns without waiting for the rest. The stream keeps listening
  /// to the server for up to `drain`. The options' end text and drain stand for an empty text and
  /// for a time that is not given. After a hangup it works as long as the
  /// stream still delivers. Fails if the stream is closing or was told to stop before.
  tl::expected<void, std::string> stop(std::string final_text, EndReason why = EndReason::stop,
                                       std::optional<std::chrono::milliseconds> drain = {});

 private:
  void on_ready() override;
  void on_period() override;
  void on_unload();
  void begin_if_requested();
  void take_keys();
  void stop_if_requested();
  void end_if_undecodable();
  void end_if_server_did();
  void act_at_end();
  void watch_reading(std::chrono::steady_clock::time_point now);
  void ask_whether_unread();
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

  // Read for each frame, so close together in memory. The first two refer into parts_.
  Uplink& uplink_;
  transport::IoThread& io_;
  std::atomic<bool> media_closed_{false};
  std::atomic<bool> media_gone_{false};  // the closing thread has finished with this object
  std::atomic<bool> begin_requested_{false};
  std::atomic<bool> undecodable_{false};
  std::atomic<bool> over_{false};
  bool settled_ = false;               // I/O thread: the work after the final event has begun
  bool undecodable_seen_ = false;      // I/O thread: the tap is being removed
  bool server_ends_ = false;           // I/O thread: it wants the end, and no worker knows yet
  bool server_hangs_up_ = false;       // I/O thread: and of the call
  std::optional<CallCommand> at_end_;  // I/O thread: what no worker does to the call yet
  std::unique_ptr<Session> session_;   // I/O thread; null once retired
  bool held_ = false;                  // I/O thread
  UnreadWatch unread_{std::chrono::steady_clock::now()};  // I/O thread

  std::mutex stop_mutex_;             // guards the members below, and increments of text_bytes_
  bool stop_requested_ = false;       // by a command or an unload
  bool session_stopping_ = false;     // the session knows that the stream ends
  bool stop_update_pending_ = false;  // the session does not know yet what stop() brought
  bool closing_ = false;              // the server can be told nothing more
  std::string final_text_;
  std::optional<std::chrono::milliseconds> drain_;
  EndReason why_ = EndReason::hangup;  // the reason if nobody stops the stream

  static constexpr std::size_t kKeys = 32;
  base::BoundedRing<Key, kKeys> keys_;

  std::array<char, 32> codec_{};         // set before undecodable_
  std::optional<std::string> end_text_;  // set before media_closed_, then the I/O thread's

  base::Published<StreamStatus> status_;  // the I/O thread writes it

  std::shared_ptr<Stream> tap_reference_;   // set before media_closed_, then the I/O thread's
  std::atomic<std::size_t> text_bytes_{0};  // waiting to be sent
};

}  // namespace audio_stream::stream
