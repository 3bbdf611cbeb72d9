#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "base/unique_fd.hpp"

/// An eventfd: any thread wakes one that waits for it in poll() or epoll.
namespace audio_stream::base {

/// Throws std::system_error if there is no descriptor left.
inline UniqueFd make_event_fd() {
  UniqueFd fd{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  if (!fd.is_open()) throw std::system_error{errno, std::generic_category(), "eventfd"};
  return fd;
}

/// Makes it readable. One system call, which does not block.
inline void signal_event_fd(int fd) noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
}

/// Makes it unreadable until the next signal.
inline void clear_event_fd(int fd) noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(fd, &count, sizeof count);
}

}  // namespace audio_stream::base
