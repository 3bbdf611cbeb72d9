#include "freeswitch/event_headers.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

#include "control/variable_names.hpp"

namespace audio_stream::freeswitch {
namespace {

struct DestroyEvent {
  void operator()(switch_event_t* event) const noexcept { switch_event_destroy(&event); }
};

/// `text` with JSON's escapes replaced by the characters they stand for. Escapes beyond ASCII stay,
/// because the value of an HTTP header is ASCII.
std::string without_escapes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char escaped = text[++i];
    unsigned code = 0;
    const std::string_view digits = text.substr(i + 1, 4);
    if (escaped == 'u' && digits.size() == 4 &&
        std::from_chars(digits.data(), digits.data() + 4, code, 16).ptr == digits.data() + 4 &&
        code < 0x80) {
      out += static_cast<char>(code);
      i += 4;
    } else {
      out += escaped;
    }
  }
  return out;
}

bool is_secret(std::string_view name, std::string_view value,
               const std::vector<std::string>& secrets) {
  if (control::ends_in_secret_variable(name)) return true;  // variable_X and scope_variable_X
  // The headers of the switch itself (the call's uuid, the caller's number) are no secret, even if
  // a user has put the same value into STREAM_EXTRA_HEADERS. A variable with that value is one.
  if (!name.starts_with("variable_") && !name.starts_with("scope_variable_")) return false;
  const auto holds_one = [&secrets](std::string_view text) {
    return std::any_of(secrets.begin(), secrets.end(), [text](const std::string& secret) {
      return text.find(secret) != std::string_view::npos;
    });
  };
  // A variable may hold a secret with JSON's escapes: "ab\/cd".
  return holds_one(value) ||
         (value.find('\\') != std::string_view::npos && holds_one(without_escapes(value)));
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
