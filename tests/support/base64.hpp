#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace test {

using Bytes = std::vector<std::uint8_t>;

std::string base64_encode(std::span<const std::uint8_t> data);

/// Decodes padded base64 without line breaks. Throws std::invalid_argument for anything else.
Bytes base64_decode(std::string_view text);

}  // namespace test
