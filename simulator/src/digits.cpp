// Digits that a channel receives: the hooks that hear of them, and the queue that applications
// fetch them from.
#include <algorithm>
#include <string_view>

#include "session_state.hpp"

namespace {

constexpr std::size_t kMost = 1000;  // SWITCH_DTMF_LOG_LEN

bool is_digit(char digit) {
  return std::string_view{"0123456789*#ABCDabcdFfWw"}.find(digit) != std::string_view::npos;
}

std::uint32_t bounded(std::uint32_t duration) {
  return std::clamp<std::uint32_t>(duration, SWITCH_MIN_DTMF_DURATION, SWITCH_MAX_DTMF_DURATION);
}

/// The core's switch_core_session_recv_dtmf. Anything but success drops the digit.
switch_status_t receive(switch_core_session& session, const switch_dtmf_t& dtmf) {
  if (switch_channel_down(&session.channel)) return SWITCH_STATUS_FALSE;
  if (switch_test_flag(&dtmf, DTMF_FLAG_SENSITIVE)) return SWITCH_STATUS_SUCCESS;
  switch_dtmf_t shown = dtmf;
  shown.duration = bounded(shown.duration);
  if (switch_test_flag(&dtmf, DTMF_FLAG_SKIP_PROCESS)) return SWITCH_STATUS_SUCCESS;
  const auto hooks = session.digit_hooks;
  for (const auto hook : hooks) {
    const switch_status_t status = hook(&session, &shown, SWITCH_DTMF_RECV);
    if (status != SWITCH_STATUS_SUCCESS) return status;
  }
  return SWITCH_STATUS_SUCCESS;
}

}  // namespace

switch_status_t switch_channel_dtmf_lock(switch_channel_t* channel) {
  channel->dtmf_mutex.lock();
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_channel_dtmf_unlock(switch_channel_t* channel) {
  channel->dtmf_mutex.unlock();
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_channel_queue_dtmf(switch_channel_t* channel, const switch_dtmf_t* dtmf) {
  const char* sensitive =
      switch_channel_get_variable_dup(channel, SWITCH_SENSITIVE_DTMF_VARIABLE, SWITCH_FALSE, -1);
  const std::lock_guard lock(channel->dtmf_mutex);
  switch_dtmf_t queued = *dtmf;
  if (switch_true(sensitive)) switch_set_flag(&queued, DTMF_FLAG_SENSITIVE);
  // The hooks get the digit without that flag, as in the real core.
  if (receive(*channel->session, *dtmf) != SWITCH_STATUS_SUCCESS) return SWITCH_STATUS_FALSE;
  if (!is_digit(queued.digit)) return SWITCH_STATUS_SUCCESS;
  queued.duration = bounded(queued.duration);
  if (channel->digits.size() == kMost) channel->digits.pop_front();
  channel->digits.push_back(queued);
  channel->has_digits = true;
  return SWITCH_STATUS_SUCCESS;
}

switch_size_t switch_channel_has_dtmf(switch_channel_t* channel) {
  if (!channel->has_digits) return 0;
  const std::lock_guard lock(channel->dtmf_mutex);
  return channel->digits.size();
}

switch_status_t switch_channel_dequeue_dtmf(switch_channel_t* channel, switch_dtmf_t* dtmf) {
  {
    const std::lock_guard lock(channel->dtmf_mutex);
    if (channel->digits.empty()) return SWITCH_STATUS_FALSE;
    *dtmf = channel->digits.front();
    channel->digits.pop_front();
    channel->has_digits = !channel->digits.empty();
  }
  switch_event_t* event = nullptr;
  if (switch_test_flag(dtmf, DTMF_FLAG_SENSITIVE) ||
      switch_event_create(&event, SWITCH_EVENT_DTMF) != SWITCH_STATUS_SUCCESS) {
    return SWITCH_STATUS_SUCCESS;
  }
  switch_channel_event_set_data(channel, event);
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "DTMF-Digit",
                                 std::string(1, dtmf->digit).c_str());
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "DTMF-Duration",
                                 std::to_string(dtmf->duration).c_str());
  switch_event_fire(&event);
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_event_hook_add_recv_dtmf(switch_core_session_t* session,
                                                     switch_recv_dtmf_hook_t recv_dtmf) {
  auto& hooks = session->digit_hooks;
  if (std::find(hooks.begin(), hooks.end(), recv_dtmf) != hooks.end()) return SWITCH_STATUS_FALSE;
  hooks.push_back(recv_dtmf);
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_core_event_hook_remove_recv_dtmf(switch_core_session_t* session,
                                                        switch_recv_dtmf_hook_t recv_dtmf) {
  return std::erase(session->digit_hooks, recv_dtmf) > 0 ? SWITCH_STATUS_SUCCESS
                                                         : SWITCH_STATUS_FALSE;
}
