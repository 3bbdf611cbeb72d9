#include "ledger.hpp"

#include <cstring>
#include <string_view>

namespace races {
namespace {

std::string header(const switch_event_t& event, std::string_view name) {
  for (const auto* each = event.headers; each != nullptr; each = each->next) {
    if (name == each->name) return each->value == nullptr ? "" : each->value;
  }
  return "";
}

}  // namespace

Ledger::Ledger() {
  switch_event_bind_removable("races", SWITCH_EVENT_CUSTOM, SWITCH_EVENT_SUBCLASS_ANY, on_event,
                              this, &node_);
}

Ledger::~Ledger() {
  switch_event_unbind(&node_);
}

void Ledger::on_event(switch_event_t* event) {
  const char* name = event->subclass_name;
  if (name == nullptr || std::strncmp(name, "mod_audio_stream::", 18) != 0) return;
  static_cast<Ledger*>(event->bind_user_data)->take(*event);
}

void Ledger::take(const switch_event_t& event) {
  const std::string uuid = header(event, "Unique-ID");
  const bool final = header(event, "Stream-Final") == "true";
  const std::string body = event.body == nullptr ? "" : event.body;
  const std::lock_guard lock{mutex_};
  const auto found = accounts_.find(uuid);
  if (found == accounts_.end()) return;
  Account& account = found->second;
  ++account.events;
  if (!final) return;
  ++account.finals;
  if (body.find("\"stats\":{\"reason\":") == std::string::npos) ++account.broken;
  account.last = body;
  changed_.notify_all();
}

void Ledger::open(const std::string& uuid) {
  const std::lock_guard lock{mutex_};
  accounts_[uuid] = {};
}

bool Ledger::wait_for_finals(const std::string& uuid, unsigned finals,
                             std::chrono::milliseconds timeout) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, timeout, [&] { return accounts_[uuid].finals >= finals; });
}

Account Ledger::close(const std::string& uuid) {
  const std::lock_guard lock{mutex_};
  const auto taken = accounts_.extract(uuid);
  return taken.empty() ? Account{} : taken.mapped();
}

}  // namespace races
