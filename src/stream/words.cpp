#include "stream/words.hpp"

#include <algorithm>
#include <charconv>

#include "protocol/utf8.hpp"

namespace audio_stream::stream {
namespace {

constexpr std::size_t kMaxName = 64;

}  // namespace

std::string in_quotes(std::string_view word) {
  std::string shown = "\"";
  for (const char c : word.substr(0, 64)) {
    const auto byte = static_cast<unsigned char>(c);
    shown += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  if (word.size() > 64) shown += "...";
  return protocol::is_utf8(shown) ? shown + "\"" : "\"(not UTF-8)\"";
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

bool is_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= kMaxName &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '-' || c == '_' || c == '.';
         });
}

std::optional<long> whole_number(std::string_view text, long low, long high, long step) {
  long number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || number < low || number > high || number % step != 0) {
    return std::nullopt;
  }
  return number;
}

}  // namespace audio_stream::stream
