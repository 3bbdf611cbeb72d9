#include "transport/processor.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>
#include <utility>

namespace audio_stream::transport {
namespace {

cpu_set_t allowed() {
  cpu_set_t set{};
  ::sched_getaffinity(0, sizeof set, &set);
  return set;
}

/// In a thread of its own, whose processors are its own business.
template <class Body>
void apart(Body&& body) {
  std::thread{std::forward<Body>(body)}.join();
}

TEST(Processor, IsLeftForAnother) {
  if (const auto all = allowed(); CPU_COUNT(&all) < 2) GTEST_SKIP() << "there is only one";
  apart([] {
    const cpu_set_t before = allowed();
    // The system may have moved us, or may move us back: not each time.
    int moved = 0;
    for (int i = 0; i < 100; ++i) {
      const int here = ::sched_getcpu();
      EXPECT_TRUE(move_off(here));
      if (::sched_getcpu() != here) ++moved;
    }
    EXPECT_GT(moved, 50);
    const cpu_set_t after = allowed();
    EXPECT_TRUE(CPU_EQUAL(&before, &after)) << "it may come back later";
  });
}

TEST(Processor, IsNotLeftWhereThereIsNoOther) {
  apart([] {
    const int here = ::sched_getcpu();
    cpu_set_t one{};
    CPU_SET(static_cast<unsigned>(here), &one);
    ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_FALSE(move_off(here));
    const cpu_set_t after = allowed();
    EXPECT_TRUE(CPU_EQUAL(&one, &after));
  });
}

TEST(Processor, ThatIsNoneIsNotLeft) {
  EXPECT_FALSE(move_off(-1));
  EXPECT_FALSE(move_off(CPU_SETSIZE));
}

}  // namespace
}  // namespace audio_stream::transport
