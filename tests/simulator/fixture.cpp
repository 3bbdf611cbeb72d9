#include "fixture.hpp"

#include <numeric>

namespace simulator::testing {

void CoreTest::TearDown() {
  EXPECT_EQ(describe(before), describe(census()));
}

std::optional<BugRead> read_bug(switch_media_bug_t* bug, bool fill, std::size_t bytes) {
  std::vector<std::int16_t> room(bytes / sizeof(std::int16_t));
  switch_frame_t frame{};
  frame.data = room.data();
  frame.buflen = static_cast<std::uint32_t>(bytes);
  if (switch_core_media_bug_read(bug, &frame, fill ? SWITCH_TRUE : SWITCH_FALSE) !=
      SWITCH_STATUS_SUCCESS) {
    return std::nullopt;
  }
  room.resize(frame.datalen / sizeof(std::int16_t));
  return BugRead{frame.datalen, frame.samples, frame.rate, frame.channels, std::move(room)};
}

switch_status_t Probe::add(switch_core_session_t* session, switch_media_bug_flag_t flags, Hook hook,
                           const char* function) {
  hook_ = std::move(hook);
  const std::string uuid = switch_core_session_get_uuid(session);
  // Adding may hang the call up: a lock keeps the session until we are done.
  switch_core_session_t* locked = switch_core_session_locate(uuid.c_str());
  if (locked == nullptr) return SWITCH_STATUS_FALSE;
  const switch_status_t status =
      switch_core_media_bug_add(locked, function, "target", on_bug, this, 0, flags, &bug);
  switch_core_session_rwunlock(locked);
  if (status == SWITCH_STATUS_SUCCESS) uuid_ = uuid;
  return status;
}

Probe::~Probe() {
  if (uuid_.empty()) return;
  if (switch_core_session_t* session = switch_core_session_locate(uuid_.c_str())) {
    switch_core_media_bug_remove(session, &bug);
    switch_core_session_rwunlock(session);
  }
  wait_for(SWITCH_ABC_TYPE_CLOSE, 1);  // it may be on its way on another thread
}

int Probe::count(switch_abc_type_t type) const {
  const std::lock_guard lock(mutex_);
  return counts_[type];
}

std::optional<std::thread::id> Probe::thread_of(switch_abc_type_t type) const {
  const std::lock_guard lock(mutex_);
  return threads_[type];
}

bool Probe::wait_for(switch_abc_type_t type, int count) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return counts_[type] >= count; });
}

switch_bool_t Probe::on_bug(switch_media_bug_t* bug, void* self, switch_abc_type_t type) {
  Probe& probe = *static_cast<Probe*>(self);
  const switch_bool_t answer = probe.hook_ ? probe.hook_(bug, type) : SWITCH_TRUE;
  const std::lock_guard lock(probe.mutex_);
  ++probe.counts_[type];
  probe.threads_[type] = std::this_thread::get_id();
  probe.changed_.notify_all();
  return answer;
}

std::vector<std::int16_t> counting(std::size_t samples, std::int16_t first) {
  std::vector<std::int16_t> pcm(samples);
  std::iota(pcm.begin(), pcm.end(), first);
  return pcm;
}

}  // namespace simulator::testing
