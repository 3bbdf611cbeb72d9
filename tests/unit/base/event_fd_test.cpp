#include "base/event_fd.hpp"

#include <gtest/gtest.h>
#include <poll.h>

namespace audio_stream::base {
namespace {

bool is_readable(int fd) {
  ::pollfd each{fd, POLLIN, 0};
  return ::poll(&each, 1, 0) == 1;
}

TEST(EventFd, IsReadableFromSignalToClear) {
  const UniqueFd fd = make_event_fd();
  EXPECT_FALSE(is_readable(fd.get()));
  clear_event_fd(fd.get());  // does not block
  signal_event_fd(fd.get());
  signal_event_fd(fd.get());
  EXPECT_TRUE(is_readable(fd.get()));
  clear_event_fd(fd.get());
  EXPECT_FALSE(is_readable(fd.get()));
}

}  // namespace
}  // namespace audio_stream::base
