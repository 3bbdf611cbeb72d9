// switch_core_event_hook_add_read_frame: when the core calls a hook, and what the hook may do.
#include <string>

#include "fixture.hpp"

namespace simulator::testing {
namespace {

// A hook has no user data. The tests tick by hand, so the session thread alone uses these
// meanwhile.
std::string order;
switch_media_bug_t* to_remove = nullptr;

switch_status_t note_order(switch_core_session_t*, switch_frame_t**, switch_io_flag_t, int) {
  order += "hook ";
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t remove_bug(switch_core_session_t* session, switch_frame_t**, switch_io_flag_t,
                           int) {
  if (to_remove != nullptr) switch_core_media_bug_remove(session, &to_remove);
  return SWITCH_STATUS_SUCCESS;
}

CallOptions manual() {
  CallOptions options;
  options.manual_clock = true;
  return options;
}

class ReadHook : public CoreTest {
 protected:
  void SetUp() override {
    order.clear();
    to_remove = nullptr;
  }
};

TEST_F(ReadHook, RunsBeforeTheMediaBugsOfEachRead) {
  Call call(manual());
  Probe probe;
  probe.add(call.session(), SMBF_READ_STREAM, [](switch_media_bug_t*, switch_abc_type_t type) {
    if (type == SWITCH_ABC_TYPE_READ) order += "READ ";
    return SWITCH_TRUE;
  });
  EXPECT_EQ(switch_core_event_hook_add_read_frame(call.session(), note_order),
            SWITCH_STATUS_SUCCESS);
  call.tick(2);
  EXPECT_EQ(order, "hook READ hook READ ");
}

TEST_F(ReadHook, IsAddedOnceAndNotCalledAfterItsRemoval) {
  Call call(manual());
  EXPECT_EQ(switch_core_event_hook_add_read_frame(call.session(), note_order),
            SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(switch_core_event_hook_add_read_frame(call.session(), note_order), SWITCH_STATUS_FALSE);
  call.tick();
  EXPECT_EQ(order, "hook ");
  EXPECT_EQ(switch_core_event_hook_remove_read_frame(call.session(), note_order),
            SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(switch_core_event_hook_remove_read_frame(call.session(), note_order),
            SWITCH_STATUS_FALSE);
  call.tick();
  EXPECT_EQ(order, "hook ");
}

// In a callback of a media bug the same removal deadlocks.
TEST_F(ReadHook, HoldsNoLockOfTheMediaBugs) {
  Call call(manual());
  Probe probe;
  probe.add(call.session(), SMBF_READ_STREAM);
  to_remove = probe.bug;
  switch_core_event_hook_add_read_frame(call.session(), remove_bug);
  call.tick();
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_CLOSE), 1);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_READ), 0);
}

}  // namespace
}  // namespace simulator::testing
