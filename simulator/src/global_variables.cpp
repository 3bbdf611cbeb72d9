#include "global_variables.hpp"

#include <map>
#include <mutex>

#include "c_memory.hpp"
#include "switch.h"

namespace {

struct CaseInsensitive {
  bool operator()(const std::string& a, const std::string& b) const {
    return strcasecmp(a.c_str(), b.c_str()) < 0;
  }
};

struct Variables {
  std::mutex mutex;
  std::map<std::string, std::string, CaseInsensitive> values;
};

Variables& variables() {
  static Variables instance;
  return instance;
}

}  // namespace

std::optional<std::string> simulator::global_variable(const std::string& name) {
  const std::lock_guard lock(variables().mutex);
  const auto found = variables().values.find(name);
  if (found == variables().values.end()) return std::nullopt;
  return found->second;
}

void simulator::forget_global_variables() {
  const std::lock_guard lock(variables().mutex);
  variables().values.clear();
}

char* switch_core_get_variable_dup(const char* varname) {
  if (zstr(varname)) return nullptr;
  const auto value = simulator::global_variable(varname);
  return value ? simulator::c_string(*value).release() : nullptr;
}

void switch_core_set_variable(const char* varname, const char* value) {
  if (zstr(varname)) return;
  const std::lock_guard lock(variables().mutex);
  if (zstr(value)) {
    variables().values.erase(varname);
  } else {
    variables().values[varname] = value;
  }
}
