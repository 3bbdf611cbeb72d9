#include "module_registry.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "memory_pool.hpp"
#include "switch_thread.hpp"
#include "violation.hpp"

namespace {

using simulator::guarded;
using simulator::InterfaceInUse;

struct CloseLibrary {
  void operator()(void* library) const noexcept { dlclose(library); }
};
using Library = std::unique_ptr<void, CloseLibrary>;

struct DestroyPool {
  void operator()(switch_memory_pool_t* pool) const { switch_core_destroy_memory_pool(&pool); }
};
using Pool = std::unique_ptr<switch_memory_pool_t, DestroyPool>;

struct Module {
  // In this order: the pool goes first, then the library, as the thread and the pool's contents
  // may still refer to the module's code.
  Library library;
  Pool pool;
  switch_loadable_module_interface_t* interface = nullptr;
  const switch_loadable_module_function_table_t* functions = nullptr;
  bool permanent = false;
  std::atomic<bool> shutting_down{false};
  std::unique_ptr<simulator::SwitchThread> runtime;
};

struct Modules {
  // Who exits with modules loaded lets them go when this goes: what keeps pools must be there
  // longer, and so before.
  Modules() {
    switch_memory_pool_t* pool = nullptr;
    switch_core_new_memory_pool(&pool);
    switch_core_destroy_memory_pool(&pool);
  }
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<Module>> loaded;
  std::map<std::string, switch_api_interface_t*> apis;
  std::map<std::string, switch_application_interface_t*> applications;
};

Modules& modules() {
  static Modules instance;
  return instance;
}

template <typename Interface>
InterfaceInUse<Interface> find(const std::map<std::string, Interface*>& known,
                               const std::string& name) {
  const std::lock_guard lock(modules().mutex);
  const auto found = known.find(name);
  if (found == known.end()) return {};
  // A module on its way out holds this for writing, and is no longer there for anybody.
  if (switch_thread_rwlock_tryrdlock(found->second->parent->rwlock) != SWITCH_STATUS_SUCCESS) {
    return {};
  }
  switch_thread_rwlock_rdlock(found->second->rwlock);
  return InterfaceInUse<Interface>(found->second);
}

void fire(switch_event_types_t id, const char* type, const char* name, const char* key) {
  switch_event_t* event = nullptr;
  if (switch_event_create(&event, id) != SWITCH_STATUS_SUCCESS) return;
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "type", type);
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "name", name);
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "key", key);
  switch_event_fire(&event);
}

void announce(const std::string& name, Module& module) {
  const std::lock_guard lock(modules().mutex);
  for (auto* api = module.interface->api_interface; api != nullptr; api = api->next) {
    modules().apis[api->interface_name] = api;
    fire(SWITCH_EVENT_MODULE_LOAD, "api", api->interface_name, name.c_str());
  }
  for (auto* app = module.interface->application_interface; app != nullptr; app = app->next) {
    modules().applications[app->interface_name] = app;
    fire(SWITCH_EVENT_MODULE_LOAD, "application", app->interface_name, name.c_str());
  }
}

/// Takes the module's interfaces away and waits until nobody runs one.
void withdraw(const std::string& name, Module& module) {
  std::vector<switch_thread_rwlock_t*> in_use;
  {
    const std::lock_guard lock(modules().mutex);
    for (auto* api = module.interface->api_interface; api != nullptr; api = api->next) {
      modules().apis.erase(api->interface_name);
      in_use.push_back(api->rwlock);
      fire(SWITCH_EVENT_MODULE_UNLOAD, "api", api->interface_name, name.c_str());
    }
    for (auto* app = module.interface->application_interface; app != nullptr; app = app->next) {
      modules().applications.erase(app->interface_name);
      in_use.push_back(app->rwlock);
      fire(SWITCH_EVENT_MODULE_UNLOAD, "application", app->interface_name, name.c_str());
    }
  }
  for (switch_thread_rwlock_t* lock : in_use) {
    switch_thread_rwlock_wrlock(lock);
    switch_thread_rwlock_unlock(lock);
  }
}

const char* load(const std::string& path, const std::string& name, Module& module) {
  const std::string symbol = name + "_module_interface";
  module.library.reset(dlopen(nullptr, RTLD_NOW));
  void* table = module.library ? dlsym(module.library.get(), symbol.c_str()) : nullptr;
  if (table == nullptr) {
    module.library.reset();  // before the next one: closing forgets the error of opening
    module.library.reset(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL));
    if (!module.library) return dlerror();
    table = dlsym(module.library.get(), symbol.c_str());
    if (table == nullptr) return dlerror();
  }
  module.functions = static_cast<const switch_loadable_module_function_table_t*>(table);
  if (module.functions->switch_api_version != SWITCH_API_VERSION) {
    return "Trying to load an out of date module, please rebuild the module.";
  }
  if (module.functions->load == nullptr) {
    return "Cannot locate symbol 'switch_module_load' please make sure this is a valid module.";
  }
  switch_memory_pool_t* pool = nullptr;
  switch_core_new_memory_pool(&pool);
  module.pool.reset(pool);
  const switch_status_t status =
      guarded("a module's load", [&] { return module.functions->load(&module.interface, pool); });
  if (status != SWITCH_STATUS_SUCCESS && status != SWITCH_STATUS_NOUNLOAD) {
    return "Module load routine returned an error";
  }
  if (module.interface == nullptr) {
    return "Module failed to initialize its module_interface. Is this a valid module?";
  }
  module.permanent = status == SWITCH_STATUS_NOUNLOAD;
  return nullptr;
}

