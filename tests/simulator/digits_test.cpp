// Digits that a channel receives: what the hooks hear, and what applications fetch.
#include <string>

#include "fixture.hpp"

namespace simulator::testing {
namespace {

// A hook has no user data.
std::string heard;
switch_status_t answer = SWITCH_STATUS_SUCCESS;

switch_status_t note_digit(switch_core_session_t*, const switch_dtmf_t* dtmf,
                           switch_dtmf_direction_t direction) {
  EXPECT_EQ(direction, SWITCH_DTMF_RECV);
  heard += dtmf->digit;
  heard += std::to_string(dtmf->duration) + " ";
  return answer;
}

class Digits : public CoreTest {
 protected:
  void SetUp() override {
    heard.clear();
    answer = SWITCH_STATUS_SUCCESS;
    options_.manual_clock = true;
  }
  static switch_status_t queue(Call& call, char digit, std::uint32_t duration, int flags = 0) {
    const switch_dtmf_t dtmf{digit, duration, flags, SWITCH_DTMF_RTP};
    return switch_channel_queue_dtmf(call.channel(), &dtmf);
  }
  CallOptions options_;
};

TEST_F(Digits, ReachTheHookWhenTheyAreQueuedWithABoundedDuration) {
  Call call(options_);
  EXPECT_EQ(switch_core_event_hook_add_recv_dtmf(call.session(), note_digit),
            SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(switch_core_event_hook_add_recv_dtmf(call.session(), note_digit), SWITCH_STATUS_FALSE);
  queue(call, '1', 800);
  queue(call, '2', 1);
  queue(call, '3', 1'000'000);
  EXPECT_EQ(heard, "1800 2400 3192000 ");
  EXPECT_EQ(switch_channel_has_dtmf(call.channel()), 3U);
  EXPECT_EQ(switch_core_event_hook_remove_recv_dtmf(call.session(), note_digit),
            SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(switch_core_event_hook_remove_recv_dtmf(call.session(), note_digit),
            SWITCH_STATUS_FALSE);
  queue(call, '4', 800);
  EXPECT_EQ(heard, "1800 2400 3192000 ");
}

TEST_F(Digits, ThatAHookRefusesReachNoApplication) {
  Call call(options_);
  switch_core_event_hook_add_recv_dtmf(call.session(), note_digit);
  answer = SWITCH_STATUS_FALSE;
  EXPECT_NE(queue(call, '1', 800), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(switch_channel_has_dtmf(call.channel()), 0U);
}

TEST_F(Digits, OfAnApplicationSkipTheHooks) {
  Call call(options_);
  switch_core_event_hook_add_recv_dtmf(call.session(), note_digit);
  EXPECT_EQ(queue(call, '1', 800, DTMF_FLAG_SKIP_PROCESS), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(heard, "");
  EXPECT_EQ(switch_channel_has_dtmf(call.channel()), 1U);
}

TEST_F(Digits, ThatAreNoneAreHeardByTheHookAndNotQueued) {
  Call call(options_);
  switch_core_event_hook_add_recv_dtmf(call.session(), note_digit);
  EXPECT_EQ(queue(call, 'x', 800), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(heard, "x800 ");
  EXPECT_EQ(switch_channel_has_dtmf(call.channel()), 0U);
}

TEST_F(Digits, AreFetchedByTheCallThatReads) {
  Call call(options_);
  call.press('7');
  EXPECT_EQ(switch_channel_has_dtmf(call.channel()), 1U);
  call.tick();
  EXPECT_EQ(switch_channel_has_dtmf(call.channel()), 0U);
}

}  // namespace
}  // namespace simulator::testing
