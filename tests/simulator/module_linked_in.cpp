// A module linked into the test program itself, with an API command and an application.
#include "module_linked_in.hpp"

#include <string>

#include "switch.h"

SWITCH_BEGIN_EXTERN_C
SWITCH_MODULE_LOAD_FUNCTION(mod_linked_in_load);
SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_linked_in_shutdown);
SWITCH_MODULE_RUNTIME_FUNCTION(mod_linked_in_runtime);
SWITCH_MODULE_DEFINITION(mod_linked_in, mod_linked_in_load, mod_linked_in_shutdown,
                         mod_linked_in_runtime);
SWITCH_END_EXTERN_C

namespace simulator::testing {

LinkedIn& linked_in() {
  static LinkedIn instance;
  return instance;
}

}  // namespace simulator::testing

namespace {

using simulator::testing::linked_in;

SWITCH_STANDARD_API(linked_in_api) {
  linked_in().session = session;
  if (linked_in().in_api) linked_in().in_api();
  stream->write_function(stream, "+OK [%s]\n", cmd);
  return std::string(cmd) == "fail" ? SWITCH_STATUS_FALSE : SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_APP(linked_in_app) {
  linked_in().session = session;
  linked_in().app_data = data;
}

}  // namespace

SWITCH_MODULE_LOAD_FUNCTION(mod_linked_in_load) {
  if (linked_in().load_result == SWITCH_STATUS_GENERR) return SWITCH_STATUS_GENERR;
  *module_interface = switch_loadable_module_create_module_interface(pool, modname);
  switch_api_interface_t* api = nullptr;
  switch_application_interface_t* app = nullptr;
  SWITCH_ADD_API(api, "linked_in", "a test", linked_in_api, "<text>");
  SWITCH_ADD_APP(app, "linked_in", "a test", "a test", linked_in_app, "<text>", SAF_NONE);
  linked_in().module_interface = *module_interface;
  ++linked_in().loads;
  return linked_in().load_result;
}

SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_linked_in_shutdown) {
  ++linked_in().shutdowns;
  return SWITCH_STATUS_SUCCESS;
}

SWITCH_MODULE_RUNTIME_FUNCTION(mod_linked_in_runtime) {
  ++linked_in().runs;
  return SWITCH_STATUS_TERM;
}
