#include "simulator/call.hpp"

#include <utility>

#include "codec.hpp"
#include "leg.hpp"
#include "memory_pool.hpp"
#include "session.hpp"

namespace simulator {
namespace {

/// A session found by uuid, down or not, and locked while this lives.
class LockedSession {
 public:
  explicit LockedSession(const std::string& uuid)
      : session_(switch_core_session_force_locate(uuid.c_str())) {}
  ~LockedSession() {
    if (session_ != nullptr) switch_core_session_rwunlock(session_);
  }
  LockedSession(const LockedSession&) = delete;
  LockedSession& operator=(const LockedSession&) = delete;
  [[nodiscard]] switch_core_session* get() const { return session_; }

 private:
  switch_core_session* session_;
};

void fire(switch_core_session* session, switch_event_types_t id) {
  switch_event_t* event = nullptr;
  if (switch_event_create(&event, id) != SWITCH_STATUS_SUCCESS) return;
  switch_channel_event_set_data(&session->channel, event);
  switch_event_fire(&event);
}

}  // namespace

Call::Call(CallOptions options) : leg_(std::make_shared<Leg>(std::move(options))) {
  if (MediaThread* thread = leg_->options.media_thread) thread->drive(leg_);
}

Call::~Call() {
  hangup();
}

const std::string& Call::uuid() const {
  return leg_->uuid;
}
switch_core_session_t* Call::session() const {
  return leg_->session;
}
switch_channel_t* Call::channel() const {
  switch_core_session* session = leg_->session;
  return session == nullptr ? nullptr : &session->channel;
}

void Call::answer() {
  const LockedSession locked(uuid());
  if (locked.get() != nullptr) switch_channel_answer(&locked.get()->channel);
}

void Call::hold(bool on) {
  const LockedSession locked(uuid());
  if (locked.get() == nullptr) return;
  switch_channel_t* channel = &locked.get()->channel;
  switch_channel_set_flag_value(channel, CF_HOLD, on ? 1 : 0);
  fire(locked.get(), on ? SWITCH_EVENT_CHANNEL_HOLD : SWITCH_EVENT_CHANNEL_UNHOLD);
}

void Call::press(char digit) {
  const LockedSession locked(uuid());
  if (locked.get() == nullptr) return;
  constexpr std::uint32_t kSamples = 2000;  // of 8 kHz
  const switch_dtmf_t dtmf{digit, kSamples, 0, SWITCH_DTMF_RTP};
  switch_channel_queue_dtmf(&locked.get()->channel, &dtmf);
}

void Call::begin_hangup(switch_call_cause_t cause) {
  const LockedSession locked(uuid());
  if (locked.get() != nullptr) switch_channel_hangup(&locked.get()->channel, cause);
}

void Call::hangup(switch_call_cause_t cause) {
  begin_hangup(cause);
  std::unique_lock lock(leg_->mutex);
  leg_->changed.wait(lock, [this] { return leg_->over; });
}

bool Call::is_over() const {
  const std::lock_guard lock(leg_->mutex);
  return leg_->over;
}

bool Call::wait_until_over(std::chrono::milliseconds timeout) const {
  std::unique_lock lock(leg_->mutex);
  return leg_->changed.wait_for(lock, timeout, [this] { return leg_->over; });
}

void Call::set_read_source(AudioSource source) {
  leg_->replace_source(leg_->read, std::move(source));
}
void Call::set_write_source(AudioSource source) {
  const bool bridged = !source.is_none();
  leg_->replace_source(leg_->write, std::move(source));
  const LockedSession locked(uuid());
  switch_core_session* session = locked.get();
  if (session == nullptr) return;
  if (bridged == (switch_channel_test_flag(&session->channel, CF_BRIDGED) != 0)) return;
  switch_channel_set_flag_value(&session->channel, CF_BRIDGED, bridged ? 1 : 0);
  switch_core_media_bug_flush_all(session);  // as the core does on either
  fire(session, bridged ? SWITCH_EVENT_CHANNEL_BRIDGE : SWITCH_EVENT_CHANNEL_UNBRIDGE);
}

void Call::set_codec(std::uint32_t rate, std::uint32_t ptime_ms, std::uint8_t channels,
                     const std::string& name) {
  const auto codec = codec_implementation(name, rate, ptime_ms, channels);
  const LockedSession locked(uuid());
  if (locked.get() == nullptr) return;
  set_codecs(*locked.get(), &codec);
  fire(locked.get(), SWITCH_EVENT_CODEC);
}

void Call::push_read_codec(std::uint32_t rate) {
  const LockedSession locked(uuid());
  switch_core_session* session = locked.get();
  if (session == nullptr || session->real_read_impl.load() == nullptr) return;
  const switch_codec_implementation_t& own = *session->real_read_impl;
  const auto codec = codec_implementation(
      "L16", rate, static_cast<std::uint32_t>(own.microseconds_per_packet) / 1000,
      own.number_of_channels);
  const auto* kept = session->pool->make<switch_codec_implementation_t>(codec);
  {
    const std::lock_guard lock(session->codec_read_mutex);
    session->read_impl = kept;
    session->read_codec.implementation = kept;
  }
  fire(session, SWITCH_EVENT_CODEC);
}

void Call::pop_read_codec() {
  const LockedSession locked(uuid());
  switch_core_session* session = locked.get();
  if (session == nullptr) return;
  {
    const std::lock_guard lock(session->codec_read_mutex);
    session->read_impl = session->real_read_impl.load();
    session->read_codec.implementation = session->real_read_impl;
  }
  fire(session, SWITCH_EVENT_CODEC);
}

bool Call::wait_for_read_end(std::chrono::milliseconds timeout) const {
  Leg::Direction& read = leg_->read;
  std::unique_lock lock(read.mutex);
  return read.changed.wait_for(lock, timeout, [&] { return read.ended || read.hangup; });
}

bool Call::wait_for_packets(std::uint64_t count, std::chrono::milliseconds timeout) const {
  Leg::Direction& read = leg_->read;
  std::unique_lock lock(read.mutex);
  const std::uint64_t target = read.packets + count;
  read.changed.wait_for(lock, timeout, [&] { return read.packets >= target || read.hangup; });
  return read.packets >= target;
}

std::uint64_t Call::packets_read() const {
  const std::lock_guard lock(leg_->read.mutex);
  return leg_->read.packets;
}
std::uint64_t Call::packets_written() const {
  const std::lock_guard lock(leg_->write.mutex);
  return leg_->write.packets;
}

void Call::tick(std::uint64_t packets) {
  for (std::uint64_t i = 0; i < packets; ++i) {
    for (Leg::Direction* direction : {&leg_->write, &leg_->read}) {
      std::unique_lock lock(direction->mutex);
      const std::uint64_t target = ++direction->granted;
      direction->changed.notify_all();
      direction->changed.wait(lock,
                              [&] { return direction->ticks >= target || direction->hangup; });
    }
  }
}

void Call::on_heard(std::function<void(const HeardFrame&)> listener) {
  const std::lock_guard lock(leg_->heard_mutex);
  leg_->heard = std::move(listener);
}

void Call::on_encode(std::function<void()> listener) {
  const std::lock_guard lock(leg_->encode_mutex);
  leg_->wants_encode = listener != nullptr;
  leg_->encode = std::move(listener);
}

void Call::on_read(std::function<void(const HeardFrame&)> listener) {
  const std::lock_guard lock(leg_->said_mutex);
  leg_->wants_said = listener != nullptr;
  leg_->said = std::move(listener);
}

switch_status_t Call::run_application(const std::string& application, const std::string& data) {
  switch_status_t status = SWITCH_STATUS_FALSE;
  run_on_session_thread([&] {
    status = switch_core_session_execute_application(session(), application.c_str(), data.c_str());
  });
  return status;
}

bool Call::run_on_session_thread(std::function<void()> task) {
  return leg_->run_task(std::move(task));
}

}  // namespace simulator
