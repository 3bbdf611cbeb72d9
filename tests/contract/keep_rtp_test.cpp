// A call to which nobody writes keeps its RTP going where the stream is asked to.
#include <atomic>
#include <optional>
#include <string>

#include "contract_test.hpp"
#include "levels.hpp"
#include "support/wait.hpp"

namespace contract {
namespace {

/// Counts the frames that are written to a call, until its destructor.
class WrittenFrames {
 public:
  explicit WrittenFrames(const Call& call) : uuid_{call.uuid()} {
    with_session([this](switch_core_session_t* session) {
      EXPECT_EQ(switch_core_media_bug_add(session, "keep_rtp_test", "written", on_bug, this, 0,
                                          SMBF_WRITE_STREAM, &bug_),
                SWITCH_STATUS_SUCCESS);
    });
  }
  WrittenFrames(const WrittenFrames&) = delete;
  WrittenFrames& operator=(const WrittenFrames&) = delete;
  ~WrittenFrames() {
    with_session(
        [this](switch_core_session_t* session) { switch_core_media_bug_remove(session, &bug_); });
  }

  [[nodiscard]] int count() const { return count_; }

 private:
  static switch_bool_t on_bug(switch_media_bug_t* bug, void* self, switch_abc_type_t type) {
    if (type != SWITCH_ABC_TYPE_WRITE) return SWITCH_TRUE;
    switch_core_media_bug_flush(bug);
    ++static_cast<WrittenFrames*>(self)->count_;
    return SWITCH_TRUE;
  }

  template <class Use>
  void with_session(const Use& use) const {
    if (auto* session = switch_core_session_locate(uuid_.c_str())) {
      use(session);
      switch_core_session_rwunlock(session);
    }
  }

  const std::string uuid_;
  switch_media_bug_t* bug_ = nullptr;
  std::atomic<int> count_{0};
};

class KeepRtp : public ContractTest {
 protected:
  int start(const std::string& options) {
    EXPECT_EQ(call().api("start " + options + " " + server().url("/") + " mono 8k"), kOk);
    return server().wait_open().connection;
  }
  void TearDown() override {
    call_.reset();
    server_.reset();
    ContractTest::TearDown();
  }
  const Call& call() { return *call_; }
  test::WebSocketServer& server() { return *server_; }

 private:
  std::optional<test::WebSocketServer> server_{std::in_place};
  std::optional<Call> call_{std::in_place};
};

TEST_F(KeepRtp, WritesToACallThatNobodyWritesTo) {
  start("keep-rtp=on");
  const WrittenFrames written{call()};
  EXPECT_TRUE(test::eventually([&] { return written.count() >= 50; }));
  EXPECT_EQ(call().api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(KeepRtp, WritesWhileABotIsSilent) {
  start("keep-rtp=on playback=on");
  const WrittenFrames written{call()};
  EXPECT_TRUE(test::eventually([&] { return written.count() >= 50; }));
  EXPECT_EQ(call().api("stop"), kOk);
  events.wait_for_final();
}

TEST_F(KeepRtp, IsOffByDefault) {
  const int connection = start("playback=on");
  const WrittenFrames written{call()};
  server().wait_binary_bytes(connection, kSecond * 2);
  EXPECT_EQ(written.count(), 0);
  EXPECT_EQ(call().api("stop"), kOk);
  events.wait_for_final();
}

}  // namespace
}  // namespace contract