/// False, leaving the module as it is, when it is busy and that matters.
bool shut_down(const std::string& name, Module& module, bool fail_if_busy) {
  switch_thread_rwlock_t* rwlock = module.interface->rwlock;
  if (fail_if_busy && switch_thread_rwlock_trywrlock(rwlock) != SWITCH_STATUS_SUCCESS) {
    switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_WARNING,
                      "Module %s is in use, cannot unload.\n", module.interface->module_name);
    return false;
  }
  module.shutting_down = true;
  withdraw(name, module);
  switch_status_t status = SWITCH_STATUS_SUCCESS;
  if (module.functions->shutdown != nullptr) {
    switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CONSOLE, "Stopping: %s\n",
                      module.interface->module_name);
    status = guarded("a module's shutdown", [&] { return module.functions->shutdown(); });
  }
  if (fail_if_busy) switch_thread_rwlock_unlock(rwlock);
  module.runtime.reset();
  if (status == SWITCH_STATUS_NOUNLOAD) {
    // It asked to stay mapped: its library and its pool are never released.
    static_cast<void>(module.library.release());
    static_cast<void>(module.pool.release());
  }
  return true;
}

void run(const Module& module) {
  while (!module.shutting_down && guarded("a module's runtime", [&] {
                                    return module.functions->runtime();
                                  }) != SWITCH_STATUS_TERM) {
  }
}

}  // namespace

InterfaceInUse<switch_api_interface_t> simulator::find_api(const std::string& name) {
  return find(modules().apis, name);
}
InterfaceInUse<switch_application_interface_t> simulator::find_application(
    const std::string& name) {
  return find(modules().applications, name);
}

std::size_t simulator::modules_loaded() {
  const std::lock_guard lock(modules().mutex);
  return modules().loaded.size();
}

void simulator::shut_modules_down() {
  std::map<std::string, std::unique_ptr<Module>> all;
  {
    const std::lock_guard lock(modules().mutex);
    all.swap(modules().loaded);
  }
  for (auto& [name, module] : all) {
    // One that may not be unloaded is not shut down either.
    if (!module->permanent) shut_down(name, *module, false);
  }
}

switch_loadable_module_interface_t* switch_loadable_module_create_module_interface(
    switch_memory_pool_t* pool, const char* name) {
  auto* module = static_cast<switch_loadable_module_interface_t*>(
      pool->allocate(sizeof(switch_loadable_module_interface_t)));
  module->pool = pool;
  module->module_name = pool->duplicate(name);
  switch_thread_rwlock_create(&module->rwlock, pool);
  return module;
}

void* switch_loadable_module_create_interface(switch_loadable_module_interface_t* mod,
                                              switch_module_interface_name_t iname) {
  const auto add = [mod]<typename Interface>(Interface*& first) -> void* {
    auto* made = static_cast<Interface*>(mod->pool->allocate(sizeof(Interface)));
    switch_thread_rwlock_create(&made->rwlock, mod->pool);
    made->parent = mod;
    Interface** end = &first;
    while (*end != nullptr) end = &(*end)->next;
    *end = made;
    return made;
  };
  switch (iname) {
    case SWITCH_API_INTERFACE:
      return add(mod->api_interface);
    case SWITCH_APPLICATION_INTERFACE:
      return add(mod->application_interface);
    default:
      switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_WARNING, "Invalid Module Type!\n");
      return nullptr;
  }
}

switch_status_t switch_loadable_module_load_module(const char* dir, const char* fname,
                                                   switch_bool_t runtime, const char** err) {
  *err = "";
  std::string name = fname;
  std::string path = name;
  if (const auto slash = name.rfind('/'); slash != std::string::npos) {
    name.erase(0, slash + 1);
  } else {
    path = std::string(dir == nullptr ? "" : dir) + "/" + name.substr(0, name.find('.')) + ".so";
  }
  name.resize(std::min(name.size(), name.find('.')));

  if (switch_loadable_module_exists(name.c_str()) == SWITCH_STATUS_SUCCESS) {
    switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_WARNING, "Module %s Already Loaded!\n",
                      name.c_str());
    *err = "Module already loaded";
    return SWITCH_STATUS_FALSE;
  }
  auto module = std::make_unique<Module>();
  if (const char* problem = load(path, name, *module)) {
    switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CRIT, "Error Loading module %s\n**%s**\n",
                      path.c_str(), problem);
    *err = "module load file routine returned an error";
    return SWITCH_STATUS_GENERR;
  }
  switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CONSOLE, "Successfully Loaded [%s]\n",
                    module->interface->module_name);
  announce(name, *module);
  if (runtime == SWITCH_TRUE && module->functions->runtime != nullptr) {
    module->runtime =
        std::make_unique<simulator::SwitchThread>([running = module.get()] { run(*running); });
  }
  const std::lock_guard lock(modules().mutex);
  modules().loaded.emplace(name, std::move(module));
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_loadable_module_unload_module(const char*, const char* fname,
                                                     switch_bool_t force, const char** err) {
  std::unique_ptr<Module> module;
  {
    const std::lock_guard lock(modules().mutex);
    const auto found = modules().loaded.find(fname);
    if (found == modules().loaded.end()) {
      *err = "No such module!";
      return SWITCH_STATUS_FALSE;
    }
    if (found->second->permanent) {
      *err = "Module is not unloadable";
      return SWITCH_STATUS_NOUNLOAD;
    }
    module = std::move(found->second);
    modules().loaded.erase(found);
  }
  if (shut_down(fname, *module, force == SWITCH_FALSE)) return SWITCH_STATUS_SUCCESS;
  *err = "Module in use.";
  const std::lock_guard lock(modules().mutex);
  modules().loaded.emplace(fname, std::move(module));
  return SWITCH_STATUS_FALSE;
}

switch_status_t switch_loadable_module_exists(const char* mod) {
  const std::lock_guard lock(modules().mutex);
  return modules().loaded.contains(mod) ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}
