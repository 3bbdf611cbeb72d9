#include "control/variable_names.hpp"

#include <algorithm>
#include <cstddef>

#include "base/blanks.hpp"
#include "base/letter_case.hpp"
#include "control/words.hpp"

namespace audio_stream::control {

bool ends_in_secret_variable(std::string_view name) noexcept {
  return std::ranges::any_of(kSecretVariables, [name](std::string_view variable) {
    return name.size() >= variable.size() &&
           base::equals_ignoring_case(name.substr(name.size() - variable.size()), variable);
  });
}

std::vector<std::string> hello_variables(const std::string& list) {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t comma = std::min(list.find(',', begin), list.size());
    std::string name{base::trimmed(std::string_view{list}.substr(begin, comma - begin))};
    begin = comma + 1;
    if (!name.empty() && !ends_in_secret_variable(name)) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace audio_stream::control
