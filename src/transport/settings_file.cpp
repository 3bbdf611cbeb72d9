#include "transport/settings_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/unique_fd.hpp"

namespace audio_stream::transport {
namespace {

tl::unexpected<FileFailure> last_system_error() {
  const std::error_code code{errno, std::generic_category()};
  return tl::unexpected(FileFailure{code, code.message()});
}

}  // namespace

tl::expected<std::string, FileFailure> read_settings_file(const std::string& path,
                                                          std::size_t most_bytes) {
  const auto unfit = [](std::string why) {
    return tl::unexpected(FileFailure{{}, std::move(why)});
  };
  // Without O_NONBLOCK, open() on a FIFO would block until a writer opens it, perhaps for ever.
  const base::UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!file.is_open()) return last_system_error();
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return last_system_error();
  if (!S_ISREG(info.st_mode)) return unfit("it is not a regular file");
  const auto too_large = [&] {
    return unfit("it has more than " + std::to_string(most_bytes) + " bytes");
  };
  if (static_cast<std::size_t>(info.st_size) > most_bytes) return too_large();
  // One byte more than the size: the file may have grown, and files of /proc report size 0.
  std::string text(std::max(static_cast<std::size_t>(info.st_size) + 1, std::size_t{4096}), '\0');
  std::size_t size = 0;
  while (true) {
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return last_system_error();
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size > most_bytes) return too_large();
    if (size == text.size()) text.resize(std::min(2 * size, most_bytes + 1));
  }
  text.resize(size);
  return text;
}

}  // namespace audio_stream::transport
