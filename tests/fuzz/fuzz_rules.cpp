// A file of dialects, as a user writes it.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/utf8.hpp"
#include "dialect/rules/catalog.hpp"
#include "dialect/rules/rule_dialect.hpp"
#include "dialect/rules/rule_reader.hpp"
#include "must.hpp"

namespace {

using namespace audio_stream;
using namespace audio_stream::dialect;

void use(const std::shared_ptr<const rules::RuleSet>& set) {
  auto bound = rules::bind(set, [](std::string_view) { return std::string{"1"}; });
  if (!bound) return;
  rules::RuleDialect dialect{std::make_shared<const rules::BoundRules>(std::move(*bound)),
                             {8000, {1000, true, 8000}}};
  static_cast<void>(dialect.open(0));
  static_cast<void>(
      dialect.understand_text(R"({"type":"a","media":{"payload":"AAAA"},"a":[1,2]})"));
  static_cast<void>(dialect.understand_text("WORD one two"));
  static_cast<void>(dialect.understand_binary("abcd"));
  static_cast<void>(dialect.digit('1', 100));
  static_cast<void>(dialect.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view xml = as_text(data, size);
  rules::Catalog catalog;
  for (const std::string& fault : catalog.add(xml, "f")) {
    must(!fault.empty() && fault.starts_with("f"), "a fault names its file", fault);
  }
  for (const std::string& name : catalog.names()) use(catalog.find(name));
  return 0;
}
