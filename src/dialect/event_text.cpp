#include "dialect/event_text.hpp"

#include <string_view>
#include <utility>

#include "base/utf8.hpp"

namespace audio_stream::dialect {
namespace {

/// Cuts `text` to `limit` bytes, or a few less where a character would be cut.
void cut(std::string& text, std::size_t limit) {
  if (text.size() <= limit) return;
  text.resize(base::utf8_prefix(text, limit).size());
  text.shrink_to_fit();
}

std::string without_nul(std::string&& text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
  if (text.find('\0') == std::string::npos) return std::move(text);
  std::string out;
  out.reserve(text.size() + kReplacement.size());
  for (const char c : text) {
    if (c == '\0') {
      out += kReplacement;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

ServerText event_text(std::string&& text, std::size_t limit) {
  const std::size_t length = text.size();
  cut(text, limit);
  std::string body = without_nul(std::move(text));
  const bool grew = body.size() > limit;
  cut(body, limit);
  const bool whole = length <= limit && !grew;
  return {std::move(body), whole ? 0 : length};
}

}  // namespace audio_stream::dialect
