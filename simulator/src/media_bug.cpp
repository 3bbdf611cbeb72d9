// A media bug's life: added, flagged, closed.
#include "media_bug.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <functional>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "memory_pool.hpp"
#include "session_state.hpp"
#include "simulator/core.hpp"
#include "violation.hpp"

using simulator::ReadGuard;
using simulator::WriteGuard;

namespace simulator {
namespace {

std::atomic<std::size_t> alive{0};
std::atomic<std::int64_t> close_ns{0};  // of processor time, in the last CLOSE callback

std::mutex admission_mutex;
std::function<bool()> admission;

bool is_admitted() {
  std::function<bool()> admit;
  {
    const std::lock_guard lock(admission_mutex);
    admit = admission;
  }
  return !admit || admit();
}

std::int64_t processor_time_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void fire(switch_event_types_t id, const switch_media_bug& bug) {
  switch_event_t* event = nullptr;
  if (switch_event_create(&event, id) != SWITCH_STATUS_SUCCESS) return;
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Media-Bug-Function",
                                 bug.function.c_str());
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Media-Bug-Target",
                                 bug.target.c_str());
  switch_channel_event_set_data(&bug.session->channel, event);
  switch_event_fire(&event);
}

void drop_buffers(switch_media_bug& bug) {
  {
    const std::lock_guard lock(bug.read_mutex);
    bug.read_buffer.reset();
  }
  const std::lock_guard lock(bug.write_mutex);
  bug.write_buffer.reset();
}

void destroy(switch_media_bug& bug) {
  drop_buffers(bug);
  --alive;
  fire(SWITCH_EVENT_MEDIA_BUG_STOP, bug);
}

/// False when another thread alone may close it: then no callback comes.
bool close(switch_media_bug& bug) {
  if (!bug.may_be_closed_here()) {
    switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(bug.session), SWITCH_LOG_DEBUG,
                      "BUG is thread locked skipping.\n");
    return false;
  }
  const std::int64_t begun = processor_time_ns();
  call_back(bug, SWITCH_ABC_TYPE_CLOSE);
  close_ns = processor_time_ns() - begun;
  bug.ready = false;
  switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(bug.session), SWITCH_LOG_DEBUG,
                    "Removing BUG from %s\n", switch_channel_get_name(&bug.session->channel));
  return true;
}

/// nullptr if there is no memory for it.
switch_media_bug* make_bug(switch_core_session_t* session, std::uint32_t flags) {
  try {
    auto* bug = session->pool->make<switch_media_bug>();
    bug->flags = flags;
    if (bug->is(SMBF_READ_STREAM | SMBF_READ_PING)) bug->read_buffer.emplace();
    if (bug->is(SMBF_WRITE_STREAM)) bug->write_buffer.emplace();
    return bug;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

bool function_is(const switch_media_bug& bug, const char* function) {
  return bug.function == function;
}

}  // namespace

std::size_t media_bugs_alive() {
  return alive;
}

void admit_media_bugs(std::function<bool()> admit) {
  const std::lock_guard lock(admission_mutex);
  admission = std::move(admit);
}

std::chrono::nanoseconds last_close_time() {
  return std::chrono::nanoseconds{close_ns};
}

bool call_back(switch_media_bug& bug, switch_abc_type_t type) {
  if (bug.callback == nullptr) return true;
  return guarded("a media bug callback",
                 [&] { return bug.callback(&bug, bug.user_data, type) == SWITCH_TRUE; });
}

bool is_due(switch_media_bug& bug, int& prune) {
  switch_channel_t* channel = &bug.session->channel;
  if (bug.is(SMBF_PAUSE)) return false;
  if (switch_channel_test_flag(channel, CF_PAUSE_BUGS) != 0 && !bug.is(SMBF_NO_PAUSE)) return false;
  if (switch_channel_test_flag(channel, CF_ANSWERED) == 0 && bug.is(SMBF_ANSWER_REQ)) return false;
  if (bug.is(SMBF_PRUNE)) {
    ++prune;
    return false;
  }
  return true;
}

void prune_when_over(switch_media_bug& bug, bool wants_more, int& prune) {
  const bool time_is_up = bug.stop_time != 0 && bug.stop_time <= switch_epoch_time_now(nullptr);
  if (wants_more && !time_is_up) return;
  bug.flags |= SMBF_PRUNE;
  ++prune;
}

}  // namespace simulator

bool switch_media_bug::may_be_closed_here() const {
  if (only_thread && pthread_equal(*only_thread, pthread_self()) == 0) return false;
  return !is(SMBF_LOCK);
}

