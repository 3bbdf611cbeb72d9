#include "control/end_text.hpp"

#include <algorithm>
#include <optional>

#include "base/blanks.hpp"
#include "base/json_string.hpp"
#include "base/utf8.hpp"
#include "control/variable_names.hpp"

namespace audio_stream::control {
namespace {

constexpr std::string_view kVariable = "${";

bool is_json(std::string_view text) {
  const std::string_view begun = base::trimmed(text);
  return begun.starts_with('{') || begun.starts_with('[');
}

std::string as_utf8(std::string text) {
  return base::is_utf8(text) ? text : base::mended_utf8(text);
}

}  // namespace

bool names_variables(std::string_view text) noexcept {
  return text.find(kVariable) != std::string_view::npos;
}

std::string with_values(std::string_view text, const VariableLookup& variables) {
  const bool json = is_json(text);
  std::string out;
  while (true) {
    const std::size_t begin = text.find(kVariable);
    const std::size_t end = text.find('}', std::min(begin, text.size()));
    out += text.substr(0, begin);
    if (begin == std::string_view::npos) return as_utf8(std::move(out));
    if (end == std::string_view::npos) return as_utf8(std::move(out.append(text.substr(begin))));
    const std::string name{text.substr(begin + kVariable.size(), end - begin - kVariable.size())};
    text.remove_prefix(end + 1);
    if (ends_in_secret_variable(name)) continue;
    const std::optional<std::string> value = variables(name.c_str());
    if (!value) continue;
    if (json) {
      base::append_json_escaped(out, as_utf8(*value));
    } else {
      out += as_utf8(*value);
    }
  }
}

}  // namespace audio_stream::control
