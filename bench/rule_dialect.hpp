// A built-in dialect for the benchmarks.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "dialect/rules/catalog.hpp"
#include "dialect/rules/rule_dialect.hpp"

namespace bench {

inline std::unique_ptr<audio_stream::dialect::Dialect> rule_dialect(const std::string& name) {
  namespace rules = audio_stream::dialect::rules;
  constexpr std::size_t kEventBytes = std::size_t{1024} * 1024;
  auto bound = rules::bind(rules::Catalog::built_in().find(name),
                           [](std::string_view) { return std::string{"0123456789abcdef"}; });
  return std::make_unique<rules::RuleDialect>(
      std::make_shared<const rules::BoundRules>(std::move(*bound)),
      rules::RuleDialect::Facts{8000, {kEventBytes, false, 8000}});
}

}  // namespace bench
