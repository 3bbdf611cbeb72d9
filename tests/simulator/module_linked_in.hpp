// What the module linked into the test program does and saw.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "switch.h"

namespace simulator::testing {

struct LinkedIn {
  std::atomic<int> loads{0};
  std::atomic<int> shutdowns{0};
  std::atomic<int> runs{0};
  switch_status_t load_result = SWITCH_STATUS_SUCCESS;
  std::function<void()> in_api;
  switch_core_session_t* session = nullptr;
  std::string app_data;
  switch_loadable_module_interface_t* module_interface = nullptr;
};
LinkedIn& linked_in();

}  // namespace simulator::testing
