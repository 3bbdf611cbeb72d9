#pragma once

#include <string>

#include <tl/expected.hpp>

namespace audio_stream::transport {

/// Reads the token (RFC 6750, 2.1: b64token) from `path`. The file holds only the token, with
/// optional blanks and line ends around it. It is read again for each connection, so the issuer may
/// replace it at any time. May block on the disk, so not on an I/O thread. The error names the
/// file, never its content.
tl::expected<std::string, std::string> read_bearer_file(const std::string& path);

}  // namespace audio_stream::transport
