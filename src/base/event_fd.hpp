#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "base/unique_fd.hpp"

/// An eventfd. Any thread uses it to wake a thread that waits in poll() or epoll.
namespace audio_stream::base {

/// Throws std::system_error if the process has no descriptor left.
inline UniqueFd make_event_fd() {
  UniqueFd fd{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  if (!fd.is_open()) throw std::system_error{errno, std::generic_category(), "eventfd"};
  return fd;
}

/// Makes `fd` readable. One system call, which does not block.
inline void signal_event_fd(int fd) noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
}

/// Makes `fd` unreadable until the next signal.
inline void clear_event_fd(int fd) noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(fd, &count, sizeof count);
}

}  // namespace audio_stream::base
