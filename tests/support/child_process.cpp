#include "support/child_process.hpp"

#include <features.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace test {
namespace {

void check(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

/// The actions on the child's descriptors before it runs the program.
class FileActions {
 public:
  explicit FileActions(int channel) {
    check(::posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init");
    ::posix_spawn_file_actions_adddup2(&actions_, channel, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, channel, STDOUT_FILENO);
#if __GLIBC_PREREQ(2, 34)
    // An inherited socket under test would stay open for its peer.
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
#endif
  }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  FileActions(FileActions&&) = delete;
  FileActions& operator=(FileActions&&) = delete;
  ~FileActions() {
    ::posix_spawn_file_actions_destroy(&actions_);
  }

  [[nodiscard]] const posix_spawn_file_actions_t* get() const {
    return &actions_;
  }

 private:
  posix_spawn_file_actions_t actions_{};
};

pid_t spawn(std::vector<std::string>& command, int channel) {
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  const FileActions actions{channel};
  pid_t pid = -1;
  check(::posix_spawn(&pid, words.front(), actions.get(), nullptr, words.data(), ::environ),
        words.front());
  return pid;
}

}  // namespace

ChildProcess::ChildProcess(std::vector<std::string> command) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    check(errno, "socketpair");
  }
  channel_ = audio_stream::base::UniqueFd{ends[0]};
  const audio_stream::base::UniqueFd childs_end{ends[1]};
  pid_ = spawn(command, childs_end.get());
}

ChildProcess::~ChildProcess() {
  kill();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool ChildProcess::send(std::string_view text) {
  const std::lock_guard lock{sending_};
  while (!text.empty()) {
    const ssize_t sent = ::send(channel_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::size_t ChildProcess::receive(std::span<char> buffer) const {
  for (;;) {
    const ssize_t received = ::recv(channel_.get(), buffer.data(), buffer.size(), 0);
    if (received >= 0) return static_cast<std::size_t>(received);
    if (errno != EINTR) return 0;
  }
}

void ChildProcess::kill() const {
  ::kill(pid_, SIGKILL);
}

void ChildProcess::freeze() const {
  ::kill(pid_, SIGSTOP);
}

}  // namespace test
