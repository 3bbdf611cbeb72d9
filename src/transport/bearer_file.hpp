#pragma once

#include <string>

#include <tl/expected.hpp>

namespace audio_stream::transport {

/// The token that stands in `path`, alone, perhaps with blanks and line ends around it (RFC 6750,
/// 2.1: b64token). Read anew for each connection, so that whoever issues tokens may replace it at
/// any time. May block on the disk: not on an I/O thread. The error names the file, never its
/// content.
tl::expected<std::string, std::string> read_bearer_file(const std::string& path);

}  // namespace audio_stream::transport
