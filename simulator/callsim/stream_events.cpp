#include "stream_events.hpp"

#include <algorithm>
#include <cstring>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>

namespace callsim {
namespace {

constexpr const char* kPrefix = "mod_audio_stream::";
using Json = nlohmann::ordered_json;

std::string compact(std::string body) {
  std::replace_if(
      body.begin(), body.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return body;
}

std::string text_of(const char* value) {
  return value == nullptr ? "" : value;
}

}  // namespace

StreamEvents::StreamEvents(Screen& screen, bool json) : screen_(screen), json_(json) {
  switch_event_bind_removable("callsim", SWITCH_EVENT_CUSTOM, nullptr, on_event, this, &node_);
}

StreamEvents::~StreamEvents() {
  switch_event_unbind(&node_);
}

void StreamEvents::on_event(switch_event_t* event) {
  if (std::strncmp(text_of(event->subclass_name).c_str(), kPrefix, std::strlen(kPrefix)) != 0) {
    return;
  }
  static_cast<StreamEvents*>(event->bind_user_data)->take(event);
}

void StreamEvents::take(switch_event_t* event) {
  const std::string name = event->subclass_name + std::strlen(kPrefix);
  screen_.line(json_ ? as_json(event, event->subclass_name) : as_line(event, name));
  const bool final = switch_true(switch_event_get_header(event, "Stream-Final")) == SWITCH_TRUE;
  const std::lock_guard lock(mutex_);
  if (name == "connect") connected_ = true;
  if (final) final_ = name;
  changed_.notify_all();
}

std::string StreamEvents::as_line(switch_event_t* event, const std::string& name) const {
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - start_;
  std::ostringstream line;
  line << '[' << std::fixed << std::setprecision(3) << std::setw(8) << since.count() << "] "
       << std::left << std::setw(10) << name << ' ';
  const std::string stream = text_of(switch_event_get_header(event, "Stream-Name"));
  if (!stream.empty() && stream != "default") line << '(' << stream << ") ";
  line << compact(text_of(switch_event_get_body(event)));
  return line.str();
}

std::string StreamEvents::as_json(switch_event_t* event, const std::string& name) {
  Json headers = Json::object();
  for (const auto* header = event->headers; header != nullptr; header = header->next) {
    if (std::strncmp(header->name, "Stream-", 7) == 0) headers[header->name] = header->value;
  }
  headers["Unique-ID"] = text_of(switch_event_get_header(event, "Unique-ID"));
  const std::string text = text_of(switch_event_get_body(event));
  Json body = Json::parse(text, nullptr, false);
  if (body.is_discarded()) body = text;
  const Json line = {{"event", name}, {"headers", headers}, {"body", body}};
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool StreamEvents::wait_for_connection(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [this] { return connected_ || final_; });
}

bool StreamEvents::wait_for_end(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [this] { return final_.has_value(); });
}

bool StreamEvents::connected() const {
  const std::lock_guard lock(mutex_);
  return connected_;
}

bool StreamEvents::ended() const {
  const std::lock_guard lock(mutex_);
  return final_.has_value();
}

bool StreamEvents::ended_normally() const {
  const std::lock_guard lock(mutex_);
  return connected_ && final_ && *final_ != "error";
}

}  // namespace callsim
