#include "freeswitch/event_headers.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

#include "stream/options.hpp"

namespace audio_stream::freeswitch {
namespace {

struct DestroyEvent {
  void operator()(switch_event_t* event) const noexcept { switch_event_destroy(&event); }
};

bool is_secret(std::string_view name, std::string_view value,
               const std::vector<std::string>& secrets) {
  for (const std::string_view variable : stream::kSecretVariables) {
    if (name.ends_with(variable)) return true;  // variable_X and scope_variable_X
  }
  // What the switch itself says of the call (its uuid, the caller's number) is no secret, even if
  // the user put it into a header; a variable that repeats one is.
  if (!name.starts_with("variable_") && !name.starts_with("scope_variable_")) return false;
  return std::any_of(secrets.begin(), secrets.end(), [value](const std::string& secret) {
    return value.find(secret) != std::string_view::npos;
  });
}

}  // namespace

RememberedHeaders::RememberedHeaders(switch_channel_t* channel) {
  switch_event_t* event = nullptr;
  if (switch_event_create(&event, SWITCH_EVENT_CLONE) != SWITCH_STATUS_SUCCESS) return;
  const std::unique_ptr<switch_event_t, DestroyEvent> owner{event};
  switch_channel_event_set_basic_data(channel, event);
  for (const auto* header = event->headers; header != nullptr; header = header->next) {
    if (header->value == nullptr) continue;
    text_.append(header->name).push_back('\0');
    text_.append(header->value).push_back('\0');
  }
  text_.shrink_to_fit();
}

void RememberedHeaders::add_to(switch_event_t* event) const {
  for (const char* name = text_.data(); name < text_.data() + text_.size();) {
    const char* value = name + std::strlen(name) + 1;
    switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, name, value);
    name = value + std::strlen(value) + 1;
  }
}

void remove_secrets(switch_event_t* event, const std::vector<std::string>& secrets) {
  std::vector<std::string> names;
  for (const auto* header = event->headers; header != nullptr; header = header->next) {
    if (header->value != nullptr && is_secret(header->name, header->value, secrets)) {
      names.emplace_back(header->name);
    }
  }
  for (const std::string& name : names) switch_event_del_header(event, name.c_str());
}

}  // namespace audio_stream::freeswitch
