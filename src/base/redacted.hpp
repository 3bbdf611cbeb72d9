#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Makes text from outside (a server, a user) fit for a message: printable(), and without parts
/// that may be secret. "..." replaces each part left out.
namespace audio_stream::base {

/// Shows only scheme and host of a URL. Of any other text, leaves out everything before an '@',
/// after a '?', and within JSON. At most `most` bytes.
std::string redacted(std::string_view text, std::size_t most = 200);

/// redacted() in double quotes, for a word that a user wrote.
std::string quoted(std::string_view word, std::size_t most = 64);

/// The target of a redirect. Shows the path, which a user needs to follow the redirect, but no
/// userinfo and no query.
std::string redacted_location(std::string_view url, std::size_t most = 200);

}  // namespace audio_stream::base
