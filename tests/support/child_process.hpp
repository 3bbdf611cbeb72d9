#pragma once

#include <sys/types.h>

#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"

namespace test {

/// A child process whose stdin and stdout are one socket of this process. Its stderr is this
/// process's stderr. It inherits no other descriptors. The destructor kills it if it still runs,
/// and reaps it.
class ChildProcess {
 public:
  /// The command's first word is the path of the program. Throws std::system_error.
  explicit ChildProcess(std::vector<std::string> command);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ChildProcess(ChildProcess&&) = delete;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();

  /// Writes all of the text to the child's stdin, in one piece even if several threads send. False
  /// if the child no longer reads.
  bool send(std::string_view text);

  /// Waits for the child's output and returns the number of bytes in the buffer. 0: the child has
  /// ended.
  [[nodiscard]] std::size_t receive(std::span<char> buffer) const;

  void kill() const;
  /// Stops the child (SIGSTOP): its connections stay open without answers.
  void freeze() const;

 private:
  pid_t pid_ = -1;
  audio_stream::base::UniqueFd channel_;
  std::mutex sending_;
};

}  // namespace test
