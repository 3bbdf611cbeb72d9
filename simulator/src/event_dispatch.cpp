#include "event_dispatch.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "event_subclasses.hpp"
#include "rwlock.hpp"
#include "simulator/core.hpp"
#include "switch.h"
#include "switch_thread.hpp"
#include "violation.hpp"

// The type behind switch_event_node_t.
struct switch_event_node {
  std::string id;
  switch_event_types_t event_id;
  std::string subclass;
  bool any_subclass;
  switch_event_callback_t callback;
  void* user_data;
};

namespace {

using simulator::ReadGuard;
using simulator::WriteGuard;

constexpr std::size_t kQueueLimit = 10000;  // the real core's, for one dispatch thread

struct Dispatch {
  Dispatch() = default;
  Dispatch(const Dispatch&) = delete;
  Dispatch& operator=(const Dispatch&) = delete;
  ~Dispatch() { stop(); }  // for a process that ends without stopping the core

  void stop() {
    const std::lock_guard lock(mutex);
    running = false;
    changed.notify_all();
  }

  // Bindings, the newest first. Held for reading while an event is delivered.
  simulator::OwnRwlock bindings_lock{"the event bindings' lock"};
  std::vector<std::unique_ptr<switch_event_node>> bindings;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<switch_event_t*> queue;
  std::uint64_t fired = 0;
  std::uint64_t delivered = 0;
  bool ever_started = false;
  bool running = false;
  std::unique_ptr<simulator::SwitchThread> thread;
};

Dispatch& dispatch() {
  static Dispatch instance;
  return instance;
}

bool wants(const switch_event_node& node, const switch_event_t& event) {
  if (node.event_id != SWITCH_EVENT_ALL && node.event_id != event.event_id) return false;
  if (node.any_subclass) return true;
  return event.subclass_name != nullptr && node.subclass == event.subclass_name;
}

void deliver(switch_event_t* event) {
  const ReadGuard guard(dispatch().bindings_lock, "delivering an event");
  // Bindings to all events come after those to this type, whatever their age.
  for (const bool all : {false, true}) {
    for (const auto& node : dispatch().bindings) {
      if ((node->event_id == SWITCH_EVENT_ALL) != all || !wants(*node, *event)) continue;
      event->bind_user_data = node->user_data;
      simulator::guarded("an event callback", [&] { node->callback(event); });
    }
  }
}

void run() {
  Dispatch& d = dispatch();
  std::unique_lock lock(d.mutex);
  for (;;) {
    d.changed.wait(lock, [&] { return !d.queue.empty() || !d.running; });
    if (d.queue.empty()) return;
    switch_event_t* event = d.queue.front();
    d.queue.pop_front();
    lock.unlock();
    deliver(event);
    switch_event_destroy(&event);
    lock.lock();
    ++d.delivered;
    d.changed.notify_all();
  }
}

}  // namespace

void simulator::start_event_dispatch() {
  Dispatch& d = dispatch();
  const std::lock_guard lock(d.mutex);
  d.ever_started = true;
  d.running = true;
  d.thread = std::make_unique<SwitchThread>(run);
}

void simulator::stop_event_dispatch() {
  Dispatch& d = dispatch();
  d.stop();
  d.thread.reset();
  const WriteGuard guard(d.bindings_lock, "stopping the events");
  d.bindings.clear();
  forget_subclasses();
}

std::size_t simulator::event_bindings() {
  const ReadGuard guard(dispatch().bindings_lock, "census");
  return dispatch().bindings.size();
}

void simulator::wait_for_events() {
  Dispatch& d = dispatch();
  std::unique_lock lock(d.mutex);
  const std::uint64_t target = d.fired;
  d.changed.wait(lock, [&] { return d.delivered >= target; });
}

switch_status_t switch_event_running() {
  const std::lock_guard lock(dispatch().mutex);
  return dispatch().running ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}

switch_status_t switch_event_fire_detailed(const char* file, const char*, int line,
                                           switch_event_t** event, void* user_data) {
  Dispatch& d = dispatch();
  std::unique_lock lock(d.mutex);
  if (!d.ever_started) {
    simulator::violation("%s:%d fires an event before the core was started", file, line);
  }
  d.changed.wait(lock, [&] { return d.queue.size() < kQueueLimit || !d.running; });
  if (!d.running) {
    lock.unlock();
    switch_event_destroy(event);
    return SWITCH_STATUS_SUCCESS;
  }
  if (user_data != nullptr) (*event)->event_user_data = user_data;
  d.queue.push_back(*event);
  *event = nullptr;
  ++d.fired;
  d.changed.notify_all();
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_bind_removable(const char* id, switch_event_types_t event,
                                            const char* subclass_name,
                                            switch_event_callback_t callback, void* user_data,
                                            switch_event_node_t** node) {
  if (node != nullptr) *node = nullptr;
  if (subclass_name != nullptr) simulator::keep_subclass_for_listener(id, subclass_name);
  auto fresh = std::make_unique<switch_event_node>(
      switch_event_node{id, event, subclass_name == nullptr ? "" : subclass_name,
                        subclass_name == nullptr, callback, user_data});
  const WriteGuard guard(dispatch().bindings_lock, "switch_event_bind");
  if (node != nullptr) *node = fresh.get();
  dispatch().bindings.insert(dispatch().bindings.begin(), std::move(fresh));
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_bind(const char* id, switch_event_types_t event,
                                  const char* subclass_name, switch_event_callback_t callback,
                                  void* user_data) {
  return switch_event_bind_removable(id, event, subclass_name, callback, user_data, nullptr);
}

switch_status_t switch_event_unbind(switch_event_node_t** node) {
  if (*node == nullptr) return SWITCH_STATUS_FALSE;
  const WriteGuard guard(dispatch().bindings_lock, "switch_event_unbind");
  const auto removed =
      std::erase_if(dispatch().bindings, [=](const auto& each) { return each.get() == *node; });
  if (removed == 0) return SWITCH_STATUS_FALSE;
  *node = nullptr;
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_unbind_callback(switch_event_callback_t callback) {
  const WriteGuard guard(dispatch().bindings_lock, "switch_event_unbind_callback");
  const auto removed = std::erase_if(dispatch().bindings,
                                     [=](const auto& each) { return each->callback == callback; });
  return removed > 0 ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}
