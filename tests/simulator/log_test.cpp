// Log lines and who gets them.
#include <mutex>

#include "fixture.hpp"

namespace simulator::testing {
namespace {

struct Line {
  switch_log_level_t level;
  std::string content;
  std::string userdata;
  switch_text_channel_t channel;
};
std::mutex lines_mutex;
std::vector<Line> lines;

switch_status_t collect(const switch_log_node_t* node, switch_log_level_t level) {
  const std::lock_guard lock(lines_mutex);
  lines.push_back({level, node->content, switch_str_nil(node->userdata), node->channel});
  return SWITCH_STATUS_SUCCESS;
}

class Log : public CoreTest {
 protected:
  void SetUp() override {
    lines.clear();
    switch_log_bind_logger(collect, SWITCH_LOG_INFO, SWITCH_FALSE);
  }
  void TearDown() override {
    switch_log_unbind_logger(collect);
    CoreTest::TearDown();
  }
};

TEST_F(Log, ReachesALoggerUpToItsLevel) {
  switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_INFO, "hello %d%%\n", 5);
  switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_DEBUG, "too detailed\n");
  switch_log_printf(SWITCH_CHANNEL_LOG_CLEAN, SWITCH_LOG_ERROR, "clean\n");
  const std::lock_guard lock(lines_mutex);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].content, " hello 5%\n");
  EXPECT_EQ(lines[0].level, SWITCH_LOG_INFO);
  EXPECT_EQ(lines[0].userdata, "");
  EXPECT_EQ(lines[1].content, "clean\n");
}

TEST_F(Log, NamesTheCall) {
  Call call;
  {
    const std::lock_guard lock(lines_mutex);
    lines.clear();
  }
  switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(call.session()), SWITCH_LOG_WARNING, "a\n");
  switch_log_printf(SWITCH_CHANNEL_UUID_LOG(call.uuid().c_str()), SWITCH_LOG_WARNING, "b\n");
  const std::lock_guard lock(lines_mutex);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].userdata, call.uuid());
  EXPECT_EQ(lines[0].channel, SWITCH_CHANNEL_ID_SESSION);
  EXPECT_EQ(lines[1].userdata, call.uuid());
}

TEST(LogLevels, HaveNames) {
  EXPECT_STREQ(switch_log_level2str(SWITCH_LOG_ERROR), "ERR");
  EXPECT_EQ(switch_log_str2level("warning"), SWITCH_LOG_WARNING);
  EXPECT_EQ(switch_log_str2level("nonsense"), SWITCH_LOG_INVALID);
}

}  // namespace
}  // namespace simulator::testing
