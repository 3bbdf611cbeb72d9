// Media bugs: adding, flags, and the ways they end.
#include <atomic>

#include "fixture.hpp"

namespace simulator::testing {
namespace {

CallOptions manual(Media media = Media::answered) {
  CallOptions options;
  options.manual_clock = true;
  options.media = media;
  options.write = AudioSource::silence();
  return options;
}

class BugLife : public CoreTest {};

TEST_F(BugLife, CallsInitOnTheAddingThreadBeforeAddReturns) {
  Call call(manual());
  switch_media_bug_t* in_init = nullptr;
  Probe probe;
  probe.add(call.session(), kBoth, [&](switch_media_bug_t* bug, switch_abc_type_t type) {
    if (type == SWITCH_ABC_TYPE_INIT) {
      in_init = bug;
      EXPECT_EQ(probe.bug, nullptr);
      EXPECT_EQ(switch_core_media_bug_get_session(bug), call.session());
    }
    return SWITCH_TRUE;
  });
  EXPECT_EQ(in_init, probe.bug);
  EXPECT_EQ(probe.thread_of(SWITCH_ABC_TYPE_INIT), std::this_thread::get_id());
}

TEST_F(BugLife, RefusesWhenInitReturnsFalse) {
  Call call(manual());
  Probe probe;
  EXPECT_EQ(probe.add(call.session(), kBoth,
                      [](switch_media_bug_t*, switch_abc_type_t) { return SWITCH_FALSE; }),
            SWITCH_STATUS_GENERR);
  call.tick(2);
  call.hangup();
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_READ), 0);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_CLOSE), 0);
}

TEST_F(BugLife, ReadsAndWritesOnDifferentThreads) {
  Call call(manual());
  Probe probe;
  probe.add(call.session(), 0);
  call.tick(3);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_READ), 3) << "no direction given means both";
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_WRITE), 3);
  EXPECT_NE(probe.thread_of(SWITCH_ABC_TYPE_READ), probe.thread_of(SWITCH_ABC_TYPE_WRITE));
}

TEST_F(BugLife, ReadsAndWritesAtTheSameTime) {
  CallOptions options = manual();
  options.manual_clock = false;
  options.speed = 4;
  Call call(options);
  std::mutex mutex;
  std::condition_variable changed;
  int inside = 0;
  bool met = false;
  Probe probe;
  // Each side waits a while in its callback for the other to come in too.
  probe.add(call.session(), kBoth, [&](switch_media_bug_t*, switch_abc_type_t type) {
    if (type != SWITCH_ABC_TYPE_READ && type != SWITCH_ABC_TYPE_WRITE) return SWITCH_TRUE;
    std::unique_lock lock(mutex);
    if (met) return SWITCH_TRUE;
    if (++inside == 2) met = true;
    changed.notify_all();
    changed.wait_for(lock, 200ms, [&] { return met; });
    --inside;
    return SWITCH_TRUE;
  });
  std::unique_lock lock(mutex);
  EXPECT_TRUE(changed.wait_for(lock, kPatience, [&] { return met; }));
}

TEST_F(BugLife, ClosesOnceByRemoveOnTheCallersThread) {
  Call call(manual());
  Probe probe;
  probe.add(call.session(), kBoth);
  switch_media_bug_t* bug = probe.bug;
  EXPECT_EQ(switch_core_media_bug_remove(call.session(), &bug), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(probe.thread_of(SWITCH_ABC_TYPE_CLOSE), std::this_thread::get_id());
  EXPECT_EQ(switch_core_media_bug_remove(call.session(), &bug), SWITCH_STATUS_FALSE)
      << "a stale bug is not found, and its memory is the session's";
  call.tick(2);
  call.hangup();
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_READ), 0);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_CLOSE), 1);
}

TEST_F(BugLife, MayUseTheSessionsBugsInACloseByRemove) {
  Call call(manual());
  std::uint32_t left = 99;
  Probe probe;
  probe.add(call.session(), kBoth, [&](switch_media_bug_t* bug, switch_abc_type_t type) {
    if (type == SWITCH_ABC_TYPE_CLOSE) {
      left = switch_core_media_bug_count(switch_core_media_bug_get_session(bug), "probe");
    }
    return SWITCH_TRUE;
  });
  switch_core_media_bug_remove(call.session(), &probe.bug);
  EXPECT_EQ(left, 0U);
}

TEST_F(BugLife, ClosesOnTheMediaThreadAfterReturningFalse) {
  Call call(manual());
  Probe probe;
  probe.add(call.session(), kBoth, [](switch_media_bug_t*, switch_abc_type_t type) {
    return type == SWITCH_ABC_TYPE_READ ? SWITCH_FALSE : SWITCH_TRUE;
  });
  call.tick(3);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_READ), 1);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_CLOSE), 1);
  EXPECT_EQ(probe.thread_of(SWITCH_ABC_TYPE_CLOSE), probe.thread_of(SWITCH_ABC_TYPE_READ));
}

