/* Loading modules, registering what they offer, running it. */
#ifndef SWITCH_LOADABLE_MODULE_H
#define SWITCH_LOADABLE_MODULE_H

SWITCH_BEGIN_EXTERN_C

struct switch_loadable_module_interface {
  const char* module_name;
  switch_application_interface_t* application_interface;
  switch_api_interface_t* api_interface;
  switch_thread_rwlock_t* rwlock; /* read-locked while in use: unload needs it for writing */
  int refs;
  switch_memory_pool_t* pool;
};

SWITCH_DECLARE(switch_loadable_module_interface_t*)
switch_loadable_module_create_module_interface(switch_memory_pool_t* pool, const char* name);
SWITCH_DECLARE(void*)
switch_loadable_module_create_interface(switch_loadable_module_interface_t* mod,
                                        switch_module_interface_name_t iname);

#define SWITCH_ADD_API(api_int, int_name, descript, funcptr, syntax_string)     \
  for (;;) {                                                                    \
    api_int = (switch_api_interface_t*)switch_loadable_module_create_interface( \
        *module_interface, SWITCH_API_INTERFACE);                               \
    api_int->interface_name = int_name;                                         \
    api_int->desc = descript;                                                   \
    api_int->function = funcptr;                                                \
    api_int->syntax = syntax_string;                                            \
    break;                                                                      \
  }

#define SWITCH_ADD_APP(app_int, int_name, short_descript, long_descript, funcptr, syntax_string, \
                       app_flags)                                                                \
  for (;;) {                                                                                     \
    app_int = (switch_application_interface_t*)switch_loadable_module_create_interface(          \
        *module_interface, SWITCH_APPLICATION_INTERFACE);                                        \
    app_int->interface_name = int_name;                                                          \
    app_int->application_function = funcptr;                                                     \
    app_int->short_desc = short_descript;                                                        \
    app_int->long_desc = long_descript;                                                          \
    app_int->syntax = syntax_string;                                                             \
    app_int->flags = app_flags;                                                                  \
    break;                                                                                       \
  }

SWITCH_DECLARE(switch_status_t)
switch_loadable_module_load_module(const char* dir, const char* fname, switch_bool_t runtime,
                                   const char** err);
SWITCH_DECLARE(switch_status_t)
switch_loadable_module_unload_module(const char* dir, const char* fname, switch_bool_t force,
                                     const char** err);
SWITCH_DECLARE(switch_status_t) switch_loadable_module_exists(const char* mod);

SWITCH_DECLARE(switch_status_t)
switch_api_execute(const char* cmd, const char* arg, switch_core_session_t* session,
                   switch_stream_handle_t* stream);

SWITCH_END_EXTERN_C

#endif
