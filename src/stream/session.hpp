#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "audio/codec/encoder.hpp"
#include "control/options.hpp"
#include "dialect/dialect.hpp"
#include "stream/accounting.hpp"
#include "stream/audio_files.hpp"
#include "stream/counters.hpp"
#include "stream/downlink.hpp"
#include "stream/event.hpp"
#include "stream/event_gate.hpp"
#include "stream/identity.hpp"
#include "stream/inbox.hpp"
#include "stream/keep_alive.hpp"
#include "stream/lifecycle.hpp"
#include "stream/outbox.hpp"
#include "stream/ports.hpp"
#include "stream/recent_losses.hpp"
#include "stream/reconnection.hpp"
#include "stream/sender.hpp"
#include "stream/server_link.hpp"
#include "stream/status.hpp"
#include "stream/stream_log.hpp"
#include "stream/token_bucket.hpp"
#include "stream/uplink.hpp"
#include "transport/websocket.hpp"

namespace audio_stream::stream {

/// The wire's side of a stream: makes connections one after the other, sends what the uplink and
/// the application leave, turns what comes back into events, and ends exactly once.
///
/// Owned by its stream. Every function runs on the stream's I/O thread.
// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): it is final
class Session final : private transport::WebSocket::Listener {
 public:
  /// To one of the options' URLs, and with all else as it is there.
  using MakeWebSocket = std::function<std::shared_ptr<transport::WebSocket>(
      const transport::Url&, transport::WebSocket::Listener&)>;

  /// What a session is given; all references outlive it.
  struct Parts {
    const Identity& identity;
    const control::Options& options;
    Uplink& uplink;
    Counters& counters;
    Call& call;
    Log& log;
    boost::asio::io_context& context;
    transport::Workers& workers;
    MakeWebSocket make_websocket;
    std::shared_ptr<dialect::Dialect> dialect;
    std::unique_ptr<audio::codec::Encoder> encoder;
    std::shared_ptr<AudioFiles> files;
    std::function<void(std::size_t bytes)> on_text_out;  ///< a text of send_text left the queue
    /// All is sent, and the session would close. False if more is on its way to it: ask again.
    std::function<bool()> may_close;
    std::function<void()> on_ending;  ///< before the final event
    std::function<void()> on_ended;   ///< after it
    Playback* to_caller = nullptr;    ///< either or both with playback on
    Playback* to_callee = nullptr;
    RecentLosses* losses = nullptr;  ///< of all streams; none: this one is alone
  };

  explicit Session(Parts parts);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void begin();
  /// Delivers what is queued, then `final_text` unless empty, then closes; but first goes on
  /// listening to the server for `drain`, unless it closes itself. For a moment after a hangup the
  /// connection stays, for a second one to bring what a hangup lacks: a text, a time to drain.
  void stop(std::string final_text, EndReason why = EndReason::stop,
            std::chrono::milliseconds drain = {});
  /// The final event will be an error, whatever it would be else.
  void set_final_failure(transport::Failure failure) { failure_ = std::move(failure); }
  /// The module is being unloaded, and the stream was told to stop already, or will be: it listens
  /// no longer, and lingers for a second at most.
  void on_unload();
  void send_text(std::string text);
  /// What the application wants to be; the uplink knows already, and leaves audio out.
  void pause(bool paused);
  /// What is being played to the call goes.
  void clear(std::optional<std::uint32_t> fade_ms);
  /// The caller pressed a key.
  void digit(char digit, std::uint32_t duration_ms);
  /// The caller began to speak.
  void speech_began();
  /// Sends whatever can be sent now.
  void pump();
  /// A few times a second: sees whether the server still takes what it is sent.
  void check();
  /// Something failed that should not, memory mostly, and left the session in no state to go on:
  /// ends the stream with an error event. If there is not enough memory for that either, check()
  /// tries again.
  void fail(const char* why) noexcept;
  /// Runs what may throw, and gives up if it does.
  template <class Work>
  void guarded(const Work& work) noexcept {
    try {
      work();
    } catch (const std::exception& error) {
      fail(error.what());
    }
  }

  [[nodiscard]] State state() const noexcept { return state_; }
  /// The figures of the stream now.
  [[nodiscard]] StreamStatus status() const;

