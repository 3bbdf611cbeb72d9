// A module built against FreeSWITCH's own headers, as its version tells.
#include "switch.h"

SWITCH_BEGIN_EXTERN_C
SWITCH_MODULE_LOAD_FUNCTION(mod_outdated_load);
SWITCH_MOD_DECLARE_DATA switch_loadable_module_function_table_t mod_outdated_module_interface = {
    5, mod_outdated_load, nullptr, nullptr, SMODF_NONE};
SWITCH_END_EXTERN_C

SWITCH_MODULE_LOAD_FUNCTION(mod_outdated_load) {
  *module_interface = switch_loadable_module_create_module_interface(pool, "mod_outdated");
  return SWITCH_STATUS_SUCCESS;
}
