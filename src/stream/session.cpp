#include "stream/session.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <new>
#include <utility>

#include "base/overloaded.hpp"
#include "stream/end_command.hpp"
#include "transport/echoed_secrets.hpp"
#include "transport/worker.hpp"

namespace audio_stream::stream {
namespace {

using boost::system::error_code;

constexpr std::chrono::seconds kLateTimer{1};

// Longer than all deadlines of an attempt together, even at their longest (60 s each), with a proxy
// and three rounds of offers.
constexpr std::chrono::minutes kLongestAttempt{30};

// The bound on STREAM_LINGER and STREAM_DRAIN together at an unload: the module has 2 s for all of
// it.
constexpr std::chrono::milliseconds kUnloadLinger{1000};

// After a hangup a stop may still bring a last text within this time: api_hangup_hook and handlers
// of CHANNEL_HANGUP_COMPLETE run after the tap is off. STREAM_END_TEXT waits for it, so that the
// server gets only one of the two.
constexpr std::chrono::milliseconds kLastWord{200};

// The wait for a text or a stop that is on its way to the session.
constexpr std::chrono::milliseconds kSoon{2};

/// A timer removes the files, because the session ends earlier. If the module unloads first, the
/// timer's destruction removes them.
void remove_files_in(std::chrono::milliseconds time, std::shared_ptr<AudioFiles> files,
                     boost::asio::io_context& context, transport::Worker& disk) {
  auto timer = std::make_shared<boost::asio::steady_timer>(context, time);
  timer->async_wait([timer, files = std::move(files), &disk](const error_code& /*due*/) {
    try {
      if (!disk.run(AudioFiles::kLane, [files] { files->remove(); })) files->leave();
    } catch (const std::bad_alloc&) {  // this handler's destruction removes the files
    }
  });
}

}  // namespace

Session::Session(Parts parts)
    : parts_{std::move(parts)},
      log_{parts_.log, parts_.identity},
      events_{parts_.call, [this] { parts_.on_ending(); }},
      accounting_{parts_.options, parts_.uplink, parts_.counters},
      event_tokens_{parts_.options.limits.events_per_second},
      downlink_{make_downlink()},
      outbox_{{parts_.options, parts_.uplink, parts_.counters, *parts_.dialect,
               parts_.encoder.get(), [this](std::size_t bytes) { parts_.on_text_out(bytes); },
               [this] {
                 log_.write(Severity::warning,
                            "the server reads nothing: it is no longer told about its playback");
               }}},
      keep_alive_{{parts_.options, link_, parts_.context, run_guarded(),
                   [this] {
                     end_connection({1011, "Ping timeout", false}, true);
                   }}},
      sender_{{parts_.options, outbox_, link_, keep_alive_, parts_.context, run_guarded(),
               [this] { pump(); }, [this] { return send_close(); }, [this] { on_stalled(); }}},
      last_words_{parts_.options.last_words},
      reconnection_{parts_.options, accounting_.begun(), parts_.losses},
      retry_timer_{parts_.context},
      end_timer_{parts_.context},
      ready_timer_{parts_.context},
      inbox_{{parts_.options, parts_.counters, parts_.context, parts_.workers, parts_.dialect,
              downlink_.get(), std::move(parts_.files), event_tokens_, events_, log_, outbox_,
              link_, [this](const dialect::StreamRequest& request) { on_request(request); },
              [this] { pump(); }, run_guarded()}},
      caller_watch_{{parts_.options, parts_.uplink, *parts_.dialect, events_, log_,
                     [this](dialect::Messages messages) { outbox_.add_notes(std::move(messages)); },
                     [this] { speech_began(); }}},
      self_{std::make_shared<Session*>(this)} {}

RunGuarded Session::run_guarded() {
  return [this](const std::function<void()>& work) { guarded(work); };
}

/// None with playback off.
std::unique_ptr<Downlink> Session::make_downlink() {
  if (parts_.to_caller == nullptr && parts_.to_callee == nullptr) return nullptr;
  return std::make_unique<Downlink>(
      Downlink::Parts{parts_.to_caller, parts_.to_callee, parts_.options.playback_rate_hz(),
                      parts_.options.playback.buffer_ms, event_tokens_, parts_.context,
                      [this](const dialect::Note& note) { notify(note); },
                      [this] {
                        inbox_.taken();
                        pump();
                      },
                      run_guarded()});
}

Session::~Session() {
  link_.drop();
  *self_ = nullptr;
}

// ---- life -------------------------------------------------------------------------------------

void Session::begin() {
  act(advance(Input::begin).action);
}

void Session::stop(std::string final_text, EndReason why,
                   std::optional<std::chrono::milliseconds> drain) {
  if (final_stop_ || state_ == State::ended) return;
  final_stop_ = why != EndReason::hangup && why != EndReason::codec;
  if (why == EndReason::unload) begin_unload();
  hung_up_ = hung_up_ || why == EndReason::hangup;
  told_ = told_ || (why != EndReason::server && why != EndReason::codec);
  // A server that asked for the end has said its last word.
  if (why == EndReason::server) last_words_.set_drain({});
  if (drain) last_words_.set_drain(*drain);
  if (!final_text.empty()) {
    last_words_.drop_text();
    outbox_.set_final_text(std::move(final_text));
  }
  last_words_.release();
  if (std::exchange(stopping_, true)) {
    if (listening_ && drain) listen();
    pump();
    return;
  }
  if (state_ != State::playing_out) why_ = why;
  if (why == EndReason::hangup && !unloading_) {
    // Half of the linger is left for the dialect's last message.
    last_words_.hold(Clock::now(), std::min(parts_.options.timeouts.linger / 2, kLastWord));
  }
  end_with(Input::stop, "stopped while there was no connection");
}

void Session::pause(bool paused) {
  paused_ = paused;
  act(advance(paused ? Input::pause : Input::resume).action);
}

Step Session::advance(Input input, bool another, bool unsent, bool unplayed) {
  const Step taken =
      step(state_, input, {parts_.options.reconnect.enabled, another, paused_, unsent, unplayed});
  if (taken.next != state_) {
    log_.write(Severity::debug, std::string{to_string(state_)} + " -> " +
                                    std::string{to_string(taken.next)} + " (" +
                                    std::string{to_string(input)} + ")");
  }
  state_ = taken.next;
  return taken;
}

void Session::act(Action action) {
  switch (action) {
    case Action::none:
      break;
    case Action::connect:
      connect();
      break;
    case Action::retry:
      break;  // on_failed() and on_closed() set the timer: the notice has the wait
    case Action::drain:
      drain();
      break;
    case Action::play_out:
      play_out();
      break;
    case Action::finish:
      finish();
      break;
  }
}

void Session::connect() {
  connecting_since_ = Clock::now();
  link_.attempt(parts_.make_websocket(reconnection_.url(), guard_));
}

void Session::retry_after(std::chrono::milliseconds wait) {
  retry_timer_.expires_after(wait);
  retry_timer_.async_wait([self = self_](const error_code& cancelled) {
    if (cancelled || *self == nullptr) return;
    // A stop may have begun an attempt of its own meanwhile.
    if ((*self)->link_.exists()) return;
    (*self)->guarded([&] { (*self)->act((*self)->advance(Input::retry_due).action); });
  });
}

void Session::drain() {
  if (std::exchange(lingering_, true)) return;
  linger_for(within_unload(parts_.options.timeouts.linger));
  retry_timer_.cancel();
  if (!link_.exists()) connect();
  pump();
}

void Session::linger_for(std::chrono::milliseconds time) {
  end_timer_.expires_after(time);
  end_timer_.async_wait([self = self_, time](const error_code& cancelled) {
    if (cancelled || *self == nullptr) return;
    if ((*self)->listening_) return;  // set anew when this was due already
    (*self)->guarded([&] {
      (*self)->end_with(Input::linger_over,
                        "the end took longer than " + std::to_string(time.count()) + " ms");
    });
  });
}

/// The server closed normally. The call hears the rest of its audio before the final event.
void Session::play_out() {
  // The bound: a call on hold plays nothing, and may stay on hold.
  constexpr std::chrono::seconds kLonger{10};
  parts_.uplink.pause(true);
  end_timer_.expires_after(downlink_->unplayed_time() + kLonger);
  end_timer_.async_wait([self = self_](const error_code& cancelled) {
    if (cancelled || *self == nullptr) return;
    (*self)->guarded([&] { (*self)->check_played_out(true); });
  });
}

void Session::check_played_out(bool late) {
  if (state_ != State::playing_out || (downlink_->unplayed() && !late)) return;
  end_with(Input::played_out, "");
}

/// Everything is sent. The stream keeps listening until the server closes or the time is over.
void Session::keep_listening() {
  if (!std::exchange(listening_, true)) listen();
}

void Session::listen() {
  auto time = last_words_.drain();
  // At an unload a quarter of what is left is for the close.
  if (unloading_) time = std::min(time, within_unload(kUnloadLinger) * 3 / 4);
  end_timer_.expires_after(time);
  end_timer_.async_wait([self = self_](const error_code& cancelled) {
    if (!cancelled && *self != nullptr) (*self)->guarded([&] { (*self)->stop_listening(); });
  });
}

void Session::stop_listening() {
  last_words_.set_drain({});
  if (!std::exchange(listening_, false)) return;
  lingering_ = false;
  drain();
}

void Session::on_unload() {
  begin_unload();
  last_words_.release();
  stop_listening();
  if (lingering_ && end_timer_.expiry() > unload_until_) linger_for(kUnloadLinger);
  pump();
}

void Session::begin_unload() {
  if (!std::exchange(unloading_, true)) unload_until_ = Clock::now() + kUnloadLinger;
}

/// `time`, or what an unload leaves of it.
std::chrono::milliseconds Session::within_unload(std::chrono::milliseconds time) const {
  if (!unloading_) return time;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(unload_until_ - Clock::now());
  return std::clamp(left, std::chrono::milliseconds{0}, time);
}

/// All audio and texts are sent: closes, or waits. True if one more message is queued.
bool Session::send_close() {
  if (const auto held = last_words_.held_for(Clock::now()); held.count() > 0) {
    sender_.pump_in(held);
    return false;
  }
  if (std::string text = last_words_.take_text(); !text.empty()) {
    outbox_.set_final_text(std::move(text));
    return true;
  }
  // A server that waits for the dialect's last message says the rest after it.
  const bool ends_first = parts_.dialect->has_end() && !outbox_.ended();
  if (last_words_.drain().count() > 0 && !ends_first) {
    keep_listening();
  } else if (!parts_.may_close()) {
    sender_.pump_in(kSoon);
  } else if (outbox_.add_end()) {
    const std::chrono::milliseconds linger{parts_.dialect->linger_ms()};
    if (!unloading_) last_words_.set_drain(std::max(last_words_.drain(), linger));
    return true;
  } else {
    link_.close(1000, "");
  }
  return false;
}

/// For ends that this side causes, so that there is no close code of a server.
void Session::end_with(Input input, const std::string& reason) {
  const Step taken = advance(input, false, may_still_deliver({}));
  if (taken.notice == Notice::disconnect && server_close_) {
    emit_disconnect(taken, *server_close_, reconnection_.reported_url());
  } else if (taken.notice == Notice::disconnect) {
    emit_disconnect(taken, {1006, transport::reason_of(1006) + ": " + reason, false},
                    reconnection_.reported_url());
  }
  act(taken.action);
}

void Session::emit_disconnect(const Step& taken, const transport::Closure& closure,
                              const std::string& url) {
  log_.write(Severity::info,
             "disconnected: " + std::to_string(closure.code) + " " + closure.reason);
  if (taken.action != Action::finish) {
    events_.emit(EventKind::disconnect, disconnect_body(closure, url));
    return;
  }
  const Totals totals = final_totals(closure.by_server ? EndReason::server : EndReason::network);
  if (failure_) {
    events_.emit_final(EventKind::error, error_body(*failure_, url, 0, 0, &totals));
  } else {
    events_.emit_final(EventKind::disconnect, disconnect_body(closure, url, &totals));
  }
}

void Session::finish() {
  finished_ = true;
  if (const auto action = end_action()) parts_.on_end_action(*action);
  drop_connection();
  retry_timer_.cancel();
  end_timer_.cancel();
  remove_files();
  parts_.on_ended();
}

/// What the user, or the dialect, wants of the call when the stream has ended by itself. A stream
/// that fails leaves the call alone unless the user says otherwise, whatever the dialect says of a
/// close.
std::optional<CallCommand> Session::end_action() const {
  if (told_) return std::nullopt;
  const bool by_server = closed_in_order_ || why_ == EndReason::server;
  const control::EndActions& actions = parts_.options.end_actions;
  if (failure_ || failing_ || !by_server) return command_of(actions.on_failure);
  if (actions.on_close) return command_of(actions.on_close);
  const bool hangs_up = parts_.dialect->remote_close() == dialect::RemoteClose::hangs_up;
  return closed_in_order_ && hangs_up ? std::optional<CallCommand>{Hangup{}} : std::nullopt;
}

/// A worker removes the files. After a hangup nothing can play them, so they go at once.
void Session::remove_files() {
  auto files = inbox_.take_files();
  if (!files) return;
  const bool at_once = unloading_ || hung_up_;
  try {
    if (!at_once) {
      remove_files_in(parts_.options.limits.files.keep_for, std::move(files), parts_.context,
                      parts_.workers.disk);
      return;
    }
    if (parts_.workers.disk.run(AudioFiles::kLane, [files] { files->remove(); })) return;
    files->leave();
    log_.write(Severity::error, "the audio files stay: too many jobs already wait for the disk");
  } catch (const std::bad_alloc&) {  // this function's return removes the files
  }
}

void Session::fail(const char* why) noexcept {
  failing_ = true;
  try {
    drop_connection();
    retry_timer_.cancel();
    end_timer_.cancel();
    if (!events_.final_emitted()) {
      const Totals totals = final_totals(EndReason::network);
      const transport::Failure failure{transport::ErrorCode::io, 0,
                                       std::string{"The stream can't go on: "} + why};
      std::string body = error_body(failure, reconnection_.reported_url(), 0, 0, &totals);
      log_.write(Severity::error, failure.message);
      state_ = State::ended;
      events_.emit_final(EventKind::error, std::move(body));
    }
    if (!finished_) finish();
  } catch (const std::exception&) {  // check() calls fail() again
  }
}

void Session::drop_connection() {
  ready_timer_.cancel();
  events_.on_disconnected();
  keep_alive_.on_disconnected();
  sender_.on_disconnected();
  link_.drop();
}

// ---- the connection ---------------------------------------------------------------------------

void Session::on_open() {
  const auto now = Clock::now();
  link_.on_open(inbox_.busy());
  keep_alive_.on_open(now);
  sender_.on_open(now);
  accounting_.connected(now);
  reconnection_.on_connected(now);
  Counters::add(parts_.counters.connects, 1);
  log_.write(Severity::info, "connected to " + reconnection_.url().display());
  outbox_.on_connected(now);
  if (outbox_.waits_for_ready()) wait_for_ready();
  inbox_.new_connection();
  if (downlink_) downlink_->new_connection();
  const Step taken = advance(Input::opened);
  pump();  // sends the metadata before the application learns of the connection
  events_.emit_connect(connect_body(reconnection_.reported_url()));
  emit_gaps();
  keep_alive_.start(now);
  act(taken.action);
}

void Session::on_failed(const transport::Failure& failure) {
  drop_connection();
  Counters::add(parts_.counters.failed_attempts, 1);
  const bool refused = !transport::worth_retrying(failure);
  const std::string url = reconnection_.reported_url();  // on_failed() selects the next
  const auto plan = reconnection_.on_failed(refused, Clock::now(), room());
  const Step taken = advance(plan.hopeful ? Input::failed : Input::refused, plan.another,
                             may_still_deliver(plan.wait));
  const bool final = taken.action == Action::finish;
  // As in mod_audio_stream 1.0: without reconnection the event has 0 retries.
  const std::uint32_t retries = parts_.options.reconnect.enabled ? plan.attempts : 0;
  log_.write(Severity::warning,
             failure.message + (url.empty() ? std::string{} : " (" + url + ")") +
                 (final ? "; giving up"
                        : "; next attempt in " + std::to_string(plan.wait.count()) + " ms"));
  if (final) {
    const Totals totals = final_totals(refused ? EndReason::refused : EndReason::network);
    events_.emit_final(EventKind::error,
                       error_body(failure_.value_or(failure), url, retries, 0, &totals));
  } else {
    events_.emit(EventKind::error, error_body(failure, url, retries, plan.wait.count()));
  }
  if (taken.action == Action::retry) retry_after(plan.wait);
  act(taken.action);
}

/// Whether something is left to send, and an attempt after `wait` comes within the linger.
bool Session::may_still_deliver(std::chrono::milliseconds wait) const {
  if (!outbox_.has_something() || unloading_) return false;
  const auto now = Clock::now();
  return now + wait < (lingering_ ? end_timer_.expiry() : now + parts_.options.timeouts.linger);
}

void Session::on_closed(const transport::Closure& closure) {
  // The server's answer to a close follows everything that was sent before it.
  const bool answered = link_.is_closing() && !closure.by_server && closure.code == 1000;
  if (answered) outbox_.all_acknowledged();
  end_connection(closure, false);
}

void Session::on_stalled() {
  end_connection({1006,
                  transport::reason_of(1006) + ": the server took nothing for " +
                      std::to_string(parts_.options.timeouts.stall.count()) + " s",
                  false},
                 true);
}

/// The connection has ended. `silent`: the server does not answer, although its TCP may.
void Session::end_connection(const transport::Closure& closure, bool silent) {
  drop_connection();
  // A close frame without a code (1005) is as deliberate as one with 1000.
  const bool was_closed = closure.by_server && (closure.code == 1000 || closure.code == 1005);
  const dialect::RemoteClose meaning = parts_.dialect->remote_close();
  const bool in_order = was_closed && (stopping_ || meaning != dialect::RemoteClose::reconnects);
  closed_in_order_ = in_order && !stopping_;
  const std::string url = reconnection_.reported_url();  // on_lost() may select the next
  const auto wait = reconnection_.on_lost(silent, Clock::now(), room());
  const Step taken =
      advance(in_order ? Input::closed : Input::lost, false, may_still_deliver(wait),
              parts_.options.playback.play_out && downlink_ && downlink_->unplayed());
  if (taken.action == Action::play_out) {
    server_close_ = closure;
  } else {
    emit_disconnect(taken, closure, url);
  }
  if (taken.action == Action::retry) retry_after(wait);
  act(taken.action);
}

/// How much more audio can be kept in an outage. None if no audio comes.
std::optional<std::chrono::milliseconds> Session::room() const {
  if (paused_ || stopping_) return std::nullopt;
  const std::chrono::milliseconds kept{outbox_.kept_ms()};
  return parts_.options.audio.outage_buffer - std::min(kept, parts_.options.audio.outage_buffer);
}

/// Replaces the current attempt by a new one, because the buffer is nearly full.
void Session::dial_anew() {
  const auto dialed =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - connecting_since_);
  on_failed({transport::ErrorCode::timeout, 0,
             "no connection within " + std::to_string(dialed.count()) +
                 " ms, and there is room for little more audio (STREAM_OUTAGE_BUFFER)"});
}

