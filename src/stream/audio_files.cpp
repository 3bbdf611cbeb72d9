#include "stream/audio_files.hpp"

#include <fcntl.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/hex.hpp"
#include "base/unique_fd.hpp"

namespace audio_stream::stream {
namespace {

std::string last_error() {
  return std::generic_category().message(errno);
}

tl::expected<std::string, std::string> unguessable() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return tl::unexpected<std::string>("OpenSSL has no random numbers for the name of its file");
  }
  return base::to_hex(bytes);
}

base::UniqueFd create(const std::string& path) {
  return base::UniqueFd{
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
}

[[nodiscard]] bool write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

AudioFiles::~AudioFiles() {
  remove();
}

void AudioFiles::remove() noexcept {
  for (const Written& file : files_) ::unlink(file.path.c_str());
  files_.clear();
  bytes_ = 0;
}

bool AudioFiles::has_room(std::size_t bytes) const noexcept {
  return files_.size() < limits_.count && bytes <= limits_.bytes - bytes_;
}

void AudioFiles::make_room(std::size_t bytes, Clock::time_point now) {
  if (bytes > limits_.bytes) return;
  while (!has_room(bytes) && !files_.empty() && now - files_.front().when >= kTimeToBePlayed) {
    ::unlink(files_.front().path.c_str());
    bytes_ -= files_.front().bytes;
    files_.pop_front();
  }
}

tl::expected<std::string, std::string> AudioFiles::write(std::span<const std::byte> audio,
                                                         const std::string& extension,
                                                         Clock::time_point now) {
  if (limits_.count == 0)
    return tl::unexpected<std::string>("max-files is 0: no files are written");
  make_room(audio.size(), now);
  if (files_.size() >= limits_.count) {
    return tl::unexpected("this stream has " + std::to_string(limits_.count) +
                          " files that may still be played (max-files)");
  }
  if (!has_room(audio.size())) {
    return tl::unexpected("the files of this stream would exceed " + std::to_string(limits_.bytes) +
                          " bytes (max-files-mb)");
  }
  auto secret = unguessable();
  if (!secret) return secret;
  std::string path =
      directory_ + "/" + stem_ + "_" + std::to_string(number_) + "_" + *secret + ".tmp" + extension;
  const base::UniqueFd file = create(path);
  if (!file.is_open()) return tl::unexpected("can't create " + path + ": " + last_error());
  files_.push_back({path, audio.size(), now});
  if (!write_all(file.get(), audio)) {
    auto why = "can't write " + path + ": " + last_error();
    ::unlink(path.c_str());
    files_.pop_back();
    return tl::unexpected(std::move(why));
  }
  bytes_ += audio.size();
  ++number_;
  return path;
}

}  // namespace audio_stream::stream
