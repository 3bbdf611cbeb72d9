#include "dialect/rules/catalog.hpp"

#include <utility>

#include "dialect/rules/built_in_dialects.hpp"
#include "dialect/rules/rule_reader.hpp"

namespace audio_stream::dialect::rules {

const Catalog& Catalog::built_in() {
  static const Catalog catalog = [] {
    Catalog made;
    for (const BuiltInDialect& each : built_in_dialects()) {
      static_cast<void>(made.add(each.xml, each.file));
    }
    return made;
  }();
  return catalog;
}

std::vector<std::string> Catalog::add(std::string_view xml, std::string_view file) {
  ReadDialects read = read_dialects(xml, file);
  for (RuleSet& set : read.sets) {
    if (!set.base.empty()) {
      const auto base = find(set.base);
      if (!base) {
        read.faults.push_back(std::string{file} + ": dialect '" + set.name + "' has base='" +
                              set.base + "', and there is no such dialect before it");
        continue;
      }
      set = based_on(*base, std::move(set));
    }
    std::string name = set.name;
    sets_.insert_or_assign(std::move(name), std::make_shared<const RuleSet>(std::move(set)));
  }
  return std::move(read.faults);
}

std::shared_ptr<const RuleSet> Catalog::find(std::string_view name) const {
  const auto found = sets_.find(name);
  return found == sets_.end() ? nullptr : found->second;
}

std::vector<std::string> Catalog::names() const {
  std::vector<std::string> names;
  for (const auto& [name, set] : sets_) names.push_back(name);
  return names;
}

}  // namespace audio_stream::dialect::rules