// ---- up ---------------------------------------------------------------------------------------

void Session::send_text(std::string text) {
  if (state_ == State::ended) {
    parts_.on_text_out(text.size());
    return;
  }
  outbox_.add_text(std::move(text));
  pump();
}

void Session::pump() {
  if (state_ == State::ended) return;
  caller_watch_.take();
  if (downlink_) downlink_->report();
  if (state_ == State::playing_out) {
    check_played_out();
    return;
  }
  sender_.send(state_ == State::draining);
  if (events_.lets_gaps_pass()) emit_gaps();
  while (const auto warning = accounting_.warning(state_)) {
    log_.write(Severity::warning, *warning);
  }
}

void Session::emit_gaps() {
  events_.emit_gaps(outbox_.take_gaps());
}

void Session::check() {
  if (failing_) {
    fail("not enough memory");
    return;
  }
  if (!link_.is_alive()) {
    fail("its connection was lost to an error in this process");
    return;
  }
  if (inbox_.take_lost_job()) {
    fail("not enough memory for the server's audio");
    return;
  }
  if (state_ == State::connecting && Clock::now() - connecting_since_ > kLongestAttempt) {
    fail("an attempt to connect did not end");
    return;
  }
  if (state_ == State::connecting && link_.is_dialing() &&
      reconnection_.should_dial_anew(connecting_since_, Clock::now(), room())) {
    dial_anew();
    return;
  }
  // The timer's handler was lost: Asio had no memory for it.
  if (state_ == State::waiting && Clock::now() - retry_timer_.expiry() > kLateTimer) {
    act(advance(Input::retry_due).action);
    return;
  }
  if (state_ == State::draining && Clock::now() - end_timer_.expiry() > kLateTimer) {
    if (listening_) {
      stop_listening();
      return;
    }
    if (lingering_) {
      end_with(Input::linger_over, "the end took too long");
      return;
    }
  }
  send_periodic(Clock::now());
  if (outbox_.waits_for_ready() && link_.is_open() &&
      Clock::now() - ready_timer_.expiry() > kLateTimer) {
    on_ready_late();
    return;
  }
  if (downlink_) pump();
  if (state_ == State::playing_out && Clock::now() - end_timer_.expiry() > kLateTimer) {
    check_played_out(true);
    return;
  }
  const auto now = Clock::now();
  sender_.check(now);
  keep_alive_.check(now);
}

