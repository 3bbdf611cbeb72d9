#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace audio_stream::transport {

/// Somebody else's text as a message may show it: on one line, without what a terminal obeys, of at
/// most `most` bytes, and without what may be a secret. Of a URL that is its scheme and its host
/// alone; of anything else what stands before an '@', after a '?' or in JSON is left out. "..."
/// stands for what is left out.
std::string shown(std::string_view text, std::size_t most = 200);

/// The same in quotes, for a word of a user's.
std::string in_quotes(std::string_view word, std::size_t most = 64);

/// The target of a redirect as a message may show it: with its path, which a user needs to follow
/// it, but without userinfo and query.
std::string without_secrets(std::string_view url, std::size_t most = 200);

}  // namespace audio_stream::transport
