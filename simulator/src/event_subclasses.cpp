#include "event_subclasses.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>

#include "switch.h"

namespace {

struct Reservation {
  std::string owner;
  bool by_listener;
};

struct Subclasses {
  std::mutex mutex;
  std::map<std::string, Reservation> reserved;
};

Subclasses& subclasses() {
  static Subclasses instance;
  return instance;
}

}  // namespace

void simulator::keep_subclass_for_listener(const char* binder, const char* subclass) {
  const std::lock_guard lock(subclasses().mutex);
  subclasses().reserved.try_emplace(subclass, Reservation{binder, true});
}

std::size_t simulator::subclasses_reserved() {
  const std::lock_guard lock(subclasses().mutex);
  return static_cast<std::size_t>(
      std::count_if(subclasses().reserved.begin(), subclasses().reserved.end(),
                    [](const auto& entry) { return !entry.second.by_listener; }));
}

void simulator::forget_subclasses() {
  const std::lock_guard lock(subclasses().mutex);
  subclasses().reserved.clear();
}

switch_status_t switch_event_reserve_subclass_detailed(const char* owner,
                                                       const char* subclass_name) {
  const std::lock_guard lock(subclasses().mutex);
  const auto [entry, fresh] =
      subclasses().reserved.try_emplace(subclass_name, Reservation{owner, false});
  if (fresh) return SWITCH_STATUS_SUCCESS;
  if (!entry->second.by_listener) return SWITCH_STATUS_INUSE;
  // The real core keeps the listener as the owner, so that a free by the module only hands the
  // subclass back to the listener. Keeping that is what makes load, unload, load work.
  entry->second.by_listener = false;
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_free_subclass_detailed(const char* owner, const char* subclass_name) {
  const std::lock_guard lock(subclasses().mutex);
  const auto entry = subclasses().reserved.find(subclass_name);
  if (entry == subclasses().reserved.end()) return SWITCH_STATUS_FALSE;
  if (entry->second.owner != owner) {
    entry->second.by_listener = true;
    return SWITCH_STATUS_FALSE;
  }
  subclasses().reserved.erase(entry);
  return SWITCH_STATUS_SUCCESS;
}
