#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "dialect/rules/rule.hpp"
#include "dialect/rules/text_template.hpp"

namespace audio_stream::dialect::rules {

/// A text of a rule for one stream.
struct BoundText {
  BoundTemplate text;
  bool uses_seq = false;
};

/// The rules of a dialect with one stream's settings put into their texts. Immutable.
struct BoundRules {
  std::shared_ptr<const RuleSet> set;
  std::vector<std::string> captured;  ///< the names that `set` rules keep values under
  // In the order of the set's own rules.
  std::vector<BoundText> send;
  BoundText up;
  struct Down {
    BoundText ack;
    BoundText played;
  };
  std::vector<Down> down;
  struct On {
    BoundText reply;
    BoundText each_item;
  };
  std::vector<On> on;
};

/// The error is the name of a setting that is unset and has no default.
tl::expected<BoundRules, std::string> bind(std::shared_ptr<const RuleSet> set,
                                           const TextTemplate::Settings& settings);

/// Calls `each` with every text of the set, the URL's and the headers' too.
void for_each_text(const RuleSet& set, const std::function<void(const TextTemplate&)>& each);

/// The names that the set's `set` rules keep values under.
std::vector<std::string> captured_names(const RuleSet& set);

}  // namespace audio_stream::dialect::rules
