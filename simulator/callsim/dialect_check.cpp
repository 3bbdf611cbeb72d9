#include "dialect_check.hpp"

#include <fstream>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

#include "dialect/rules/catalog.hpp"
#include "dialect/rules/rule_reader.hpp"

namespace callsim {

namespace rules = audio_stream::dialect::rules;

int check_dialects(const std::filesystem::path& file, std::ostream& out) {
  std::ifstream in(file);
  const std::string xml{std::istreambuf_iterator<char>(in), {}};
  rules::Catalog catalog = rules::Catalog::built_in();
  const std::vector<std::string> faults = catalog.add(xml, file.string());
  for (const std::string& fault : faults) out << fault << '\n';
  if (!faults.empty()) return 1;
  for (const rules::RuleSet& set : rules::read_dialects(xml, file.string()).sets) {
    out << file.string() << ": the dialect " << set.name << " is right\n";
  }
  return 0;
}

}  // namespace callsim
