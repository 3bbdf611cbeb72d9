#include "stream/stream.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

#include "audio/codec/encoder.hpp"
#include "stream/chosen_dialect.hpp"
#include "transport/worker.hpp"

namespace audio_stream::stream {
namespace {

// The bound on texts that the application gave and the server has not taken.
constexpr std::size_t kMaxTextBytes = std::size_t{4} * 1024 * 1024;

/// What a text counts for in bytes. A short text counts for the memory of its list node.
constexpr std::size_t counted(std::size_t text_bytes) {
  constexpr std::size_t kLeast = 128;
  return std::max(text_bytes, kLeast);
}

constexpr const char* kClosing = "this stream is closing already: it takes no more texts";

/// The options' own endpoint, or a copy for another of their URLs.
std::shared_ptr<const transport::Endpoint> endpoint_of(
    const std::shared_ptr<const control::Options>& options, const transport::Url& url) {
  if (&url == &options->endpoint.url) return {options, &options->endpoint};
  auto other = std::make_shared<transport::Endpoint>(options->endpoint);
  other->url = url;
  return other;
}

transport::Failure undecodable(const std::string& codec) {
  return {transport::ErrorCode::not_supported, 0,
          "the call's codec is now " + codec +
              ", which the switch passes through undecoded: there is no audio to stream any more"};
}

}  // namespace

Stream::Stream(Parts parts)
    : parts_{std::move(parts)}, uplink_{*parts_.uplink}, io_{parts_.services.io} {
  session_ = std::make_unique<Session>(Session::Parts{
      parts_.identity,
      *parts_.options,
      *parts_.uplink,
      *parts_.counters,
      *parts_.call,
      parts_.log,
      io_.context(),
      parts_.workers,
      [this](const transport::Url& url, transport::WebSocket::Listener& listener) {
        return transport::make_websocket(parts_.services, endpoint_of(parts_.options, url),
                                         parts_.limits, listener);
      },
      chosen_dialect(parts_.identity, *parts_.options),
      audio::codec::make_encoder(parts_.options->audio.encoding, parts_.options->audio.format(),
                                 parts_.options->audio.packet_ms, parts_.options->audio.opus),
      std::make_shared<AudioFiles>(parts_.temp_dir, parts_.identity.call,
                                   parts_.options->limits.files),
      [this](std::size_t bytes) {
        text_bytes_.fetch_sub(counted(bytes), std::memory_order_relaxed);
      },
      [this] { return may_close(); },
      [this] { parts_.on_name_free(shared_from_this()); },
      [this] { session_ended(); },
      [this](bool hang_up) {
        server_ends_ = true;
        server_hangs_up_ = server_hangs_up_ || hang_up;
        end_if_server_did();
      },
      [this](const CallCommand& command) {
        if (server_hangs_up_) return;  // no call is left
        at_end_ = command;
        act_at_end();
      },
      parts_.to_caller.get(),
      parts_.to_callee.get(),
      &parts_.losses});
}

void Stream::media_closed(std::shared_ptr<Stream> self) noexcept {
  uplink_.finish();
  tap_reference_ = std::move(self);
  media_closed_.store(true, std::memory_order_release);
  io_.notify(*this);
  media_gone_.store(true, std::memory_order_release);
}

void Stream::begin() noexcept {
  // Not post(), which may fail for want of memory: the tap is already on.
  begin_requested_.store(true);
  io_.call(*this);
}

/// Posts a handler, because handlers have a bounded time a turn. Beginning takes ten times as long
/// as a frame. If hundreds of streams begin at once, frames of other streams must not wait for all
/// of them.
void Stream::begin_if_requested() {
  if (!begin_requested_.load()) return;
  io_.watch(*this);
  begin_requested_.store(false);
  boost::asio::post(io_.context(), [self = shared_from_this()] {
    if (!self->session_) return;
    self->session_->guarded([&] {
      self->session_->begin();
      self->stop_if_requested();
    });
    self->remove_late_tap();
  });
}

/// A stop() while the tap was being put on may have found no tap to remove.
void Stream::remove_late_tap() noexcept {
  if (media_closed_.load(std::memory_order_acquire)) return;
  {
    const std::lock_guard lock{stop_mutex_};
    if (!stop_requested_) return;
  }
  remove_tap();
}

tl::expected<void, std::string> Stream::send_text(std::string text) {
  const std::size_t size = counted(text.size());
  {
    // Under the lock, so that the stream does not close while a text is on its way to the session.
    const std::lock_guard lock{stop_mutex_};
    if (closing_) return tl::unexpected<std::string>(kClosing);
    if (text_bytes_.load(std::memory_order_relaxed) + size > kMaxTextBytes) {
      return tl::unexpected("more than " + std::to_string(kMaxTextBytes) +
                            " bytes of text are waiting to be sent already");
    }
    text_bytes_.fetch_add(size, std::memory_order_relaxed);
  }
  try {
    boost::asio::post(io_.context(), [self = shared_from_this(), text = std::move(text)]() mutable {
      if (!self->session_) return;
      self->session_->guarded([&] { self->session_->send_text(std::move(text)); });
    });
  } catch (...) {
    text_bytes_.fetch_sub(size, std::memory_order_relaxed);
    throw;
  }
  return {};
}

void Stream::pause(bool paused) {
  uplink_.pause(paused);
  boost::asio::post(io_.context(), [self = shared_from_this(), paused] {
    if (!self->session_) return;
    self->session_->guarded([&] { self->session_->pause(paused); });
  });
}

void Stream::mask(bool on, std::optional<audio::MaskKind> kind) noexcept {
  const audio::MaskKind usual = parts_.options->caller.mask == audio::MaskKind::off
                                    ? audio::MaskKind::silence
                                    : parts_.options->caller.mask;
  uplink_.mask(on ? kind.value_or(usual) : audio::MaskKind::off);
}

void Stream::play(Side side, std::span<std::int16_t> frame, std::uint32_t rate_hz,
                  std::uint8_t channels) noexcept {
  Playback* playback = playback_to(side);
  if (playback == nullptr || over()) return;
  if (playback->mixer.mix(frame, rate_hz, channels).wake) io_.notify(*this);
}

tl::expected<void, std::string> Stream::clear(std::optional<std::uint32_t> fade_ms) {
  if (!parts_.options->playback.enabled) {
    return tl::unexpected<std::string>(
        "this stream plays nothing: start it with playback=on to play what the server sends");
  }
  boost::asio::post(io_.context(), [self = shared_from_this(), fade_ms] {
    if (!self->session_) return;
    self->session_->guarded([&] { self->session_->clear(fade_ms); });
  });
  return {};
}

void Stream::held(bool on) {
  boost::asio::post(io_.context(), [self = shared_from_this(), on] {
    if (!self->session_ || std::exchange(self->held_, on) == on) return;
    self->session_->guarded(
        [&] { self->session_->media(on ? MediaState::held : MediaState::resumed, {}); });
  });
}

tl::expected<void, std::string> Stream::stop(std::string final_text, EndReason why,
                                             std::optional<std::chrono::milliseconds> drain) {
  {
    const std::lock_guard lock{stop_mutex_};
    if (why == EndReason::unload && (stop_requested_ || session_stopping_)) {
      on_unload();
      return {};
    }
    if (closing_ && why != EndReason::unload) return tl::unexpected<std::string>(kClosing);
    if (stop_requested_) {
      return tl::unexpected<std::string>("this stream was told to stop already");
    }
    drain_ = drain;
    final_text_ = std::move(final_text);
    // After the tap's end the hangup ends the stream, and this stop only adds to it.
    const bool ends_it = !media_closed_.load() || why == EndReason::unload;
    if (!session_stopping_ && ends_it) why_ = why;
    stop_requested_ = true;
    stop_update_pending_ = true;
  }
  // Removing the tap ends the stream, so final_text_ is set first.
  parts_.call->detach();
  try {
    boost::asio::post(io_.context(), [self = shared_from_this()] {
      if (!self->session_) return;
      self->session_->guarded([&] { self->stop_if_requested(); });
    });
  } catch (const std::bad_alloc&) {  // media_closed() or on_period() tells the session
  }
  return {};
}

/// The session asks before it closes. False if a text or a stop is on its way to it: it asks again.
bool Stream::may_close() {
  const std::lock_guard lock{stop_mutex_};
  if (stop_update_pending_ || text_bytes_.load(std::memory_order_relaxed) > 0) return false;
  closing_ = true;
  return true;
}

/// The stream was already told to stop, and may still be listening to its server: ends that.
void Stream::on_unload() {
  boost::asio::post(io_.context(), [self = shared_from_this()] {
    if (!self->session_) return;
    self->session_->guarded([&] { self->session_->on_unload(); });
  });
}

void Stream::on_ready() {
  if (!session_) return;
  session_->guarded([this] {
    begin_if_requested();
    uplink_.replenish();
    take_keys();
    session_->pump();
    end_if_undecodable();
    stop_if_requested();
    retire_if_over();
  });
}

void Stream::take_keys() {
  while (const auto key = keys_.take()) session_->press(*key);
  if (const auto lost = keys_.take_lost()) session_->warn_of_lost("keys of the caller", lost);
}

void Stream::on_period() {
  if (!session_) return;
  const auto now = std::chrono::steady_clock::now();
  if (uplink_.fill_absence(now)) on_ready();
  uplink_.trim(now);
  session_->guarded([this, now] {
    session_->check();
    watch_reading(now);
    status_.store(session_->status());
    end_if_undecodable();
    end_if_server_did();
    act_at_end();
    stop_if_requested();
  });
  if (session_->state() != State::ended) return;
  settle();
  session_->guarded([this] { retire_if_over(); });
}

void Stream::stop_if_requested() {
  // Not before the tap is off, because that brings the last part of a packet. If the tap is off
  // without a command, the call has hung up or removed it.
  if (!media_closed_.load(std::memory_order_acquire)) return;
  if (session_->state() == State::starting) return;  // the handler of begin() asks again
  std::string text;
  EndReason why;
  std::optional<std::chrono::milliseconds> drain;
  {
    const std::lock_guard lock{stop_mutex_};
    if (std::exchange(session_stopping_, true) && !stop_update_pending_) return;
    stop_update_pending_ = false;
    text = std::exchange(final_text_, {});
    why = why_;
    drain = drain_;
  }
  if (why == EndReason::codec) session_->set_final_failure(undecodable(codec_.data()));
  if (auto end_text = std::exchange(end_text_, {})) session_->set_end_text(std::move(*end_text));
  session_->stop(std::move(text), why, drain);
}

void Stream::on_undecodable_codec(const char* codec) noexcept {
  const std::string_view name{codec};
  std::copy_n(name.begin(), std::min(name.size(), codec_.size() - 1), codec_.begin());
  undecodable_.store(true, std::memory_order_release);
  io_.notify(*this);
}

/// Removes the tap. Its end then ends the stream.
void Stream::end_if_undecodable() {
  if (undecodable_seen_ || !undecodable_.load(std::memory_order_acquire)) return;
  {
    const std::lock_guard lock{stop_mutex_};
    if (!stop_requested_ && !session_stopping_) why_ = EndReason::codec;
  }
  undecodable_seen_ = remove_tap();
}

void Stream::watch_reading(std::chrono::steady_clock::time_point now) {
  if (!parts_.options->audio.real_time || media_closed_.load(std::memory_order_acquire)) return;
  switch (unread_.look(now, uplink_.last_tick())) {
    case UnreadWatch::Step::ask:
      ask_whether_unread();
      break;
    case UnreadWatch::Step::read_again:
      session_->media(MediaState::read, unread_.silent());
      break;
    case UnreadWatch::Step::none:
      break;
  }
}

/// A worker asks the switch, because that may wait for other users of the call.
void Stream::ask_whether_unread() {
  const bool is_taken = parts_.workers.locks.run(parts_.identity.call, [self = shared_from_this()] {
    const bool should_be_read = self->parts_.call->should_be_read();
    boost::asio::post(self->io_.context(), [self, should_be_read] {
      const bool unread = self->unread_.answered(std::chrono::steady_clock::now(), should_be_read);
      if (!unread || !self->session_) return;
      self->session_->guarded(
          [&] { self->session_->media(MediaState::unread, self->unread_.silent()); });
    });
  });
  if (!is_taken) unread_.answered(std::chrono::steady_clock::now(), false);
}

/// The server wants the stream or the call to end. A worker does it, because it may wait for other
/// users of the call. The end of the tap ends the stream.
void Stream::end_if_server_did() {
  if (!server_ends_) return;
  {
    const std::lock_guard lock{stop_mutex_};
    if (!stop_requested_ && !session_stopping_) why_ = EndReason::server;
  }
  try {
    const bool is_taken = parts_.workers.locks.run(
        parts_.identity.call, [self = shared_from_this(), hang_up = server_hangs_up_] {
          if (hang_up) static_cast<void>(self->parts_.call->perform(Hangup{}));
          self->parts_.call->detach();
        });
    server_ends_ = !is_taken;  // on_period() tries again
  } catch (const std::bad_alloc&) {
  }
}

/// The stream has ended, and its user wants the call hung up or transferred. A worker does it, as
/// above. The tap goes off before: what the call does next is not streamed.
void Stream::act_at_end() {
  if (!at_end_) return;
  try {
    const bool is_taken = parts_.workers.locks.run(
        parts_.identity.call, [self = shared_from_this(), command = *at_end_] {
          self->parts_.call->detach();
          if (const auto done = self->parts_.call->perform(command); !done) {
            self->parts_.log.write(
                Severity::warning, self->parts_.identity.call,
                "nothing was done with the call at the stream's end: " + done.error());
          }
        });
    if (is_taken) at_end_.reset();  // else on_period() tries again
  } catch (const std::bad_alloc&) {
  }
}

void Stream::session_ended() {
  over_.store(true);
  {
    const std::lock_guard lock{stop_mutex_};
    closing_ = true;
  }
  settle();
}

/// Starts the last step once. If there is no memory for it, on_period() tries again.
void Stream::settle() noexcept {
  if (settled_) return;
  if (!media_closed_.load(std::memory_order_acquire)) {
    settled_ = remove_tap();
    return;
  }
  try {
    boost::asio::post(io_.context(), [self = shared_from_this()] { self->retire_if_over(); });
    settled_ = true;
  } catch (...) {  // on_period() tries again
  }
}

/// A worker does this, because it may wait for other users of the call's bugs. media_closed()
/// follows. False if no worker can take it now.
bool Stream::remove_tap() noexcept {
  try {
    return parts_.workers.locks.run(parts_.identity.call,
                                    [self = shared_from_this()] { self->parts_.call->detach(); });
  } catch (...) {
    return false;
  }
}

void Stream::retire_if_over() {
  if (!session_ || session_->state() != State::ended) return;
  if (!media_closed_.load(std::memory_order_acquire)) return;
  // Posted, because this may run inside a call of the session or inside on_ready().
  boost::asio::post(io_.context(), [self = shared_from_this()] {
    if (!self->session_) return;
    if (!self->media_gone_.load(std::memory_order_acquire)) {
      self->retire_if_over();  // waits for a few instructions of the closing thread
      return;
    }
    if (self->queued()) return;  // its last notify() is still queued: on_ready() tries again
    self->io_.unwatch(*self);
    self->session_.reset();
    self->parts_.call->ended();
    self->tap_reference_.reset();
    self->parts_.on_over(self);
  });
}

}  // namespace audio_stream::stream
