#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Somebody else's text as a message may show it: printable(), and without what may be a secret.
/// "..." stands for what is left out.
namespace audio_stream::base {

/// Of a URL its scheme and its host alone. Of anything else what stands before an '@', after a '?'
/// or in JSON is left out. At most `most` bytes.
std::string redacted(std::string_view text, std::size_t most = 200);

/// The same in double quotes, for a user's word.
std::string quoted(std::string_view word, std::size_t most = 64);

/// The target of a redirect: with its path, which a user needs to follow it, but without userinfo
/// and query.
std::string redacted_location(std::string_view url, std::size_t most = 200);

}  // namespace audio_stream::base