TEST_F(BugLife, ClosesOnTheMediaThreadWhenFlaggedForPruning) {
  Call call(manual());
  Probe probe;
  probe.add(call.session(), kBoth);
  switch_core_media_bug_set_flag(probe.bug, SMBF_PRUNE);
  call.tick();
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_READ) + probe.count(SWITCH_ABC_TYPE_WRITE), 0);
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_CLOSE), 1);
}

TEST_F(BugLife, ClosesWhenItsTimeIsOver) {
  bool closed = false;
  Call call(manual());
  const auto callback = [](switch_media_bug_t*, void* flag, switch_abc_type_t type) {
    if (type == SWITCH_ABC_TYPE_CLOSE) *static_cast<bool*>(flag) = true;
    return SWITCH_TRUE;
  };
  switch_media_bug_t* bug = nullptr;
  switch_core_media_bug_add(call.session(), "timed", "", callback, &closed,
                            switch_epoch_time_now(nullptr) - 1, kBoth, &bug);
  call.tick();
  EXPECT_TRUE(closed);
}

TEST_F(BugLife, ClosesOnTheSessionThreadAtHangupWhenNobodyFindsTheSessionAnyMore) {
  Call call(manual());
  bool found = true;
  Probe probe;
  probe.add(call.session(), kBoth, [&](switch_media_bug_t*, switch_abc_type_t type) {
    if (type == SWITCH_ABC_TYPE_CLOSE) {
      // NOLINTNEXTLINE(bugprone-lambda-function-name)
      switch_core_session_t* session = switch_core_session_locate(call.uuid().c_str());
      found = session != nullptr;
      if (found) switch_core_session_rwunlock(session);
    }
    return SWITCH_TRUE;
  });
  call.tick();
  call.hangup();
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_CLOSE), 1);
  EXPECT_EQ(probe.thread_of(SWITCH_ABC_TYPE_CLOSE), probe.thread_of(SWITCH_ABC_TYPE_READ));
  EXPECT_FALSE(found);
}

class BugLifeDeathTest : public BugLife {
 protected:
  BugLifeDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(BugLifeDeathTest, AbortsWhereRemovingInACallbackWouldDeadlock) {
  EXPECT_DEATH(
      {
        Call call(manual());
        Probe probe;
        probe.add(call.session(), kBoth, [&](switch_media_bug_t* bug, switch_abc_type_t type) {
          if (type == SWITCH_ABC_TYPE_READ) switch_core_media_bug_remove(call.session(), &bug);
          return SWITCH_TRUE;
        });
        call.tick();
      },
      "switch_core_media_bug_remove while this thread holds the session's bug_rwlock for reading");
}

TEST_F(BugLifeDeathTest, AbortsWhenBugsAreCountedInTheCloseAtHangup) {
  EXPECT_DEATH(
      {
        Call call(manual());
        Probe probe;
        probe.add(call.session(), kBoth, [&](switch_media_bug_t* bug, switch_abc_type_t type) {
          if (type == SWITCH_ABC_TYPE_CLOSE) {
            switch_core_media_bug_count(switch_core_media_bug_get_session(bug), "probe");
          }
          return SWITCH_TRUE;
        });
        call.hangup();
      },
      "switch_core_media_bug_count while this thread holds the session's bug_rwlock for writing");
}

TEST_F(BugLifeDeathTest, AbortsWhenAnExceptionLeavesACallback) {
  EXPECT_DEATH(
      {
        Call call(manual());
        Probe probe;
        probe.add(call.session(), kBoth, [](switch_media_bug_t*, switch_abc_type_t) {
          throw std::runtime_error("oops");
          return SWITCH_TRUE;
        });
      },
      "exception left a media bug callback: oops");
}

TEST_F(BugLife, PingsAfterTheReadOfEachPacket) {
  Call call(manual());
  std::vector<switch_abc_type_t> order;
  Probe probe;
  probe.add(call.session(), SMBF_READ_STREAM | SMBF_READ_PING,
            [&](switch_media_bug_t*, switch_abc_type_t type) {
              order.push_back(type);
              return SWITCH_TRUE;
            });
  call.tick();
  EXPECT_EQ(order, (std::vector<switch_abc_type_t>{SWITCH_ABC_TYPE_INIT, SWITCH_ABC_TYPE_READ,
                                                   SWITCH_ABC_TYPE_READ_PING}));
}

TEST_F(BugLife, WaitsForTheAnswerWhenAskedTo) {
  Call call(manual(Media::early));
  Probe eager;
  Probe patient;
  eager.add(call.session(), kBoth);
  patient.add(call.session(), kBoth | SMBF_ANSWER_REQ);
  switch_channel_set_variable(call.channel(), "media_bug_answer_req", "true");
  Probe told;
  told.add(call.session(), kBoth);
  call.tick(2);
  EXPECT_EQ(eager.count(SWITCH_ABC_TYPE_READ), 2) << "early media works";
  EXPECT_EQ(patient.count(SWITCH_ABC_TYPE_READ), 0);
  EXPECT_EQ(told.count(SWITCH_ABC_TYPE_READ), 0);
  call.answer();
  call.tick();
  EXPECT_EQ(patient.count(SWITCH_ABC_TYPE_READ), 1);
  EXPECT_EQ(told.count(SWITCH_ABC_TYPE_READ), 1);
}

TEST_F(BugLife, PausesWithTheChannelUnlessToldNotTo) {
  Call call(manual());
  Probe ordinary;
  Probe tireless;
  ordinary.add(call.session(), kBoth);
  tireless.add(call.session(), kBoth | SMBF_NO_PAUSE);
  switch_core_media_bug_pause(call.session());
  call.tick();
  switch_core_media_bug_resume(call.session());
  call.tick();
  EXPECT_EQ(ordinary.count(SWITCH_ABC_TYPE_READ), 1);
  EXPECT_EQ(tireless.count(SWITCH_ABC_TYPE_READ), 2);
}

TEST_F(BugLife, FeedsNothingWhileItIsPausedItself) {
  Call call(manual());
  Probe probe;
  probe.add(call.session(), kBoth | SMBF_PAUSE);
  call.tick();
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_READ), 0);
  EXPECT_FALSE(read_bug(probe.bug, false));
}

