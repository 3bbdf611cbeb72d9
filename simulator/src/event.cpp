#include "event.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <ctime>
#include <iomanip>
#include <sstream>
#include <utility>

#include "c_memory.hpp"

namespace simulator {
namespace {

std::atomic<std::size_t> alive{0};
std::atomic<std::uint64_t> sequence{0};

Event& of(switch_event_t* event) {
  return *static_cast<Event*>(event);
}

bool is_set(const switch_event_t& event, switch_event_flag_t flag) {
  return (event.flags & flag) != 0;
}

void add_text(switch_event_t* event, const char* name, const std::string& value) {
  of(event).add(SWITCH_STACK_BOTTOM, name, value);
}

std::string date(const char* format, std::time_t seconds, bool local) {
  std::tm broken{};
  if (local) {
    localtime_r(&seconds, &broken);
  } else {
    gmtime_r(&seconds, &broken);
  }
  std::ostringstream text;
  text << std::put_time(&broken, format);
  return text.str();
}

void add_standard_headers(switch_event_t* event, const char* file, const char* func, int line) {
  const switch_time_t now = switch_micro_time_now();
  const std::time_t seconds = now / 1000000;
  const char* slash = std::strrchr(file, '/');
  add_text(event, "Event-Name", switch_event_name(event->event_id));
  add_text(event, "Core-UUID", switch_core_get_uuid());
  add_text(event, "FreeSWITCH-Hostname", switch_core_get_hostname());
  add_text(event, "FreeSWITCH-Switchname", switch_core_get_switchname());
  add_text(event, "FreeSWITCH-IPv4", "127.0.0.1");
  add_text(event, "FreeSWITCH-IPv6", "::1");
  add_text(event, "Event-Date-Local", date("%Y-%m-%d %H:%M:%S", seconds, true));
  add_text(event, "Event-Date-GMT", date("%a, %d %b %Y %H:%M:%S GMT", seconds, false));
  add_text(event, "Event-Date-Timestamp", std::to_string(now));
  add_text(event, "Event-Calling-File", slash == nullptr ? file : slash + 1);
  add_text(event, "Event-Calling-Function", func);
  add_text(event, "Event-Calling-Line-Number", std::to_string(line));
  add_text(event, "Event-Sequence", std::to_string(++sequence));
}

}  // namespace

std::size_t events_alive() {
  return alive;
}

EventHeader::EventHeader(const char* header_name, std::string text)
    : switch_event_header{}, name_text(header_name) {
  name = name_text.data();
  set_values({std::move(text)});
}

void EventHeader::set_values(std::vector<std::string> new_values) {
  values = std::move(new_values);
  value_pointers.clear();
  if (values.size() == 1) {
    value_text = values.front();
  } else {
    value_text = "ARRAY::";
    for (std::string& each : values) {
      if (&each != &values.front()) value_text += "|:";
      value_text += each;
      value_pointers.push_back(each.data());
    }
  }
  value = value_text.data();
  array = value_pointers.empty() ? nullptr : value_pointers.data();
  idx = static_cast<int>(value_pointers.size());
}

Event::Event(switch_event_types_t id) : switch_event{} {
  event_id = id;
}

void Event::set_subclass(const char* name) {
  subclass_text_ = name;
  subclass_name = subclass_text_.data();
}

void Event::set_body(std::string text) {
  body_text_ = std::move(text);
  body = body_text_.data();
}

EventHeader* Event::find(const char* name) {
  for (const auto& header : list_) {
    if (strcasecmp(header->name, name) == 0) return header.get();
  }
  return nullptr;
}

void Event::add(switch_stack_t stack, const char* name, std::string value) {
  if (std::strcmp(name, "_body") == 0) set_body(value);
  const bool array = (stack & (SWITCH_STACK_PUSH | SWITCH_STACK_UNSHIFT)) != 0;
  if (array) {
    if (EventHeader* existing = find(name)) {
      std::vector<std::string> values = existing->values;
      const bool push = (stack & SWITCH_STACK_PUSH) != 0;
      values.insert(push ? values.end() : values.begin(), std::move(value));
      existing->set_values(std::move(values));
      return;
    }
  }
  if (value.empty()) {
    remove(name, nullptr);
    return;
  }
  if (is_set(*this, EF_UNIQ_HEADERS)) remove(name, nullptr);
  auto header = std::make_unique<EventHeader>(name, std::move(value));
  list_.insert((stack & SWITCH_STACK_TOP) != 0 ? list_.begin() : list_.end(), std::move(header));
  link();
}

bool Event::remove(const char* name, const char* value) {
  const bool any = value == nullptr || *value == '\0';
  const auto removed = std::erase_if(list_, [=](const auto& header) {
    return strcasecmp(header->name, name) == 0 && (any || std::strcmp(header->value, value) == 0);
  });
  if (removed > 0) link();
  return removed > 0;
}

void Event::link() {
  headers = list_.empty() ? nullptr : list_.front().get();
  last_header = list_.empty() ? nullptr : list_.back().get();
  for (std::size_t i = 0; i < list_.size(); ++i) {
    list_[i]->next = i + 1 < list_.size() ? list_[i + 1].get() : nullptr;
  }
}

}  // namespace simulator

