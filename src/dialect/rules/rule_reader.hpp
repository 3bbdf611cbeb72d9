#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dialect/rules/rule.hpp"

namespace audio_stream::dialect::rules {

struct ReadDialects {
  std::vector<RuleSet> sets;        ///< without the rules of their bases
  std::vector<std::string> faults;  ///< of dialects that were left out
};

/// Reads the dialects in an XML text: `<dialects>` with `<dialect name="...">` in it, or one
/// `<dialect>`. docs/dialects/rules.md has the grammar.
///
/// `file` is what a fault calls the text. A fault says in which dialect and rule something is
/// wrong, quotes it, and says what would be right.
ReadDialects read_dialects(std::string_view xml, std::string_view file);

}  // namespace audio_stream::dialect::rules