switch_status_t switch_core_media_bug_add(switch_core_session_t* session, const char* function,
                                          const char* target, switch_media_bug_callback_t callback,
                                          void* user_data, time_t stop_time,
                                          switch_media_bug_flag_t flags,
                                          switch_media_bug_t** new_bug) {
  if (!zstr(function) && (flags & SMBF_ONE_ONLY) != 0) {
    bool taken = false;
    {
      const WriteGuard guard(session->bug_rwlock, "switch_core_media_bug_add");
      for (const switch_media_bug* bug : session->bugs) {
        taken |= strcasecmp(bug->function.c_str(), function) == 0;
      }
    }
    if (taken) {
      switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_ERROR,
                        "Only one bug of this type allowed!\n");
      return SWITCH_STATUS_GENERR;
    }
  }
  if (!simulator::is_admitted()) return SWITCH_STATUS_FALSE;
  switch_channel_t* channel = &session->channel;
  if (switch_channel_media_ready(channel) == 0 &&
      switch_channel_pre_answer(channel) != SWITCH_STATUS_SUCCESS) {
    switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_ERROR,
                      "Cannot establish media. Media bug add failed.\n");
    return SWITCH_STATUS_FALSE;
  }
  *new_bug = nullptr;
  if (switch_true(switch_channel_get_variable(channel, "media_bug_answer_req")) == SWITCH_TRUE) {
    flags |= SMBF_ANSWER_REQ;
  }

  auto* bug =
      simulator::make_bug(session, flags != 0 ? flags : SMBF_READ_STREAM | SMBF_WRITE_STREAM);
  if (bug == nullptr) return SWITCH_STATUS_MEMERR;
  bug->session = session;
  if (function != nullptr) bug->function = function;
  if (target != nullptr) bug->target = target;
  bug->callback = callback;
  bug->user_data = user_data;
  bug->stop_time = stop_time;
  if (bug->is(SMBF_THREAD_LOCK)) bug->only_thread = pthread_self();
  ++simulator::alive;

  if (!simulator::call_back(*bug, SWITCH_ABC_TYPE_INIT)) {
    simulator::destroy(*bug);
    switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_ERROR,
                      "Error attaching BUG to %s\n", switch_channel_get_name(channel));
    return SWITCH_STATUS_GENERR;
  }
  bug->ready = true;
  switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_DEBUG, "Attaching BUG to %s\n",
                    switch_channel_get_name(channel));
  {
    const WriteGuard guard(session->bug_rwlock, "switch_core_media_bug_add");
    auto& bugs = session->bugs;
    bugs.insert(bug->is(SMBF_FIRST) ? bugs.begin() : bugs.end(), bug);
    session->newest_bug = bug;
  }
  *new_bug = bug;  // callbacks may have come before this, as in the real core
  simulator::fire(SWITCH_EVENT_MEDIA_BUG_START, *bug);
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_media_bug_remove(switch_core_session_t* session,
                                             switch_media_bug_t** bug) {
  switch_media_bug* wanted = *bug;
  if (wanted->is(SMBF_LOCK)) return SWITCH_STATUS_FALSE;
  {
    const WriteGuard guard(session->bug_rwlock, "switch_core_media_bug_remove");
    const auto found = std::find(session->bugs.begin(), session->bugs.end(), wanted);
    if (found == session->bugs.end() || !wanted->ready || !wanted->may_be_closed_here()) {
      return SWITCH_STATUS_FALSE;
    }
    session->bugs.erase(found);
  }
  if (!simulator::close(*wanted)) return SWITCH_STATUS_FALSE;
  simulator::destroy(*wanted);
  return SWITCH_STATUS_SUCCESS;
}

uint32_t switch_core_media_bug_prune(switch_core_session_t* session) {
  uint32_t pruned = 0;
  for (;;) {
    switch_media_bug* bug = nullptr;
    {
      const WriteGuard guard(session->bug_rwlock, "switch_core_media_bug_prune");
      const auto found = std::find_if(session->bugs.begin(), session->bugs.end(),
                                      [](const auto* each) { return each->is(SMBF_PRUNE); });
      if (found == session->bugs.end()) return pruned;
      bug = *found;
      session->bugs.erase(found);
    }
    bug->flags &= ~static_cast<std::uint32_t>(SMBF_LOCK);
    bug->only_thread.reset();
    simulator::close(*bug);
    simulator::destroy(*bug);
    ++pruned;
  }
}