TEST_F(BugLife, RefusesASecondOfTheSameFunctionWhenOneOnly) {
  Call call(manual());
  Probe first;
  Probe second;
  EXPECT_EQ(first.add(call.session(), kBoth | SMBF_ONE_ONLY), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(second.add(call.session(), kBoth | SMBF_ONE_ONLY), SWITCH_STATUS_GENERR);
  EXPECT_EQ(switch_core_media_bug_count(call.session(), "probe"), 1U);
}

TEST_F(BugLife, LetsOnlyItsOwnThreadRemoveAThreadLockedBug) {
  Call call(manual());
  Probe probe;
  probe.add(call.session(), kBoth | SMBF_THREAD_LOCK);
  on_switch_thread([&] {
    EXPECT_EQ(switch_core_media_bug_remove(call.session(), &probe.bug), SWITCH_STATUS_FALSE);
  });
  EXPECT_EQ(switch_core_media_bug_remove(call.session(), &probe.bug), SWITCH_STATUS_SUCCESS);
}

TEST_F(BugLife, BringsEarlyMediaUp) {
  Call call(manual(Media::none));
  Probe probe;
  EXPECT_FALSE(switch_channel_media_ready(call.channel()));
  EXPECT_EQ(probe.add(call.session(), kBoth), SWITCH_STATUS_SUCCESS);
  EXPECT_TRUE(switch_channel_media_ready(call.channel()));
  EXPECT_TRUE(switch_channel_test_flag(call.channel(), CF_EARLY_MEDIA));
}

TEST_F(BugLife, HangsUpWhenEarlyMediaFails) {
  CallOptions options = manual(Media::none);
  options.pre_answer_succeeds = false;
  Call call(options);
  Probe probe;
  EXPECT_EQ(probe.add(call.session(), kBoth), SWITCH_STATUS_FALSE);
  EXPECT_TRUE(call.wait_until_over(kPatience));
  EXPECT_EQ(probe.count(SWITCH_ABC_TYPE_INIT), 0);
}

TEST_F(BugLife, LetsReplacedAudioBeHeard) {
  CallOptions options = manual();
  options.write = AudioSource::samples(std::vector<std::int16_t>(160, 10), 8000).repeated();
  Call call(options);
  std::vector<std::int16_t> heard;
  call.on_heard(
      [&](const HeardFrame& frame) { heard.assign(frame.samples.begin(), frame.samples.end()); });
  Probe probe;
  probe.add(call.session(), SMBF_WRITE_REPLACE,
            [](switch_media_bug_t* bug, switch_abc_type_t type) {
              if (type == SWITCH_ABC_TYPE_WRITE_REPLACE) {
                switch_frame_t* frame = switch_core_media_bug_get_write_replace_frame(bug);
                static_cast<std::int16_t*>(frame->data)[0] = 99;
                switch_core_media_bug_set_write_replace_frame(bug, frame);
              }
              return SWITCH_TRUE;
            });
  call.tick();
  call.on_heard({});
  ASSERT_EQ(heard.size(), 160U);
  EXPECT_EQ(heard[0], 99);
  EXPECT_EQ(heard[1], 10);
}

}  // namespace
}  // namespace simulator::testing
