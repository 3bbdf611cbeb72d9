// A module in a file of its own, without a shutdown routine. Its counter starts at 0 each time it
// is mapped.

#include "switch.h"

SWITCH_BEGIN_EXTERN_C
SWITCH_MODULE_LOAD_FUNCTION(mod_shared_load);
SWITCH_MODULE_DEFINITION(mod_shared, mod_shared_load, nullptr, nullptr);
SWITCH_END_EXTERN_C

namespace {

int calls_since_mapped = 0;

SWITCH_STANDARD_API(shared_api) {
  static_cast<void>(cmd);
  static_cast<void>(session);
  stream->write_function(stream, "%d", ++calls_since_mapped);
  return SWITCH_STATUS_SUCCESS;
}

}  // namespace

SWITCH_MODULE_LOAD_FUNCTION(mod_shared_load) {
  *module_interface = switch_loadable_module_create_module_interface(pool, modname);
  switch_api_interface_t* api = nullptr;
  SWITCH_ADD_API(api, "shared", "a test", shared_api, "");
  return SWITCH_STATUS_SUCCESS;
}