void Session::on_sent() {
  sender_.on_sent();
  pump();
}

/// Ends sending and returns the totals.
Totals Session::final_totals(EndReason otherwise) {
  if (link_.is_open()) outbox_.on_connection_lost(link_.progress().acknowledged);
  count_undelivered();
  Totals totals = accounting_.totals(why_.value_or(otherwise), link_.traffic(), downlink_.get());
  totals.round_trip = keep_alive_.round_trip();
  return totals;
}

StreamStatus Session::status() const {
  const Totals totals = accounting_.totals(EndReason::stop, {}, downlink_.get());
  StreamStatus status;
  status.state = state_;
  status.paused = paused_;
  status.age_ms = totals.duration;
  status.sent_ms = totals.sent;
  status.kept_ms = outbox_.kept_ms();
  status.dropped_ms = totals.overflow + totals.undelivered + totals.unacknowledged +
                      totals.unusable + totals.late + totals.silence;
  status.reconnects = totals.reconnects;
  status.failed_attempts = parts_.counters.failed_attempts.load(std::memory_order_relaxed);
  status.bytes_sent = totals.bytes_sent;
  status.messages_received = totals.messages_received;
  if (const auto time = keep_alive_.round_trip()) status.round_trip_us = time->count();
  if (totals.playback) {
    status.playback_queued_ms = totals.playback->unplayed;
    status.played_ms = totals.playback->played;
    status.underruns = totals.playback->underruns;
  }
  return status;
}

