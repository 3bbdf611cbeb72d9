#pragma once

#include <cstddef>
#include <string>
#include <system_error>

#include <tl/expected.hpp>

namespace audio_stream::transport {

/// Why a file could not be read.
struct FileFailure {
  std::error_code code;  ///< of the failed system call; none if the file itself is unsuitable
  std::string why;       ///< for people; reveals no content
};

/// Reads a file that a setting names: a token, a key, a certificate, a CA list.
///
/// Only a regular file of at most `most_bytes` is read. A user may name anything, so a FIFO, a
/// device or a directory is refused without blocking on it. A disk that does not answer still
/// blocks, so not on an I/O thread.
tl::expected<std::string, FileFailure> read_settings_file(const std::string& path,
                                                          std::size_t most_bytes);

}  // namespace audio_stream::transport
