#include "transport/bearer_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "transport/blanks.hpp"

namespace audio_stream::transport {
namespace {

// More than any token that a server's limit on headers lets through.
constexpr std::size_t kMostBytes = 16 * 1024;

/// A descriptor that is closed when it goes out of scope.
class File {
 public:
  // Without O_NONBLOCK a FIFO that nobody writes to would hold the thread for ever.
  explicit File(const std::string& path)
      : fd_{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)} {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool is_regular() const {
    struct stat info {};
    return ::fstat(fd_, &info) == 0 && S_ISREG(info.st_mode);
  }

 private:
  int fd_;
};

bool is_token(std::string_view text) {
  const std::string_view body = text.substr(0, text.find_last_not_of('=') + 1);
  return !body.empty() && std::all_of(body.begin(), body.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view{"-._~+/"}.find(c) != std::string_view::npos;
  });
}

}  // namespace

tl::expected<std::string, std::string> read_bearer_file(const std::string& path) {
  const auto cannot = [&path](const std::string& why) {
    return tl::unexpected("bearer file \"" + path + "\" can't be used: " + why);
  };
  const auto last_error = [] { return std::generic_category().message(errno); };
  const File file{path};
  if (file.fd() < 0) return cannot(last_error());
  if (!file.is_regular()) return cannot("it is not a file");
  std::string text(kMostBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.fd(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot(last_error());
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kMostBytes) {
    return cannot("it has more than " + std::to_string(kMostBytes) + " bytes");
  }
  text.resize(size);
  text.erase(0, std::min(text.find_first_not_of(kBlanks), text.size()));
  text.resize(text.find_last_not_of(kBlanks) + 1);
  if (!is_token(text)) return cannot("it must hold a token (RFC 6750) and nothing else");
  return text;
}

}  // namespace audio_stream::transport
