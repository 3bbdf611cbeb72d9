#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <utility>

namespace audio_stream::base {
namespace {

UniqueFd opened() {
  return UniqueFd{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
}

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) != -1;
}

TEST(UniqueFd, ClosesInItsDestructor) {
  int number = -1;
  {
    const UniqueFd fd = opened();
    number = fd.get();
    ASSERT_TRUE(fd.is_open());
    ASSERT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(UniqueFd, IsEmptyByDefault) {
  EXPECT_FALSE(UniqueFd{}.is_open());
  EXPECT_FALSE(UniqueFd{-1}.is_open());
}

TEST(UniqueFd, AMoveTransfersTheDescriptor) {
  UniqueFd first = opened();
  UniqueFd second = opened();
  const int of_first = first.get();
  const int of_second = second.get();
  second = std::move(first);
  EXPECT_FALSE(is_open(of_second)) << "closed at once";
  EXPECT_EQ(second.get(), of_first);
  EXPECT_FALSE(first.is_open());  // NOLINT(bugprone-use-after-move)
  const UniqueFd third{std::move(second)};
  EXPECT_EQ(third.get(), of_first);
  EXPECT_TRUE(is_open(of_first));
}

TEST(UniqueFd, AReleasedDescriptorStaysOpen) {
  UniqueFd fd = opened();
  UniqueFd other{fd.release()};
  EXPECT_FALSE(fd.is_open());
  const int number = other.get();
  EXPECT_TRUE(is_open(number));
  other.reset();
  EXPECT_FALSE(is_open(number));
}

}  // namespace
}  // namespace audio_stream::base