void Session::count_undelivered() {
  const Outbox::Left left = outbox_.abandon();
  if (left.samples > 0) {
    log_.write(Severity::warning,
               std::to_string(left.samples * 1000 / parts_.options.audio.rate_hz) +
                   " ms of audio could not be delivered before the end");
  }
  if (left.unknown > 0) {
    log_.write(Severity::warning,
               std::to_string(left.unknown * 1000 / parts_.options.audio.rate_hz) +
                   " ms of audio were sent and not acknowledged before the end");
  }
  if (left.texts) {
    log_.write(Severity::warning, "the last text(s) could not be delivered before the end");
  }
}

// ---- down -------------------------------------------------------------------------------------

void Session::on_text(std::string&& text) {
  keep_alive_.on_heard(Clock::now());
  inbox_.text(std::move(text));
}

void Session::on_binary(std::string_view bytes, bool last) {
  keep_alive_.on_heard(Clock::now());
  inbox_.binary(bytes, last);
}

void Session::clear(std::optional<std::uint32_t> fade_ms) {
  if (!downlink_ || state_ == State::ended) return;
  dialect::ClearRequest request;
  request.fade_ms = fade_ms;
  downlink_->clear("api", request);
  pump();
}

void Session::press(const Key& key) {
  if (state_ == State::ended) return;
  if (downlink_ && parts_.options.playback.barge_in == control::BargeIn::dtmf &&
      downlink_->playing()) {
    downlink_->clear("dtmf");
  }
  if (!key.is_secret) outbox_.add_notes(parts_.dialect->digit(key.digit, key.duration_ms));
  pump();
}

