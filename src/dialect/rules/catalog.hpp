#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/rules/rule.hpp"

namespace audio_stream::dialect::rules {

/// The dialects that a stream may choose from, by name. Immutable once it is shared.
class Catalog {
 public:
  /// Those of conf/dialects/, which are compiled in. Read once, on the first call. Any thread.
  static const Catalog& built_in();

  /// Adds the dialects of an XML text (see read_dialects()). A dialect may be based on one that is
  /// already here, and replaces one of its own name. Returns the faults of dialects that were left
  /// out.
  std::vector<std::string> add(std::string_view xml, std::string_view file);

  /// None if there is no such dialect.
  [[nodiscard]] std::shared_ptr<const RuleSet> find(std::string_view name) const;
  /// In alphabetical order.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::map<std::string, std::shared_ptr<const RuleSet>, std::less<>> sets_;
};

}  // namespace audio_stream::dialect::rules
