// The memory behind a switch_event_t.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "switch.h"

namespace simulator {

/// A header, or an array of values under one name.
struct EventHeader : switch_event_header {
  EventHeader(const char* header_name, std::string text);
  void set_values(std::vector<std::string> values);

  std::string name_text;
  std::string value_text;
  std::vector<std::string> values;    ///< more than one makes it an array
  std::vector<char*> value_pointers;  ///< into `values`, for `array`
};

/// An event whose C members point into its own C++ ones. Not thread-safe, as in the real core.
class Event : public switch_event {
 public:
  explicit Event(switch_event_types_t id);

  void set_subclass(const char* name);
  void set_body(std::string text);
  /// An empty value removes the header instead, as in the real core.
  void add(switch_stack_t stack, const char* name, std::string value);
  bool remove(const char* name, const char* value);
  EventHeader* find(const char* name);

 private:
  void link();
  std::vector<std::unique_ptr<EventHeader>> list_;
  std::string subclass_text_;
  std::string body_text_;
};

/// Events created and not destroyed.
std::size_t events_alive();

}  // namespace simulator