void Session::speech_began() {
  if (!downlink_ || state_ == State::ended || !downlink_->playing()) return;
  if (parts_.options.playback.barge_in == control::BargeIn::speech) downlink_->clear("speech");
}

void Session::warn_of_lost(const char* what, std::uint32_t count) {
  log_.write(Severity::warning,
             std::to_string(count) + " " + what + " were lost: the stream's thread is too busy");
}

void Session::media(MediaState state, std::chrono::milliseconds silent) {
  if (state_ == State::ended || stopping_) return;
  if (state == MediaState::unread) {
    log_.write(Severity::warning,
               "nothing reads this call: for " + std::to_string(silent.count()) +
                   " ms the switch has had no audio for the stream, which sends silence. An "
                   "application that takes no audio runs on the call, such as a script that waits");
  }
  const std::uint64_t position = parts_.counters.samples_in.load(std::memory_order_relaxed) * 1000 /
                                 parts_.options.audio.rate_hz;
  events_.emit(EventKind::media, media_body(state, position, silent));
}

void Session::notify(const dialect::Note& note) {
  if (state_ == State::ended) return;
  outbox_.add_notes(parts_.dialect->note(note));
  const auto* mark = std::get_if<dialect::MarkNote>(&note);
  if (mark != nullptr && mark->is_internal) return;
  events_.emit(EventKind::playback, playback_body(note));
}

