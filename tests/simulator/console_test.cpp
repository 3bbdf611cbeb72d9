// Console completion and reply streams.
#include "fixture.hpp"

namespace simulator::testing {
namespace {

class Console : public CoreTest {};

TEST_F(Console, RegistersAndForgetsCompletions) {
  EXPECT_EQ(switch_console_set_complete("add uuid_x ::console::list_uuid start"),
            SWITCH_STATUS_SUCCESS);
  switch_console_set_complete("add uuid_x ::console::list_uuid stop");
  switch_console_set_complete("add other");
  EXPECT_EQ(completions(), (std::vector<std::string>{"uuid_x ::console::list_uuid start",
                                                     "uuid_x ::console::list_uuid stop", "other"}));
  switch_console_set_complete("del uuid_x");
  EXPECT_EQ(completions(), (std::vector<std::string>{"other"}));
  switch_console_set_complete("del *");
  EXPECT_TRUE(completions().empty());
  EXPECT_EQ(switch_console_set_complete("del"), SWITCH_STATUS_FALSE);
}

TEST(ConsoleWithoutSql, CompletesNothing) {
  CoreOptions options;
  options.flags = SCF_NONE;
  const Core core(options);
  EXPECT_EQ(switch_console_set_complete("add x"), SWITCH_STATUS_FALSE);
  EXPECT_TRUE(completions().empty());
}

TEST_F(Console, ListsTheCalls) {
  Call call;
  switch_console_callback_match_t* matches = nullptr;
  EXPECT_EQ(switch_console_run_complete_func("::console::list_uuid", "", "", &matches),
            SWITCH_STATUS_SUCCESS);
  ASSERT_NE(matches, nullptr);
  EXPECT_EQ(matches->count, 1);
  EXPECT_STREQ(matches->head->val, call.uuid().c_str());
  switch_console_free_matches(&matches);
  EXPECT_EQ(switch_console_run_complete_func("::console::list_uuid", "", "zzz", &matches),
            SWITCH_STATUS_FALSE);
}

TEST_F(Console, GrowsAReplyAsNeeded) {
  switch_stream_handle_t stream;
  SWITCH_STANDARD_STREAM(stream);  // NOLINT: the C interface's own memory
  const std::string piece(700, 'x');
  for (int i = 0; i < 10; ++i) stream.write_function(&stream, "%s", piece.c_str());
  EXPECT_EQ(std::string(static_cast<char*>(stream.data)).size(), 7000U);
  switch_safe_free(stream.data);  // NOLINT
}

}  // namespace
}  // namespace simulator::testing
