#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace audio_stream::base {

/// RFC 4648, section 4, with padding. Strict: accepts only the alphabet, in whole groups of four.
std::optional<std::vector<std::byte>> decode_base64(std::string_view text);

/// As decode_base64(), but also accepts what servers send: the alphabet for URLs (section 5), no
/// padding, and blanks and line ends anywhere.
std::optional<std::vector<std::byte>> decode_lenient_base64(std::string_view text);

std::string encode_base64(std::string_view bytes);
/// Appends the text of `bytes`.
void append_base64(std::string& text, std::span<const std::byte> bytes);

}  // namespace audio_stream::base
