// A media thread may not allocate, lock or make a system call.
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

#include "audio/packet_pool.hpp"
#include "fakes/watched_thread.hpp"
#include "stream/uplink_fixture.hpp"
#include "transport/io_thread.hpp"

namespace audio_stream::stream {
namespace {

using audio::Mix;
using test::Rig;
using test::Samples;
using Case = std::tuple<Mix, std::uint32_t, std::uint32_t>;  // mix, call's rate, stream's rate

class MediaThread : public testing::TestWithParam<Case> {
 protected:
  /// Twenty seconds in which the queue alternately overflows and is emptied, with pauses.
  void run() {
    for (int i = 0; i < 1000; ++i) {
      now_ += std::chrono::milliseconds{20};
      rig_.uplink->hear({frame_, call_hz_, 1}, {});
      // A frame is missing now and then, and for a while there are none.
      if (i % 100 == 7) now_ += std::chrono::milliseconds{400};
      if (i % 10 == 0) {
        rig_.uplink->tick(now_, test::frames({}));
      } else {
        rig_.uplink->tick(now_, test::frames({{frame_, call_hz_, 1}}));
      }
      if (i % 300 == 299) {
        while (rig_.uplink->pop()) {
        }
      }
      rig_.uplink->pause(i % 50 == 49);
    }
  }

  const std::uint32_t call_hz_ = std::get<1>(GetParam());
  Rig rig_{{std::get<0>(GetParam()), std::get<2>(GetParam()), 20, 2000},
           call_hz_,
           std::size_t{1} << 24U,
           true};
  Samples frame_ = Samples(std::size_t{call_hz_} / 50, 1234);
  Uplink::Time now_{};
};

TEST_P(MediaThread, NeitherAllocatesNorLocks) {
  rig_.pool.ensure(128);
  run();
  audio_stream::test::watch_this_thread();
  run();
  const auto deeds = audio_stream::test::deeds_of_this_thread();
  EXPECT_EQ(deeds.allocations, 0U);
  EXPECT_EQ(deeds.locks, 0U);
}

INSTANTIATE_TEST_SUITE_P(Mixes, MediaThread,
                         testing::Values(Case{Mix::mono, 8000, 8000}, Case{Mix::mono, 8000, 16000},
                                         Case{Mix::mixed, 16000, 11025},
                                         Case{Mix::stereo, 48000, 8000},
                                         Case{Mix::stereo, 48000, 48000}));

TEST(MediaThreadWatch, SeesAllocationsAndLocks) {
  audio_stream::test::watch_this_thread();
  const auto number = std::make_unique<int>(1);
  const std::string text(1000, 'x');
  EXPECT_EQ(audio_stream::test::deeds_of_this_thread().allocations, 2U);
}

#if !AUDIO_STREAM_SANITIZED

/// From now on any system call except the one that ends the thread kills the process.
bool forbid_system_calls() {
  std::array<sock_filter, 4> program{{
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_exit},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS},
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

constexpr int kNoFilter = 99;

/// Runs `action` in a child that may make no system call. Returns how the child ended.
template <class Action>
int in_a_child_without_system_calls(const Action& action) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!forbid_system_calls()) ::_exit(kNoFilter);
    action();
    ::syscall(SYS_exit, 0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

TEST_P(MediaThread, MakesNoSystemCall) {
  rig_.pool.ensure(128);
  run();
  const int status = in_a_child_without_system_calls([this] { run(); });
  EXPECT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(MediaThreadWatch, SeesSystemCalls) {
  const int status = in_a_child_without_system_calls([] { ::syscall(SYS_getppid); });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGSYS);
}

TEST(MediaThreadWatch, SeesLocks) {
  std::mutex mutex;
  audio_stream::test::watch_this_thread();
  { const std::lock_guard lock{mutex}; }
  EXPECT_EQ(audio_stream::test::deeds_of_this_thread().locks, 1U);
}

#endif

TEST(MediaThreadNotify, NeitherAllocatesNorLocks) {
  struct Hook : transport::ReadyHook {
    std::atomic<int> calls{0};
    void on_ready() override {
      ++calls;
      calls.notify_one();
    }
  } hook;
  transport::IoThread io{"io"};
  audio_stream::test::watch_this_thread();
  for (int i = 0; i < 10'000; ++i) io.notify(hook);
  const auto deeds = audio_stream::test::deeds_of_this_thread();
  EXPECT_EQ(deeds.allocations, 0U);
  EXPECT_EQ(deeds.locks, 0U);
  while (hook.calls.load() == 0) hook.calls.wait(0);
}

}  // namespace
}  // namespace audio_stream::stream