switch_status_t switch_core_media_bug_remove_all_function(switch_core_session_t* session,
                                                          const char* function) {
  std::vector<switch_media_bug*> closed;
  switch_status_t status = SWITCH_STATUS_FALSE;
  {
    const WriteGuard guard(session->bug_rwlock, "switch_core_media_bug_remove_all");
    if (!session->bugs.empty()) status = SWITCH_STATUS_SUCCESS;
    std::erase_if(session->bugs, [&](switch_media_bug* bug) {
      if (!session->destroyed && !bug->may_be_closed_here()) return false;
      if (!zstr(function) && !simulator::function_is(*bug, function)) return false;
      closed.push_back(bug);
      simulator::close(*bug);  // the CLOSE callback runs under the write lock
      return true;
    });
  }
  for (switch_media_bug* bug : closed) simulator::destroy(*bug);
  return status;
}

switch_status_t switch_core_media_bug_remove_callback(switch_core_session_t* session,
                                                      switch_media_bug_callback_t callback) {
  std::vector<switch_media_bug*> closed;
  {
    const WriteGuard guard(session->bug_rwlock, "switch_core_media_bug_remove_callback");
    std::erase_if(session->bugs, [&](switch_media_bug* bug) {
      if (!bug->ready || bug->callback != callback || !bug->may_be_closed_here()) return false;
      closed.push_back(bug);
      simulator::close(*bug);
      return true;
    });
  }
  for (switch_media_bug* bug : closed) simulator::destroy(*bug);
  return closed.empty() ? SWITCH_STATUS_FALSE : SWITCH_STATUS_SUCCESS;
}

uint32_t switch_core_media_bug_count(switch_core_session_t* orig_session, const char* function) {
  const ReadGuard guard(orig_session->bug_rwlock, "switch_core_media_bug_count");
  return static_cast<uint32_t>(
      std::count_if(orig_session->bugs.begin(), orig_session->bugs.end(), [=](const auto* bug) {
        return !bug->is(SMBF_PRUNE | SMBF_LOCK) && simulator::function_is(*bug, function);
      }));
}

switch_status_t switch_core_media_bug_exec_all(switch_core_session_t* orig_session,
                                               const char* function, switch_media_bug_exec_cb_t cb,
                                               void* user_data) {
  const WriteGuard guard(orig_session->bug_rwlock, "switch_core_media_bug_exec_all");
  switch_status_t status = SWITCH_STATUS_FALSE;
  for (switch_media_bug* bug : orig_session->bugs) {
    if (bug->is(SMBF_PRUNE | SMBF_LOCK) || !simulator::function_is(*bug, function)) continue;
    simulator::guarded("a media bug exec callback", [&] { cb(bug, user_data); });
    status = SWITCH_STATUS_SUCCESS;
  }
  return status;
}

void switch_core_media_bug_pause(switch_core_session_t* session) {
  switch_channel_set_flag(&session->channel, CF_PAUSE_BUGS);
}
void switch_core_media_bug_resume(switch_core_session_t* session) {
  switch_channel_clear_flag(&session->channel, CF_PAUSE_BUGS);
}

switch_core_session_t* switch_core_media_bug_get_session(switch_media_bug_t* bug) {
  return bug->session;
}
void* switch_core_media_bug_get_user_data(switch_media_bug_t* bug) {
  return bug->user_data;
}
uint32_t switch_core_media_bug_test_flag(switch_media_bug_t* bug, uint32_t flag) {
  return bug->flags & flag;
}
uint32_t switch_core_media_bug_set_flag(switch_media_bug_t* bug, uint32_t flag) {
  if ((flag & SMBF_PRUNE) != 0) bug->flags &= ~static_cast<std::uint32_t>(SMBF_LOCK);
  return bug->flags |= flag;
}
uint32_t switch_core_media_bug_clear_flag(switch_media_bug_t* bug, uint32_t flag) {
  return bug->flags &= ~flag;
}
switch_frame_t* switch_core_media_bug_get_write_replace_frame(switch_media_bug_t* bug) {
  return bug->write_replace_frame_in;
}
void switch_core_media_bug_set_write_replace_frame(switch_media_bug_t* bug, switch_frame_t* frame) {
  bug->write_replace_frame_out = frame;
}
switch_frame_t* switch_core_media_bug_get_read_replace_frame(switch_media_bug_t* bug) {
  return bug->read_replace_frame_in;
}
void switch_core_media_bug_set_read_replace_frame(switch_media_bug_t* bug, switch_frame_t* frame) {
  bug->read_replace_frame_out = frame;
}