 private:
  using Clock = std::chrono::steady_clock;

  /// What the connection calls: no exception of ours goes through it.
  // NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): it is final
  class Guard final : public transport::WebSocket::Listener {
   public:
    explicit Guard(Session& session) : session_{session} {}
    void on_open() override {
      session_.guarded([this] { session_.on_open(); });
    }
    void on_failed(const transport::Failure& failure) override {
      session_.guarded([&] { session_.on_failed(failure); });
    }
    void on_text(std::string&& text) override {
      session_.guarded([&] { session_.on_text(std::move(text)); });
    }
    void on_binary(std::string_view bytes, bool last) override {
      session_.guarded([&] { session_.on_binary(bytes, last); });
    }
    void on_pong() override { session_.on_pong(); }
    void on_sent() override {
      session_.guarded([this] { session_.on_sent(); });
    }
    void on_closed(const transport::Closure& closure) override {
      session_.guarded([&] { session_.on_closed(closure); });
    }

   private:
    Session& session_;
  };

  // WebSocket::Listener
  void on_open() override;
  void on_failed(const transport::Failure& failure) override;
  void on_text(std::string&& text) override;
  void on_binary(std::string_view bytes, bool last) override;
  void on_pong() override;
  void on_sent() override;
  void on_closed(const transport::Closure& closure) override;

  [[nodiscard]] RunGuarded run_guarded();
  [[nodiscard]] std::unique_ptr<Downlink> make_downlink();
  Step advance(Input input, bool another = false, bool unsent = false, bool unplayed = false);
  void act(Action action);
  void connect();
  void retry_after(std::chrono::milliseconds wait);
  void drain();
  void linger_for(std::chrono::milliseconds time);
  void play_out();
  void check_played_out(bool late = false);
  void keep_listening();
  void stop_listening();
  bool send_close();
  void finish();
  void remove_files();
  void drop_connection();
  void end_connection(const transport::Closure& closure, bool silent);
  void end_with(Input input, const std::string& reason);
  void emit_disconnect(const Step& step, const transport::Closure& closure, const std::string& url);
  [[nodiscard]] std::optional<std::chrono::milliseconds> room() const;
  [[nodiscard]] bool may_still_deliver(std::chrono::milliseconds wait) const;
  void dial_anew();
  void on_stalled();
  [[nodiscard]] Totals final_totals(EndReason otherwise);
  void emit_gaps();
  void notify(const dialect::Note& note);
  void send_note(std::optional<dialect::Message> message);
  void count_undelivered();

  Parts parts_;
  Guard guard_{*this};

  const StreamLog log_;
  EventGate events_;

  // Read for each packet, and so close together.
  Accounting accounting_;
  TokenBucket event_tokens_;
  State state_ = State::starting;
  std::unique_ptr<Downlink> downlink_;  // none with playback off
  ServerLink link_;
  Outbox outbox_;
  KeepAlive keep_alive_;
  Sender sender_;

  bool failing_ = false;
  bool finished_ = false;  // what follows the final event is done
  bool paused_ = false;
  bool stopping_ = false;
  bool final_stop_ = false;  // by a command or an unload: a hangup has no text
  bool lingering_ = false;
  bool unloading_ = false;
  bool hung_up_ = false;    // the call, also while the stream was ending for another reason
  bool listening_ = false;  // everything is sent, and the server may have the last word
  bool notes_lost_ = false;
  std::chrono::milliseconds drain_{0};              // for how long it may listen
  std::optional<transport::Closure> server_close_;  // while what the server sent is played out
  std::optional<EndReason> why_;                    // set when told to stop
  std::optional<transport::Failure> failure_;       // what the final event tells
  Clock::time_point last_word_until_;               // a stop may follow a hangup till then
  Reconnection reconnection_;
  Clock::time_point connecting_since_;

  boost::asio::steady_timer retry_timer_;
  boost::asio::steady_timer end_timer_;  // of the linger, the listening or the playout: only one
  Inbox inbox_;

  // Says to timers and posted work whether the session is still there.
  std::shared_ptr<Session*> self_;
};

}  // namespace audio_stream::stream