/// The dialect's messages that go out from time to time.
void Session::send_periodic(Clock::time_point now) {
  if (!link_.takes_messages() || outbox_.waits_for_ready()) return;
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  auto messages = parts_.dialect->on_time(static_cast<std::uint64_t>(since.count()));
  if (messages.empty()) return;
  outbox_.add_notes(std::move(messages));
  pump();
}

// ---- what the server asks of the stream -------------------------------------------------------

void Session::on_request(const dialect::StreamRequest& request) {
  std::visit(base::Overloaded{
                 [this](const dialect::ServerReady&) { on_server_ready(); },
                 [this](const dialect::ServerDone&) {
                   if (listening_) stop_listening();
                 },
                 [this](const dialect::ServerFailure& failure) { on_server_failure(failure); },
                 [this](const dialect::ServerFormat& format) { on_server_format(format); },
                 [this](const dialect::ServerEnd& end) { parts_.on_server_end(end.hang_up); },
             },
             request);
}

void Session::on_server_ready() {
  ready_timer_.cancel();
  outbox_.on_ready(Clock::now());
  pump();
}

void Session::wait_for_ready() {
  ready_timer_.expires_after(std::chrono::milliseconds{parts_.dialect->ready_timeout_ms()});
  ready_timer_.async_wait([self = self_](const error_code& cancelled) {
    if (!cancelled && *self != nullptr) (*self)->guarded([&] { (*self)->on_ready_late(); });
  });
}

