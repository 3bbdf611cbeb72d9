#pragma once

#include <chrono>
#include <cstdint>
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
#include "stream/call_command.hpp"
#include "stream/caller_watch.hpp"
#include "stream/counters.hpp"
#include "stream/downlink.hpp"
#include "stream/event.hpp"
#include "stream/event_gate.hpp"
#include "stream/identity.hpp"
#include "stream/inbox.hpp"
#include "stream/keep_alive.hpp"
#include "stream/key.hpp"
#include "stream/last_words.hpp"
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

/// Makes one stream's connections, sends what the uplink and the application give, turns the
/// server's messages into events, and ends exactly once.
///
/// Owned by its stream. Every function runs on the stream's I/O thread.
// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): it is final
class Session final : private transport::WebSocket::Listener {
 public:
  /// Makes a WebSocket to one of the options' URLs, otherwise as the options say.
  using MakeWebSocket = std::function<std::shared_ptr<transport::WebSocket>(
      const transport::Url&, transport::WebSocket::Listener&)>;

  /// What a session is made with. All references outlive it.
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
    std::function<void(std::size_t bytes)> on_text_out;  ///< a text of send_text() left the queue
    /// Asked when everything is sent, before the close. False if a text or a stop is on its way to
    /// the session: ask again later.
    std::function<bool()> may_close;
    std::function<void()> on_ending;  ///< called before the final event
    std::function<void()> on_ended;   ///< called after the final event
    /// The server ends the stream, or the call.
    std::function<void(bool hang_up)> on_server_end;
    /// What the end does to the call. Called after the final event and before on_ended.
    std::function<void(const CallCommand&)> on_end_action;
    Playback* to_caller = nullptr;  ///< with playback on at least one of the two is set
    Playback* to_callee = nullptr;
    RecentLosses* losses = nullptr;  ///< of all streams; null if there is no other stream
  };

  explicit Session(Parts parts);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void begin();
  /// STREAM_END_TEXT with the values of its variables. Before stop().
  void set_end_text(std::string text) { last_words_.set_text(std::move(text)); }
  /// Ends the stream: sends what is queued, then `final_text`, listens to the server for up to
  /// `drain`, then closes. STREAM_END_TEXT stands for an empty text, and STREAM_DRAIN for a time
  /// that is not given. For a moment after a hangup the connection stays open, so that a second
  /// stop() can bring both.
  void stop(std::string final_text, EndReason why = EndReason::stop,
            std::optional<std::chrono::milliseconds> drain = {});
  /// Makes the final event an error in any case.
  void set_final_failure(transport::Failure failure) { failure_ = std::move(failure); }
  /// The module is being unloaded, and the stream is or will be told to stop. Ends listening, and
  /// bounds the linger to a second.
  void on_unload();
  void send_text(std::string text);
  /// The application's request. The uplink already leaves audio out.
  void pause(bool paused);
  /// Clears the audio that is being played to the call.
  void clear(std::optional<std::uint32_t> fade_ms);
  void press(const Key& key);
  /// The caller began to speak.
  void speech_began();
  /// `count` of `what` came faster than this thread took them.
  void warn_of_lost(const char* what, std::uint32_t count);
  /// Tells the application what the call's audio is where the stream has silence.
  void media(MediaState state, std::chrono::milliseconds silent);
  void pump();
  /// Called a few times a second: checks whether the server still takes what it is sent.
  void check();
  /// Ends the stream with an error event after a failure that leaves the session unable to
  /// continue, usually out of memory. If memory is short even for that, check() tries again.
  void fail(const char* why) noexcept;
  /// Runs `work`, and calls fail() if it throws.
  template <class Work>
  void guarded(const Work& work) noexcept {
    try {
      work();
    } catch (const std::exception& error) {
      fail(error.what());
    }
  }

  [[nodiscard]] State state() const noexcept { return state_; }
  /// The stream's current figures.
  [[nodiscard]] StreamStatus status() const;

 private:
  using Clock = std::chrono::steady_clock;

  /// The listener of the connection: no exception of the session passes through it.
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
  void begin_unload();
  [[nodiscard]] std::chrono::milliseconds within_unload(std::chrono::milliseconds time) const;
  void play_out();
  void check_played_out(bool late = false);
  void keep_listening();
  void listen();
  void stop_listening();
  bool send_close();
  void finish();
  void remove_files();
  [[nodiscard]] std::optional<CallCommand> end_action() const;
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
  void on_request(const dialect::StreamRequest& request);
  void on_server_ready();
  void on_server_failure(const dialect::ServerFailure& failure);
  void on_server_format(const dialect::ServerFormat& format);
  void wait_for_ready();
  void on_ready_late();
  void send_periodic(Clock::time_point now);
  void count_undelivered();

  Parts parts_;
  Guard guard_{*this};

  const StreamLog log_;
  EventGate events_;

  // Read for each packet, so close together in memory.
  Accounting accounting_;
  TokenBucket event_tokens_;
  State state_ = State::starting;
  std::unique_ptr<Downlink> downlink_;  // none with playback off
  ServerLink link_;
  Outbox outbox_;
  KeepAlive keep_alive_;
  Sender sender_;

  bool failing_ = false;
  bool finished_ = false;  // the work after the final event is done
  bool paused_ = false;
  bool stopping_ = false;
  bool final_stop_ = false;  // by a command or an unload: a hangup has no text
  bool lingering_ = false;
  bool unloading_ = false;
  bool hung_up_ = false;    // the call hung up, even if the stream was ending for another reason
  bool listening_ = false;  // everything is sent, and the session listens to the server
  bool told_ = false;       // by a command, a hangup or an unload: no end action follows
  bool closed_in_order_ = false;  // by the server, before this side ended anything
  std::optional<transport::Closure> server_close_;  // while the call plays the rest
  std::optional<EndReason> why_;                    // set when told to stop
  std::optional<transport::Failure> failure_;       // the error of the final event
  LastWords last_words_;
  Clock::time_point unload_until_;  // the bound on all of the end, while unloading_
  Reconnection reconnection_;
  Clock::time_point connecting_since_;

  boost::asio::steady_timer retry_timer_;
  boost::asio::steady_timer end_timer_;  // of linger, listening or playout: one at a time
  boost::asio::steady_timer ready_timer_;
  Inbox inbox_;
  CallerWatch caller_watch_;

  // Tells handlers of timers and posted work whether the session still exists.
  std::shared_ptr<Session*> self_;
};

}  // namespace audio_stream::stream
