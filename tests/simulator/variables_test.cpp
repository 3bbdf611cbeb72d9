// Channel and global variables, private data, flags.
#include "fixture.hpp"

namespace simulator::testing {
namespace {

class Variables : public CoreTest {};

TEST_F(Variables, AreSetAndFoundWhateverTheirCase) {
  Call call;
  switch_channel_t* channel = call.channel();
  EXPECT_EQ(switch_channel_set_variable(channel, "Colour", "green"), SWITCH_STATUS_SUCCESS);
  EXPECT_STREQ(switch_channel_get_variable(channel, "colour"), "green");
  switch_channel_set_variable(channel, "colour", "blue");
  EXPECT_STREQ(switch_channel_get_variable(channel, "Colour"), "blue");
  switch_channel_set_variable(channel, "colour", "");
  EXPECT_EQ(switch_channel_get_variable(channel, "colour"), nullptr);
  switch_channel_set_variable_printf(channel, "count", "%d", 5);
  EXPECT_STREQ(switch_channel_get_variable(channel, "count"), "5");
}

TEST_F(Variables, FallBackToTheCallerAndToTheGlobals) {
  CallOptions options;
  options.caller_id_number = "4711";
  Call call(options);
  switch_core_set_variable("place", "here");
  EXPECT_STREQ(switch_channel_get_variable(call.channel(), "caller_id_number"), "4711");
  EXPECT_STREQ(switch_channel_get_variable(call.channel(), "destination_number"), "9000");
  EXPECT_STREQ(switch_channel_get_variable(call.channel(), "uuid"), call.uuid().c_str());
  EXPECT_STREQ(switch_channel_get_variable(call.channel(), "place"), "here");
  EXPECT_EQ(switch_channel_get_variable(call.channel(), ""), nullptr);
}

TEST_F(Variables, RefuseUnexpandedOnesUnlessToldNotTo) {
  Call call;
  switch_channel_set_variable(call.channel(), "x", "${y}");
  EXPECT_EQ(switch_channel_get_variable(call.channel(), "x"), nullptr);
  switch_channel_set_variable_safe(call.channel(), "x", "${y}");
  EXPECT_STREQ(switch_channel_get_variable(call.channel(), "x"), "${y}");
}

TEST_F(Variables, GlobalOnesAreCopiedForTheCaller) {
  switch_core_set_variable("name", "value");
  char* copy = switch_core_get_variable_dup("name");
  EXPECT_STREQ(copy, "value");
  switch_safe_free(copy);  // NOLINT: as a module frees it
  switch_core_set_variable("name", nullptr);
  EXPECT_EQ(switch_core_get_variable_dup("name"), nullptr);
}

TEST_F(Variables, PrivateDataIsKeptByKey) {
  Call call;
  int data = 0;
  switch_channel_set_private(call.channel(), "key", &data);
  EXPECT_EQ(switch_channel_get_private(call.channel(), "key"), &data);
  switch_channel_set_private(call.channel(), "key", nullptr);
  EXPECT_EQ(switch_channel_get_private(call.channel(), "key"), nullptr);
}

TEST_F(Variables, TruthIsTheSwitchs) {
  for (const char* yes : {"yes", "ON", "true", "t", "enabled", "active", "allow", "1", "-2"}) {
    EXPECT_EQ(switch_true(yes), SWITCH_TRUE) << yes;
  }
  for (const char* no : {"no", "off", "false", "0", "", "y"}) {
    EXPECT_EQ(switch_true(no), SWITCH_FALSE) << no;
  }
  EXPECT_EQ(switch_true(nullptr), SWITCH_FALSE);
  EXPECT_TRUE(switch_false("no"));
}

TEST_F(Variables, ReadinessNeedsMediaAndAnUpChannel) {
  CallOptions options;
  options.media = Media::early;
  Call early(options);
  EXPECT_TRUE(switch_channel_media_ready(early.channel()));
  switch_core_session_t* session = switch_core_session_locate(early.uuid().c_str());
  early.begin_hangup();
  switch_channel_t* channel = switch_core_session_get_channel(session);
  EXPECT_FALSE(switch_channel_ready(channel));
  EXPECT_TRUE(switch_channel_down(channel));
  EXPECT_EQ(switch_channel_get_cause(channel), SWITCH_CAUSE_NORMAL_CLEARING);
  switch_core_session_rwunlock(session);
}

}  // namespace
}  // namespace simulator::testing