/// The connection is of no use: as if it had been lost.
void Session::on_ready_late() {
  if (!outbox_.waits_for_ready() || !link_.is_open()) return;
  constexpr bool kSilent = true;
  end_connection({1006,
                  transport::reason_of(1006) + ": the server was not ready within " +
                      std::to_string(parts_.dialect->ready_timeout_ms()) + " ms",
                  false},
                 kSilent);
}

void Session::on_server_failure(const dialect::ServerFailure& failure) {
  // A vendor may repeat the key that it refuses.
  const auto key = parts_.options.dialect.values.find("key");
  const transport::EchoedSecrets secrets{
      parts_.options.endpoint,
      key == parts_.options.dialect.values.end() ? std::string_view{} : key->second};
  const transport::Failure reported{transport::ErrorCode::io, 0,
                                    "the server reports: " + secrets.hidden(failure.reason)};
  log_.write(Severity::error, reported.message);
  if (!failure.ends) {
    event_tokens_.take();
    events_.emit(EventKind::error, error_body(reported, reconnection_.reported_url(), 0, 0));
    return;
  }
  if (!failure_) failure_ = reported;
  parts_.on_server_end(false);
}

void Session::on_server_format(const dialect::ServerFormat& format) {
  const auto& audio = parts_.options.audio;
  const std::uint32_t rate_hz = format.rate_hz == 0 ? audio.rate_hz : format.rate_hz;
  auto encoder =
      audio.format().channels == 1 && audio::is_rate(rate_hz)
          ? audio::codec::make_converting_encoder(audio.rate_hz, format.encoding, rate_hz)
          : nullptr;
  if (!encoder) {
    on_server_failure(
        {"it wants audio of " + std::to_string(rate_hz) + " Hz, which this stream can't send",
         true});
    return;
  }
  outbox_.set_encoder(*encoder);
  parts_.encoder = std::move(encoder);
}

void Session::on_pong() {
  keep_alive_.on_pong(Clock::now());
}

}  // namespace audio_stream::stream
