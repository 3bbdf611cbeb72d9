// Sessions: finding them, locking them, their end.
#include <thread>

#include "fixture.hpp"

namespace simulator::testing {
namespace {

class Session : public CoreTest {};

TEST_F(Session, IsFoundByItsUuid) {
  CallOptions options;
  options.uuid = "11111111-2222-3333-4444-555555555555";
  Call call(options);
  EXPECT_EQ(call.uuid(), options.uuid);
  EXPECT_EQ(switch_core_session_count(), 1U);
  switch_core_session_t* session = switch_core_session_locate(options.uuid.c_str());
  ASSERT_NE(session, nullptr);
  EXPECT_STREQ(switch_core_session_get_uuid(session), options.uuid.c_str());
  EXPECT_STREQ(switch_core_session_get_name(session), "simulator/1000");
  switch_core_session_rwunlock(session);
  EXPECT_EQ(switch_core_session_locate("nobody"), nullptr);
  EXPECT_EQ(switch_core_session_locate(nullptr), nullptr);
}

TEST_F(Session, CannotShareItsUuid) {
  CallOptions options;
  options.uuid = "the-same";
  Call call(options);
  EXPECT_THROW(Call{options}, std::invalid_argument);
}

TEST_F(Session, IsNotFoundOnceHungUpButStillByForce) {
  Call call;
  switch_core_session_t* held = switch_core_session_locate(call.uuid().c_str());
  ASSERT_NE(held, nullptr);
  call.begin_hangup();
  EXPECT_EQ(switch_core_session_locate(call.uuid().c_str()), nullptr);
  switch_core_session_t* forced = switch_core_session_force_locate(call.uuid().c_str());
  ASSERT_EQ(forced, held);
  switch_core_session_rwunlock(forced);
  switch_core_session_rwunlock(held);
}

TEST_F(Session, WaitsForItsReadLocks) {
  Call call;
  switch_core_session_t* session = switch_core_session_locate(call.uuid().c_str());
  call.begin_hangup();
  EXPECT_FALSE(call.wait_until_over(150ms));
  EXPECT_STREQ(switch_core_session_get_uuid(session), call.uuid().c_str()) << "memory still valid";
  switch_core_session_rwunlock(session);
  EXPECT_TRUE(call.wait_until_over(kPatience));
  EXPECT_EQ(call.session(), nullptr);
}

TEST_F(Session, EndsWhenItsChannelIsHungUpFromAnywhere) {
  Call call;
  switch_channel_hangup(call.channel(), SWITCH_CAUSE_USER_BUSY);
  EXPECT_TRUE(call.wait_until_over(kPatience));
}

TEST_F(Session, RunsTasksOnItsOwnSmallThread) {
  Call call;
  std::thread::id first;
  std::thread::id second;
  switch_bool_t inside = SWITCH_FALSE;
  EXPECT_TRUE(call.run_on_session_thread([&] {
    first = std::this_thread::get_id();
    inside = switch_core_session_in_thread(call.session());
  }));
  EXPECT_TRUE(call.run_on_session_thread([&] { second = std::this_thread::get_id(); }));
  EXPECT_EQ(first, second);
  EXPECT_NE(first, std::this_thread::get_id());
  EXPECT_EQ(inside, SWITCH_TRUE);
  EXPECT_EQ(switch_core_session_in_thread(call.session()), SWITCH_FALSE);
  call.hangup();
  EXPECT_FALSE(call.run_on_session_thread([] {}));
}

TEST_F(Session, HasSmallStacksWhereTheSwitchHas) {
  const auto stack_bytes = [] {
    pthread_attr_t attributes;
    pthread_getattr_np(pthread_self(), &attributes);
    std::size_t size = 0;
    pthread_attr_getstacksize(&attributes, &size);
    pthread_attr_destroy(&attributes);
    return size;
  };
  std::size_t session = 0;
  std::size_t api = 0;
  Call call;
  call.run_on_session_thread([&] { session = stack_bytes(); });
  on_switch_thread([&] { api = stack_bytes(); });
  EXPECT_LE(session, std::size_t{4} * 240 * 1024);
  EXPECT_EQ(session, api);
}

TEST_F(Session, SurvivesHangupFromItsOwnMediaThread) {
  CallOptions options;
  options.speed = 10;
  Call call(options);
  Probe probe;
  probe.add(call.session(), SMBF_READ_STREAM, [&](switch_media_bug_t*, switch_abc_type_t type) {
    if (type == SWITCH_ABC_TYPE_READ) call.begin_hangup();
    return SWITCH_TRUE;
  });
  EXPECT_TRUE(call.wait_until_over(kPatience));
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_CLOSE), 1);
}

TEST_F(Session, ManyComeAndGoAtOnce) {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 10; ++i) {
        CallOptions options;
        options.speed = 50;
        options.write = AudioSource::silence();
        Call call(options);
        Probe probe;
        EXPECT_EQ(probe.add(call.session(), 0), SWITCH_STATUS_SUCCESS);
        EXPECT_TRUE(probe.wait_for(SWITCH_ABC_TYPE_READ, 2));
        call.hangup();
        EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_CLOSE), 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

class SessionDeathTest : public CoreTest {};

TEST_F(SessionDeathTest, AbortsWhenUnlockedTwice) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Call call;
        call.hold(true);
        for (int i = 0; i < 3; ++i) switch_core_session_rwunlock(call.session());
      },
      "unlocked that nobody holds");
}

TEST(CoreLife, HangsUpWhatIsLeftWhenItStops) {
  auto core = std::make_unique<Core>();
  Call call;
  core.reset();
  EXPECT_TRUE(call.is_over() || call.wait_until_over(kPatience));
}

TEST(CoreLife, StartsAgain) {
  for (int i = 0; i < 3; ++i) {
    const Core core;
    EXPECT_EQ(switch_core_ready(), SWITCH_TRUE);
    EXPECT_THROW(Core{}, std::runtime_error) << "one at a time";
  }
  EXPECT_EQ(switch_core_ready(), SWITCH_FALSE);
}

}  // namespace
}  // namespace simulator::testing