using simulator::Event;
using simulator::of;

switch_status_t switch_event_create_subclass_detailed(const char* file, const char* func, int line,
                                                      switch_event_t** event,
                                                      switch_event_types_t event_id,
                                                      const char* subclass_name) {
  *event = nullptr;
  if (event_id != SWITCH_EVENT_CLONE && event_id != SWITCH_EVENT_CUSTOM &&
      subclass_name != nullptr) {
    return SWITCH_STATUS_GENERR;
  }
  auto fresh = std::make_unique<Event>(event_id);
  if (event_id == SWITCH_EVENT_REQUEST_PARAMS || event_id == SWITCH_EVENT_CHANNEL_DATA ||
      event_id == SWITCH_EVENT_MESSAGE) {
    fresh->flags |= EF_UNIQ_HEADERS;
  }
  if (event_id != SWITCH_EVENT_CLONE) {
    simulator::add_standard_headers(fresh.get(), file, func, line);
  }
  if (subclass_name != nullptr) {
    fresh->set_subclass(subclass_name);
    fresh->add(SWITCH_STACK_BOTTOM, "Event-Subclass", subclass_name);
  }
  ++simulator::alive;
  *event = fresh.release();
  return SWITCH_STATUS_SUCCESS;
}

void switch_event_destroy(switch_event_t** event) {
  if (*event == nullptr) return;
  const std::unique_ptr<Event> dying(static_cast<Event*>(*event));
  *event = nullptr;
  --simulator::alive;
}

switch_status_t switch_event_dup(switch_event_t** event, switch_event_t* todup) {
  switch_event_create_subclass(event, SWITCH_EVENT_CLONE, todup->subclass_name);
  Event& copy = of(*event);
  copy.event_id = todup->event_id;
  copy.event_user_data = todup->event_user_data;
  copy.bind_user_data = todup->bind_user_data;
  copy.flags = todup->flags;
  copy.key = todup->key;
  for (switch_event_header_t* header = todup->headers; header != nullptr; header = header->next) {
    if (todup->subclass_name != nullptr && std::strcmp(header->name, "Event-Subclass") == 0) {
      continue;
    }
    for (int i = 0; i < header->idx; ++i) {
      copy.add(SWITCH_STACK_PUSH, header->name, header->array[i]);
    }
    if (header->idx == 0) copy.add(SWITCH_STACK_BOTTOM, header->name, header->value);
  }
  if (todup->body != nullptr) copy.set_body(todup->body);
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_add_header(switch_event_t* event, switch_stack_t stack,
                                        const char* header_name, const char* fmt, ...) {
  va_list arguments;
  va_start(arguments, fmt);
  of(event).add(stack, header_name, simulator::print(fmt, arguments));
  va_end(arguments);
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_add_header_string(switch_event_t* event, switch_stack_t stack,
                                               const char* header_name, const char* data) {
  if (data == nullptr) return SWITCH_STATUS_GENERR;
  of(event).add(stack, header_name, data);
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_del_header_val(switch_event_t* event, const char* header_name,
                                            const char* val) {
  return of(event).remove(header_name, val) ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}

switch_event_header_t* switch_event_get_header_ptr(switch_event_t* event, const char* header_name) {
  return header_name == nullptr ? nullptr : of(event).find(header_name);
}

char* switch_event_get_header_idx(switch_event_t* event, const char* header_name, int idx) {
  switch_event_header_t* header = switch_event_get_header_ptr(event, header_name);
  if (header == nullptr) return std::strcmp(header_name, "_body") == 0 ? event->body : nullptr;
  if (idx < 0) return header->value;
  return idx < header->idx ? header->array[idx] : nullptr;
}

switch_status_t switch_event_add_body(switch_event_t* event, const char* fmt, ...) {
  if (fmt == nullptr) return SWITCH_STATUS_GENERR;
  va_list arguments;
  va_start(arguments, fmt);
  of(event).set_body(simulator::print(fmt, arguments));
  va_end(arguments);
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_set_body(switch_event_t* event, const char* body) {
  if (body != nullptr) {
    of(event).set_body(body);
  } else {
    event->body = nullptr;
  }
  return SWITCH_STATUS_SUCCESS;
}

char* switch_event_get_body(switch_event_t* event) {
  return event->body;
}
