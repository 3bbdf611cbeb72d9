#include "leg.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "c_memory.hpp"
#include "codec.hpp"
#include "fetch_memory.hpp"
#include "media_bug.hpp"
#include "session.hpp"

namespace simulator {
namespace {

void fire(switch_channel_t* channel, switch_event_types_t id) {
  switch_event_t* event = nullptr;
  if (switch_event_create(&event, id) != SWITCH_STATUS_SUCCESS) return;
  switch_channel_event_set_data(channel, event);
  switch_event_fire(&event);
}

std::string fresh_uuid() {
  std::array<char, SWITCH_UUID_FORMATTED_LENGTH + 1> text{};
  return switch_uuid_str(text.data(), text.size());
}

void set_up_channel(switch_channel_t& channel, const CallOptions& options) {
  channel.name = "simulator/" + options.caller_id_number;
  channel.profile.caller_id_name = options.caller_id_name;
  channel.profile.caller_id_number = options.caller_id_number;
  channel.profile.destination_number = options.destination_number;
  for (const auto& [name, value] : options.variables) {
    switch_channel_set_variable(&channel, name.c_str(), value.c_str());
  }
  switch_channel_set_variable(&channel, "uuid", channel.session->uuid.c_str());
  channel.state = CS_EXECUTE;
  if (options.media == Media::early) switch_channel_set_flag(&channel, CF_EARLY_MEDIA);
  const bool answered = options.media == Media::answered || options.media == Media::bypass ||
                        options.media == Media::proxy;
  if (answered) switch_channel_set_flag(&channel, CF_ANSWERED);
  if (options.media == Media::bypass) switch_channel_set_flag(&channel, CF_PROXY_MODE);
  if (options.media == Media::proxy) switch_channel_set_flag(&channel, CF_PROXY_MEDIA);
  if (!options.write.is_none()) switch_channel_set_flag(&channel, CF_BRIDGED);
}

/// The API command of the variable api_hangup_hook, with no session given. Variables in it are not
/// expanded here.
void run_hangup_hook(switch_channel_t* channel) {
  const char* hook = switch_channel_get_variable(channel, "api_hangup_hook");
  if (hook == nullptr) return;
  const std::string command{hook};
  const std::size_t blank = std::min(command.find(' '), command.size());
  switch_stream_handle_t stream;
  SWITCH_STANDARD_STREAM(stream);  // NOLINT: the C interface's own memory
  const std::string arguments = command.substr(std::min(blank + 1, command.size()));
  switch_api_execute(command.substr(0, blank).c_str(), arguments.c_str(), nullptr, &stream);
  const CString reply(static_cast<char*>(stream.data));
}

HeardFrame shown(const switch_frame_t& frame) {
  const auto* samples = static_cast<const std::int16_t*>(frame.data);
  return {{samples, frame.datalen / sizeof(std::int16_t)},
          frame.rate,
          static_cast<std::uint8_t>(frame.channels)};
}

}  // namespace

Call::Leg::Leg(CallOptions given)
    : options(std::move(given)),
      uuid(options.uuid.empty() ? fresh_uuid() : options.uuid),
      read(options.read, options.speed),
      write(options.write, options.speed) {
  if (!(options.speed > 0)) throw std::invalid_argument("a call's speed must be positive");
  if (options.media_thread != nullptr && (options.manual_clock || options.write_ptime_ms != 0)) {
    throw std::invalid_argument("a shared media thread has a clock of its own, one for both ways");
  }
  const switch_codec_implementation_t codec =
      codec_implementation(options.codec, options.rate, options.ptime_ms, options.channels);
  if (switch_core_ready() != SWITCH_TRUE) throw std::runtime_error("the core is not running");
  switch_core_session* created = create_session(uuid, *this);
  set_up_channel(created->channel, options);
  if (options.media != Media::none && options.media != Media::bypass) set_codecs(*created, &codec);
  session = created;
  fire(&created->channel, SWITCH_EVENT_CHANNEL_CREATE);
  if (options.media_thread != nullptr) return;
  for (Direction* direction : {&read, &write}) direction->room = std::make_unique<PacketRoom>();
  created->rwlock.read_lock();  // for the write thread, which gives it back
  session_thread_ = std::make_unique<SwitchThread>([this, created] { run_session(*created); });
  write_thread_ = std::make_unique<SwitchThread>([this, created] { run_write(*created); });
}

Call::Leg::~Leg() = default;

bool Call::Leg::bring_media_up() {
  if (!options.pre_answer_succeeds) return false;
  switch_core_session* mine = session;
  if (mine == nullptr) return false;
  if (mine->real_read_impl.load() == nullptr) {
    const auto codec =
        codec_implementation(options.codec, options.rate, options.ptime_ms, options.channels);
    set_codecs(*mine, &codec);
  }
  return true;
}

void Call::Leg::on_hangup() {
  for (Direction* direction : {&read, &write}) {
    const std::lock_guard lock(direction->mutex);
    direction->hangup = true;
    direction->interrupted = true;
    direction->changed.notify_all();
  }
}

void Call::Leg::replace_source(Direction& direction, AudioSource source) {
  const std::scoped_lock lock(direction.source_mutex, direction.mutex);
  direction.source = std::move(source);
  direction.yields = !direction.source.is_none();
  direction.ended = false;
  ++direction.generation;
}

bool Call::Leg::run_task(std::function<void()> work) {
  const auto task = std::make_shared<Task>(Task{std::move(work)});
  std::unique_lock lock(read.mutex);
  if (read.hangup) return false;
  read.tasks.push_back(task);
  read.interrupted = true;
  read.changed.notify_all();
  read.changed.wait(lock, [&] { return task->done || task->dropped; });
  return task->done;
}

bool Call::Leg::media_flows(switch_core_session& session) {
  switch_channel_t* channel = &session.channel;
  return switch_channel_media_up(channel) && session.real_read_impl.load() != nullptr;
}

std::chrono::microseconds Call::Leg::ptime(const Implementation& codec) const {
  const switch_codec_implementation_t* current = codec;
  return std::chrono::microseconds(current != nullptr
                                       ? current->microseconds_per_packet
                                       : static_cast<std::int64_t>(options.ptime_ms) * 1000);
}

std::chrono::microseconds Call::Leg::write_ptime(const Implementation& codec) const {
  return options.write_ptime_ms == 0 ? ptime(codec)
                                     : std::chrono::milliseconds{options.write_ptime_ms};
}

bool Call::Leg::wait_for_tick(Direction& direction, std::unique_lock<std::mutex>& lock,
                              const Implementation& codec) {
  const auto interrupted = [&] { return direction.hangup || !direction.tasks.empty(); };
  if (options.manual_clock) {
    direction.changed.wait(lock,
                           [&] { return interrupted() || direction.ticks < direction.granted; });
    return !interrupted();
  }
  if (direction.changed.wait_until(lock, direction.clock.due(), interrupted)) return false;
  direction.clock.advance(&direction == &write ? write_ptime(codec) : ptime(codec));
  return true;
}

void Call::Leg::note(Direction& direction, const Tick& tick) {
  const std::lock_guard lock(direction.mutex);
  ++direction.ticks;
  if (tick.passed) ++direction.packets;
  if (tick.last && tick.generation == direction.generation) direction.ended = true;
  direction.changed.notify_all();
}

Supply Call::Leg::supply(Direction& direction, Tick& tick) {
  return [&](std::span<std::int16_t> packet, std::uint32_t rate, std::uint8_t channels) {
    const std::lock_guard lock(direction.source_mutex);
    const Packet kind = direction.source.next(packet, rate, channels);
    tick = {kind != Packet::none, direction.source.ended(), direction.generation};
    return kind;
  };
}

void Call::Leg::read_one(switch_core_session& mine, PacketRoom& room) {
  Tick tick;
  read_packet(mine, supply(read, tick), room);
  note(read, tick);
  switch_dtmf_t digit{};
  while (switch_channel_has_dtmf(&mine.channel) > 0) {
    switch_channel_dequeue_dtmf(&mine.channel, &digit);
  }
}

void Call::Leg::on_written(const switch_frame_t& frame) {
  const std::lock_guard lock(heard_mutex);
  if (heard) heard(shown(frame));
}

void Call::Leg::on_encode() {
  if (!wants_encode) return;
  const std::lock_guard lock(encode_mutex);
  if (encode) encode();
}

void Call::Leg::on_read(const switch_frame_t& frame) {
  if (!wants_said) return;
  const std::lock_guard lock(said_mutex);
  if (said) said(shown(frame));
}

void Call::Leg::write_one(switch_core_session& mine, PacketRoom& room) {
  Tick tick;
  write_packet(mine, supply(write, tick), room, options.write_ptime_ms);
  note(write, tick);
}

void Call::Leg::begin(Time now, double phase) {
  switch_core_session& mine = *session;
  mine.thread = pthread_self();
  read.clock.restart_at(now, ptime(mine.real_read_impl), phase);
}

void Call::Leg::fetch(int step) const noexcept {
  const switch_core_session* mine = session;
  if (mine == nullptr) return;
  if (step == 0) {
    fetch_memory(&read, &read + 1);
    fetch_memory(&write, &write.clock);
    fetch_memory(&options.ptime_ms, &options.write_ptime_ms + 1);
    fetch_memory(&mine->channel.state, &mine->channel.flags[CF_CNG_PLC]);
    fetch_memory(&mine->bug_rwlock, mine + 1);
  } else {
    read.source.fetch();
    const switch_codec_implementation_t* codec = mine->real_read_impl;
    fetch_memory(codec, codec + 1);
    if (const auto* bug = mine->newest_bug.load()) fetch_memory(bug, &bug->data);
  }
}

bool Call::Leg::tick(PacketRoom& room) {
  switch_core_session& mine = *session;
  if (read.interrupted) {
    std::unique_lock lock(read.mutex);
    while (!read.hangup && !read.tasks.empty()) run_task_in_turn(lock);
    if (read.hangup) {
      drop_tasks();
      lock.unlock();
      end_session(mine);
      return false;
    }
    read.interrupted = false;
  }
  // Nobody waits for mere ticks of a shared thread: what there is nothing of is left out.
  if (media_flows(mine)) {
    if (read.yields) read_one(mine, room);
    if (write.yields) write_one(mine, room);
  }
  read.clock.advance(ptime(mine.real_read_impl));
  return true;
}

void Call::Leg::run_task_in_turn(std::unique_lock<std::mutex>& lock) {
  const std::shared_ptr<Task> task = read.tasks.front();
  read.tasks.pop_front();
  lock.unlock();
  task->work();
  lock.lock();
  task->done = true;
  read.changed.notify_all();
}

void Call::Leg::drop_tasks() {
  for (const auto& task : read.tasks) task->dropped = true;
  read.tasks.clear();
  read.changed.notify_all();
}

void Call::Leg::run_session(switch_core_session& mine) {
  mine.thread = pthread_self();
  read.clock.restart(std::chrono::steady_clock::now(), ptime(mine.real_read_impl));
  std::unique_lock lock(read.mutex);
  while (!read.hangup) {
    if (!read.tasks.empty()) {
      run_task_in_turn(lock);
      continue;
    }
    if (!wait_for_tick(read, lock, mine.real_read_impl)) continue;
    lock.unlock();
    if (media_flows(mine)) {
      read_one(mine, *read.room);
    } else {
      note(read, {});
    }
    lock.lock();
  }
  drop_tasks();
  lock.unlock();
  end_session(mine);
}

void Call::Leg::run_write(switch_core_session& mine) {
  write.clock.restart(std::chrono::steady_clock::now(), write_ptime(mine.write_impl));
  std::unique_lock lock(write.mutex);
  while (!write.hangup) {
    if (!wait_for_tick(write, lock, mine.write_impl)) continue;
    lock.unlock();
    if (media_flows(mine)) {
      write_one(mine, *write.room);
    } else {
      note(write, {});
    }
    lock.lock();
  }
  lock.unlock();
  switch_core_session_rwunlock(&mine);
}

void Call::Leg::end_session(switch_core_session& mine) {
  switch_channel_t* channel = &mine.channel;
  switch_core_media_bug_remove_all(&mine);
  switch_channel_set_variable(channel, "hangup_cause",
                              switch_channel_cause2str(channel->hangup_cause));
  run_hangup_hook(channel);
  channel->state = CS_REPORTING;
  fire(channel, SWITCH_EVENT_CHANNEL_HANGUP_COMPLETE);
  channel->state = CS_DESTROY;
  switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(&mine), SWITCH_LOG_DEBUG,
                    "Session (%s) Locked, Waiting on external entities\n", channel->name.c_str());
  session = nullptr;
  destroy_session(&mine);
  const std::lock_guard lock(mutex);
  over = true;
  changed.notify_all();
}

}  // namespace simulator
