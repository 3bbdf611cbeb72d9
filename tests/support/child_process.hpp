#pragma once

#include <sys/types.h>

#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"

namespace test {

/// A child process whose stdin and stdout are one socket of ours; its stderr is our stderr. Of our
/// other descriptors it inherits none. The destructor kills it if need be, and reaps it.
class ChildProcess {
 public:
  /// The command's first word is the path of the program. Throws std::system_error.
  explicit ChildProcess(std::vector<std::string> command);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ChildProcess(ChildProcess&&) = delete;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();

  /// Writes all of it to the child's stdin, as one piece even when several threads send. False: the
  /// child does not read any more.
  bool send(std::string_view text);

  /// Waits for what the child writes, and returns how much of the buffer it fills; 0: it has ended.
  [[nodiscard]] std::size_t receive(std::span<char> buffer) const;

  void kill() const;
  /// Stops it where it is (SIGSTOP): its connections stay, and nobody answers them.
  void freeze() const;

 private:
  pid_t pid_ = -1;
  audio_stream::base::UniqueFd channel_;
  std::mutex sending_;
};

}  // namespace test
