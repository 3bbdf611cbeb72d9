#include "stream/session.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <list>
#include <new>
#include <random>
#include <utility>

#include "base/overloaded.hpp"
#include "base/printable.hpp"
#include "transport/worker.hpp"

namespace audio_stream::stream {
namespace {

using boost::system::error_code;

constexpr std::chrono::seconds kLateTimer{1};
constexpr std::chrono::seconds kLateCheck{1};

// All deadlines of an attempt together are less, even at their longest (60 s each), with a proxy
// and three rounds of offers.
constexpr std::chrono::minutes kLongestAttempt{30};

// When there is room for so little more audio, an attempt that has been dialing for so long gives
// way to a new one: the host may be back, and our kernel asks it again only seconds later.
constexpr std::chrono::milliseconds kLittleRoom{1000};
constexpr std::chrono::milliseconds kTimeToConnect{2000};

// So many messages of a stream are sent before other streams have their turn.
constexpr std::size_t kSentAtATime = 64;

// At an unload nobody lingers longer, however long STREAM_LINGER is: the module gives it 2 s in
// all.
constexpr std::chrono::milliseconds kUnloadLinger{1000};

// For so long after a hangup a stop may bring a last text: api_hangup_hook runs after the tap is
// off, and so does whatever an application does on CHANNEL_HANGUP_COMPLETE.
constexpr std::chrono::milliseconds kLastWord{200};

// A text or a stop is on its way to the session.
constexpr std::chrono::milliseconds kSoon{2};

// A connection that stood for so long was a good one: the next outage is a new one.
constexpr std::chrono::seconds kLasting{10};

/// The session does not live as long. An unload in between removes them with the timer.
void remove_files_in(std::chrono::milliseconds time, std::shared_ptr<AudioFiles> files,
                     boost::asio::io_context& context, transport::Worker& disk) {
  auto timer = std::make_shared<boost::asio::steady_timer>(context, time);
  timer->async_wait([timer, files = std::move(files), &disk](const error_code& /*due*/) {
    try {
      if (!disk.run(AudioFiles::kLane, [files] { files->remove(); })) files->leave();
    } catch (const std::bad_alloc&) {  // then they go with this handler
    }
  });
}

}  // namespace

Session::Session(Parts parts)
    : parts_{std::move(parts)},
      accounting_{parts_.options, parts_.uplink, parts_.counters},
      event_tokens_{parts_.options.event_rate},
      downlink_{make_downlink()},
      outbox_{{parts_.options, parts_.uplink, parts_.counters, *parts_.dialect,
               [this](std::size_t bytes) { parts_.on_text_out(bytes); }}},
      liveness_{parts_.options.liveness},
      retry_policy_{std::random_device{}()},
      url_rotation_{1 + parts_.options.further_urls.size()},
      retry_timer_{parts_.context},
      end_timer_{parts_.context},
      heartbeat_{parts_.context},
      pace_{parts_.context},
      inbox_{{parts_.options, parts_.counters, parts_.context, parts_.workers, parts_.dialect,
              downlink_.get(), std::move(parts_.files), event_tokens_},
             *this},
      self_{std::make_shared<Session*>(this)} {}

/// None with playback off.
std::unique_ptr<Downlink> Session::make_downlink() {
  if (parts_.to_caller == nullptr && parts_.to_callee == nullptr) return nullptr;
  return std::make_unique<Downlink>(
      Downlink::Parts{parts_.to_caller, parts_.to_callee, parts_.options.rate_down_hz(),
                      parts_.options.playback_buffer_ms, event_tokens_, parts_.context,
                      [this](const dialect::Note& note) { notify(note); },
                      [this] {
                        inbox_.taken();
                        pump();
                      },
                      [this](const std::function<void()>& work) { guarded(work); }});
}

Session::~Session() {
  if (socket_) socket_->detach();
  *self_ = nullptr;
}

// ---- life -------------------------------------------------------------------------------------

void Session::begin() {
  act(advance(Input::begin).action);
}

void Session::stop(std::string final_text, EndReason why, std::chrono::milliseconds drain) {
  if (final_stop_ || state_ == State::ended) return;
  final_stop_ = why != EndReason::hangup && why != EndReason::codec;
  unloading_ = unloading_ || why == EndReason::unload;
  hung_up_ = hung_up_ || why == EndReason::hangup;
  if (!unloading_) drain_ = drain;
  if (!final_text.empty()) outbox_.set_final_text(std::move(final_text));
  last_word_until_ = {};
  if (std::exchange(stopping_, true)) {
    pump();
    return;
  }
  if (state_ != State::playing_out) why_ = why;
  if (why == EndReason::hangup && !unloading_) {
    last_word_until_ = Clock::now() + std::min(parts_.options.linger, kLastWord);
  }
  end_with(Input::stop, "stopped while there was no connection");
}

void Session::pause(bool paused) {
  paused_ = paused;
  act(advance(paused ? Input::pause : Input::resume).action);
}

Step Session::advance(Input input, bool another, bool unsent, bool unplayed) {
  const Step taken =
      step(state_, input, {parts_.options.reconnect, another, paused_, unsent, unplayed});
  if (taken.next != state_) {
    log(Severity::debug, std::string{to_string(state_)} + " -> " +
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
      break;  // its wait is part of the notice: see on_failed() and on_closed()
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
  socket_ = parts_.make_websocket(url(), guard_);
  socket_->open();
}

const transport::Url& Session::url() const {
  const std::size_t turn = url_rotation_.current();
  return turn == 0 ? parts_.options.endpoint.url : parts_.options.further_urls[turn - 1];
}

/// Which of several URLs an event is about; empty if there is only one.
std::string Session::reported_url() const {
  return parts_.options.further_urls.empty() ? std::string{} : url().display();
}

void Session::retry_after(std::chrono::milliseconds wait) {
  retry_timer_.expires_after(wait);
  retry_timer_.async_wait([self = self_](const error_code& cancelled) {
    if (cancelled || *self == nullptr) return;
    // Too late if a stop has made an attempt of its own.
    if ((*self)->socket_ != nullptr) return;
    (*self)->guarded([&] { (*self)->act((*self)->advance(Input::retry_due).action); });
  });
}

void Session::drain() {
  if (std::exchange(lingering_, true)) return;
  linger_for(unloading_ ? std::min(parts_.options.linger, kUnloadLinger) : parts_.options.linger);
  retry_timer_.cancel();
  if (!socket_) connect();
  pump();
}

void Session::linger_for(std::chrono::milliseconds time) {
  end_timer_.expires_after(time);
  end_timer_.async_wait([self = self_, time](const error_code& cancelled) {
    if (cancelled || *self == nullptr) return;
    (*self)->guarded([&] {
      (*self)->end_with(Input::linger_over,
                        "the end took longer than " + std::to_string(time.count()) + " ms");
    });
  });
}

/// The server has closed in good order. Its last words are heard before the final event.
void Session::play_out() {
  // A call on hold plays nothing, and may stay so.
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

/// All is sent; what the server still has to say is heard until it closes or the time is over.
void Session::keep_listening() {
  if (std::exchange(listening_on_, true)) return;
  end_timer_.expires_after(drain_);
  end_timer_.async_wait([self = self_](const error_code& cancelled) {
    if (!cancelled && *self != nullptr) (*self)->guarded([&] { (*self)->stop_listening(); });
  });
}

void Session::stop_listening() {
  drain_ = {};
  if (!std::exchange(listening_on_, false)) return;
  lingering_ = false;
  drain();
}

void Session::on_unload() {
  unloading_ = true;
  last_word_until_ = {};
  stop_listening();
  if (lingering_ && end_timer_.expiry() > Clock::now() + kUnloadLinger) linger_for(kUnloadLinger);
  pump();
}

/// All audio and texts are sent. True if one more message is to be sent.
bool Session::send_close() {
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(last_word_until_ - Clock::now());
  if (drain_.count() > 0) {
    keep_listening();
  } else if (wait.count() > 0) {
    resume_sending_in(wait);
  } else if (!parts_.may_close()) {
    resume_sending_in(kSoon);
  } else if (outbox_.add_end()) {
    return true;
  } else {
    close_normally();
  }
  return false;
}

void Session::close_normally() {
  closing_ = true;
  socket_->close(1000, "");
}

/// For ends that come from our side, where no server gave a code.
void Session::end_with(Input input, const std::string& reason) {
  const Step taken = advance(input, false, may_still_deliver({}));
  if (taken.notice == Notice::disconnect && server_close_) {
    emit_disconnect(taken, *server_close_, reported_url());
  } else if (taken.notice == Notice::disconnect) {
    emit_disconnect(taken, {1006, transport::reason_of(1006) + ": " + reason, false},
                    reported_url());
  }
  act(taken.action);
}

void Session::emit_disconnect(const Step& taken, const transport::Closure& closure,
                              const std::string& url) {
  log(Severity::info, "disconnected: " + std::to_string(closure.code) + " " + closure.reason);
  if (taken.action != Action::finish) {
    emit(EventKind::disconnect, disconnect_body(closure, url), false);
    return;
  }
  const Totals totals = final_totals(closure.by_server ? EndReason::server : EndReason::network);
  if (failure_) {
    emit(EventKind::error, error_body(*failure_, url, 0, 0, &totals), true);
  } else {
    emit(EventKind::disconnect, disconnect_body(closure, url, &totals), true);
  }
}

void Session::finish() {
  finished_ = true;
  drop_connection();
  retry_timer_.cancel();
  end_timer_.cancel();
  remove_files();
  parts_.on_ended();
}

/// Removing files is the disk's business, not this thread's. A hangup ends all that could play
/// them.
void Session::remove_files() {
  auto files = inbox_.take_files();
  if (!files) return;
  const bool at_once = unloading_ || hung_up_;
  try {
    if (!at_once) {
      remove_files_in(parts_.options.files.live_on, std::move(files), parts_.context,
                      parts_.workers.disk);
      return;
    }
    if (parts_.workers.disk.run(AudioFiles::kLane, [files] { files->remove(); })) return;
    files->leave();
    log(Severity::error, "the audio files stay: the disk has left too much undone already");
  } catch (const std::bad_alloc&) {  // then they go with this function
  }
}

void Session::fail(const char* why) noexcept {
  failing_ = true;
  try {
    drop_connection();
    retry_timer_.cancel();
    end_timer_.cancel();
    if (!final_event_emitted_) {
      const Totals totals = final_totals(EndReason::network);
      const transport::Failure failure{transport::ErrorCode::io, 0,
                                       std::string{"The stream can't go on: "} + why};
      std::string body = error_body(failure, reported_url(), 0, 0, &totals);
      log(Severity::error, failure.message);
      state_ = State::ended;
      emit(EventKind::error, std::move(body), true);
    }
    if (!finished_) finish();
  } catch (const std::exception&) {  // check() tries again
  }
}

void Session::drop_connection() {
  connect_emitted_ = false;
  heartbeat_.cancel();
  pace_.cancel();
  outbox_.on_connection_lost(open_ ? socket_->progress().acknowledged : 0);
  open_ = false;
  past_traffic_ = traffic();
  if (socket_) socket_->detach();
  socket_.reset();
}

/// Of all connections together.
transport::Traffic Session::traffic() const {
  transport::Traffic all = past_traffic_;
  if (socket_) all += socket_->traffic();
  return all;
}

// ---- the connection ---------------------------------------------------------------------------

void Session::on_open() {
  open_ = true;
  closing_ = false;
  awaiting_pong_ = false;
  opened_ = Clock::now();
  accounting_.connected(opened_);
  last_sent_ = opened_;
  acknowledged_ = 0;
  acknowledged_at_ = opened_;
  failed_attempts_ = 0;
  url_rotation_.connected();
  outage_since_.reset();
  Counters::add(parts_.counters.connects, 1);
  outbox_.on_connected(opened_);
  inbox_.new_connection();
  if (downlink_) downlink_->new_connection();
  log(Severity::info, "connected to " + url().display());
  // A file that the former connection brought comes before whatever this one brings.
  reading_paused_ = inbox_.busy();
  if (reading_paused_) socket_->pause_reading();
  liveness_.connected();
  last_check_ = opened_;
  const Step taken = advance(Input::opened);
  pump();  // the metadata is on its way before the application hears of the connection
  emit(EventKind::connect, connect_body(reported_url()), false);
  connect_emitted_ = true;
  emit_gaps();
  if (open_ && !closing_ && liveness_.ping_is_due(opened_)) ping();
  arm_heartbeat();
  act(taken.action);
}

void Session::on_failed(const transport::Failure& failure) {
  drop_connection();
  Counters::add(parts_.counters.failed_attempts, 1);
  ++failed_attempts_;
  if (!outage_since_) {
    const bool first = failed_attempts_ == 1 && !accounting_.ever_connected();
    outage_since_ = first ? accounting_.begun() : Clock::now();
  }
  const bool refused = !transport::worth_retrying(failure);
  const std::string url = reported_url();  // the turn goes on
  const auto turn = url_rotation_.failed(refused);
  const bool in_time = may_retry();
  const bool another = in_time && turn == UrlRotation::Outlook::another;
  const bool hopeful = in_time && turn != UrlRotation::Outlook::all_refused;
  const auto wait = another ? std::chrono::milliseconds{0} : retry_policy_.next_wait(room());
  const Step taken =
      advance(hopeful ? Input::failed : Input::refused, another, may_still_deliver(wait));
  const bool final = taken.action == Action::finish;
  // As mod_audio_stream 1.0 has it: without reconnection the event has 0 retries.
  const std::uint32_t reported_retries = parts_.options.reconnect ? failed_attempts_ : 0;
  log(Severity::warning,
      failure.message +
          (final ? "; giving up" : "; next attempt in " + std::to_string(wait.count()) + " ms"));
  if (final) {
    const Totals totals = final_totals(refused ? EndReason::refused : EndReason::network);
    emit(EventKind::error,
         error_body(failure_.value_or(failure), url, reported_retries, 0, &totals), true);
  } else {
    emit(EventKind::error, error_body(failure, url, reported_retries, wait.count()), false);
  }
  if (taken.action == Action::retry) retry_after(wait);
  act(taken.action);
}

/// Whether the limits the user set leave room for another attempt.
bool Session::may_retry() const {
  const auto& options = parts_.options;
  if (options.reconnect_max > 0 && failed_attempts_ >= options.reconnect_max) return false;
  return options.reconnect_time.count() == 0 || !outage_since_ ||
         Clock::now() - *outage_since_ < options.reconnect_time;
}

/// Whether an attempt in so much time comes within the linger, and there is something to send.
bool Session::may_still_deliver(std::chrono::milliseconds wait) const {
  if (!outbox_.has_something() || unloading_) return false;
  const auto now = Clock::now();
  return now + wait < (lingering_ ? end_timer_.expiry() : now + parts_.options.linger);
}

void Session::on_closed(const transport::Closure& closure) {
  // The server answers a close behind all that was sent before it.
  if (closing_ && !closure.by_server && closure.code == 1000) outbox_.all_acknowledged();
  drop_connection();
  outage_since_ = Clock::now();
  // A close frame without a code is as deliberate as one with 1000.
  const bool in_order = closure.by_server && (closure.code == 1000 || closure.code == 1005);
  const std::string url = reported_url();  // the turn may go on
  const auto wait = wait_after_loss(std::exchange(silent_, false));
  const Step taken = advance(in_order ? Input::closed : Input::lost, false, may_still_deliver(wait),
                             parts_.options.playout && downlink_ && downlink_->unplayed());
  if (taken.action == Action::play_out) {
    server_close_ = closure;
  } else {
    emit_disconnect(taken, closure, url);
  }
  if (taken.action == Action::retry) retry_after(wait);
  act(taken.action);
}

/// The server is there no more, though its TCP may be. Another one has its turn at once.
void Session::drop_silent_server(const transport::Closure& closure) {
  silent_ = true;
  on_closed(closure);
}

std::chrono::milliseconds Session::wait_after_loss(bool silent) {
  const auto now = Clock::now();
  if (silent && url_rotation_.failed(false) == UrlRotation::Outlook::another) {
    return std::chrono::milliseconds{0};
  }
  if (now - opened_ >= kLasting) retry_policy_.reset();
  const auto spread =
      parts_.losses != nullptr ? parts_.losses->record(now) : std::chrono::milliseconds{0};
  return retry_policy_.next_wait(room(), spread);
}

/// For how much more audio there is room in an outage; none where no audio comes.
std::optional<std::chrono::milliseconds> Session::room() const {
  if (paused_ || stopping_) return std::nullopt;
  const std::chrono::milliseconds kept{outbox_.kept_ms()};
  return parts_.options.queue - std::min(kept, parts_.options.queue);
}

/// Happens once in an outage: after the next attempt there is no room at all.
bool Session::attempt_blocks_retry() const {
  const auto& options = parts_.options;
  if (!options.reconnect || Clock::now() - connecting_since_ < kTimeToConnect) return false;
  if (!socket_ || !socket_->is_dialing()) return false;
  if (options.reconnect_max > 0 && failed_attempts_ + 1 >= options.reconnect_max) return false;
  // Nor may the next failure be the last one, where this attempt may still come about.
  const auto since = outage_since_.value_or(accounting_.begun());
  if (options.reconnect_time.count() > 0 && Clock::now() - since >= options.reconnect_time) {
    return false;
  }
  const auto left = room();
  return left && left->count() > 0 && *left <= kLittleRoom;
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
  if (downlink_) downlink_->report();
  if (state_ == State::playing_out) {
    check_played_out();
    return;
  }
  std::size_t sent = 0;
  const auto now = Clock::now();
  while (open_ && !closing_ && !outbox_.in_flight() && send_next(now)) {
    if (++sent < kSentAtATime) continue;
    boost::asio::post(parts_.context, [self = self_] {
      if (*self != nullptr) (*self)->guarded([&] { (*self)->pump(); });
    });
    break;
  }
  if (connect_emitted_) emit_gaps();
  while (const auto warning = accounting_.warning(state_)) log(Severity::warning, *warning);
}

/// Begins to send the next message. False if there is none, or not now.
bool Session::send_next(Clock::time_point now) {
  const Outbox::Next next = outbox_.next(now, state_ == State::draining);
  if (const auto* send = std::get_if<Outbox::Send>(&next)) {
    if (give_to_connection(send->message, send->more)) sent();
    last_sent_ = now;
    return true;
  }
  if (const auto* wait = std::get_if<Outbox::Wait>(&next)) {
    resume_sending_in(wait->time);
    return false;
  }
  return state_ == State::draining && send_close();
}

/// True if the socket has taken the whole message.
bool Session::give_to_connection(const dialect::MessageView& message, bool more) {
  if (message.kind == dialect::MessageKind::binary)
    return socket_->send_binary(message.bytes, more);
  return socket_->send_text(
      {reinterpret_cast<const char*>(message.bytes.data()), message.bytes.size()});
}

void Session::resume_sending_in(std::chrono::milliseconds time) {
  pace_.expires_after(time);
  pace_.async_wait([self = self_](const error_code& cancelled) {
    if (!cancelled && *self != nullptr) (*self)->guarded([&] { (*self)->pump(); });
  });
}

void Session::emit_gaps() {
  for (std::string& body : outbox_.take_gaps()) emit(EventKind::gap, std::move(body), false);
}

void Session::check() {
  if (failing_) {
    fail("not enough memory");
    return;
  }
  if (socket_ && !socket_->is_alive()) {
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
  if (state_ == State::connecting && attempt_blocks_retry()) {
    on_failed({transport::ErrorCode::timeout, 0,
               "no connection within " +
                   std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(
                                      Clock::now() - connecting_since_)
                                      .count()) +
                   " ms, and there is room for little more audio (STREAM_OUTAGE_BUFFER)"});
    return;
  }
  // A timer whose handler Asio had no memory to run.
  if (state_ == State::waiting && Clock::now() - retry_timer_.expiry() > kLateTimer) {
    act(advance(Input::retry_due).action);
    return;
  }
  if (state_ == State::draining && Clock::now() - end_timer_.expiry() > kLateTimer) {
    if (listening_on_) {
      stop_listening();
      return;
    }
    if (lingering_) {
      end_with(Input::linger_over, "the end took too long");
      return;
    }
  }
  if (downlink_) pump();
  if (state_ == State::playing_out && Clock::now() - end_timer_.expiry() > kLateTimer) {
    check_played_out(true);
    return;
  }
  outbox_.make_room();
  const auto now = Clock::now();
  if (open_) check_progress(now);
  if (open_ && !closing_) check_liveness(now);
  last_check_ = now;
}

void Session::check_liveness(Clock::time_point now) {
  // What the server says is not read, or this thread was away and has not read it yet.
  if (reading_paused_ || now - last_check_ > kLateCheck) liveness_.heard(now);
  if (liveness_.is_lost(now)) {
    drop_silent_server({1011, "Ping timeout", false});
    return;
  }
  if (liveness_.ping_is_due(now)) ping();
}

/// Releases what the server's TCP has acknowledged. A server whose TCP acknowledges nothing of what
/// it is sent for STREAM_STALL_TIME is lost.
void Session::check_progress(Clock::time_point now) {
  const auto progress = socket_->progress();
  outbox_.tcp_acknowledged(progress.acknowledged);
  const bool outstanding = outbox_.in_flight() || progress.written > progress.acknowledged;
  if (!outstanding || progress.acknowledged != acknowledged_) {
    acknowledged_ = progress.acknowledged;
    acknowledged_at_ = now;
    return;
  }
  const auto patience = parts_.options.stall_time;
  if (patience.count() == 0 || now - acknowledged_at_ < patience) return;
  drop_silent_server({1006,
                      transport::reason_of(1006) + ": the server took nothing for " +
                          std::to_string(patience.count()) + " s",
                      false});
}

void Session::on_sent() {
  sent();
  pump();
}

void Session::sent() {
  outbox_.sent(socket_->written());
  if (outbox_.progress_check_due()) outbox_.tcp_acknowledged(socket_->progress().acknowledged);
}

/// What became of the stream. Nothing is sent any more.
Totals Session::final_totals(EndReason otherwise) {
  if (open_) outbox_.on_connection_lost(socket_->progress().acknowledged);
  count_undelivered();
  Totals totals = accounting_.totals(why_.value_or(otherwise), traffic(), downlink_.get());
  totals.round_trip = liveness_.round_trip();
  return totals;
}

void Session::count_undelivered() {
  const Outbox::Left left = outbox_.abandon();
  if (left.samples > 0) {
    log(Severity::warning, std::to_string(left.samples * 1000 / parts_.options.rate_hz) +
                               " ms of audio could not be delivered before the end");
  }
  if (left.unknown > 0) {
    log(Severity::warning, std::to_string(left.unknown * 1000 / parts_.options.rate_hz) +
                               " ms of audio were sent and not acknowledged before the end");
  }
  if (left.texts) {
    log(Severity::warning, "the last text(s) could not be delivered before the end");
  }
}

// ---- down -------------------------------------------------------------------------------------

void Session::on_text(std::string&& text) {
  liveness_.heard(Clock::now());
  inbox_.text(std::move(text));
}

void Session::on_binary(std::string_view bytes, bool last) {
  liveness_.heard(Clock::now());
  inbox_.binary(bytes, last);
}

void Session::refuse(int code, const std::string& what) {
  if (std::exchange(closing_, true)) return;
  log(Severity::error, "the server sent " + what + ": closing with " + std::to_string(code));
  socket_->close(code, what);
}

void Session::pause_reading() {
  reading_paused_ = true;
  if (socket_) socket_->pause_reading();
}

void Session::resume_reading() {
  reading_paused_ = false;
  if (open_) socket_->resume_reading();
}

void Session::server_acknowledged(std::uint64_t position_ms) {
  outbox_.server_acknowledged(position_ms);
}

void Session::emit_event(EventKind kind, std::string body, std::size_t full_length) {
  parts_.call.emit({kind, std::move(body), false, full_length});
}

void Session::clear(std::optional<std::uint32_t> fade_ms) {
  if (!downlink_ || state_ == State::ended) return;
  downlink_->clear("api", fade_ms);
  pump();
}

void Session::digit(char digit, std::uint32_t duration_ms) {
  if (state_ == State::ended) return;
  if (downlink_ && parts_.options.barge_in == control::BargeIn::dtmf && downlink_->playing()) {
    downlink_->clear("dtmf");
  }
  send_note(parts_.dialect->digit(digit, duration_ms));
  pump();
}

void Session::speech_began() {
  if (!downlink_ || state_ == State::ended || !downlink_->playing()) return;
  downlink_->clear("speech");
  pump();
}

void Session::notify(const dialect::Note& note) {
  if (state_ == State::ended) return;
  send_note(parts_.dialect->note(note));
  emit(EventKind::playback, playback_body(note), false);
}

void Session::send_note(std::optional<dialect::Message> message) {
  if (outbox_.add_note(std::move(message)) || std::exchange(notes_lost_, true)) return;
  log(Severity::warning, "the server takes no texts: it is not told any more of its playback");
}

// ---- heartbeat --------------------------------------------------------------------------------

void Session::ping() {
  liveness_.pinged(Clock::now());
  socket_->ping();
}

void Session::on_pong() {
  awaiting_pong_ = false;
  liveness_.pong(Clock::now());
}

void Session::arm_heartbeat() {
  if (parts_.options.heartbeat.count() == 0 || !open_) return;
  const auto due = awaiting_pong_ ? Clock::now() + parts_.options.heartbeat
                                  : last_sent_ + parts_.options.heartbeat;
  heartbeat_.expires_at(due);
  heartbeat_.async_wait([self = self_](const error_code& cancelled) {
    if (!cancelled && *self != nullptr) (*self)->guarded([&] { (*self)->check_heartbeat(); });
  });
}

void Session::check_heartbeat() {
  // A connection that is being closed sends no pings, so no pong is missing. STREAM_LINGER bounds
  // the close.
  if (!open_ || closing_) return;
  // The pong may have come: nothing is read while reading is paused, and this thread may have been
  // away. The server then has as much time again.
  const bool may_have_come = reading_paused_ || Clock::now() - heartbeat_.expiry() > kLateCheck;
  if (awaiting_pong_ && !may_have_come) {
    drop_silent_server({1011, "Ping timeout", false});
    return;
  }
  if (!awaiting_pong_ && Clock::now() - last_sent_ >= parts_.options.heartbeat) {
    awaiting_pong_ = true;
    ping();
  }
  arm_heartbeat();
}

// -----------------------------------------------------------------------------------------------

void Session::emit(EventKind kind, std::string body, bool final) {
  if (final) {
    final_event_emitted_ = true;
    parts_.on_ending();
  }
  parts_.call.emit({kind, std::move(body), final});
}

void Session::log(Severity severity, const std::string& text) {
  parts_.log.write(severity, parts_.identity.call,
                   "(" + parts_.identity.name + ") " + base::one_line(text));
}

}  // namespace audio_stream::stream
