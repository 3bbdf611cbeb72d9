#include "recorder.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace contract {
namespace {

constexpr const char* kPrefix = "mod_audio_stream::";

// The core passes no user data to a logger's callback.
std::mutex loggers_mutex;
LogRecorder* active_logger = nullptr;

SeenEvent copy_of(const switch_event_t& event) {
  SeenEvent seen;
  if (event.subclass_name != nullptr) {
    seen.name = event.subclass_name;
    if (seen.name.starts_with(kPrefix)) seen.name.erase(0, std::string{kPrefix}.size());
  }
  for (const auto* header = event.headers; header != nullptr; header = header->next) {
    seen.headers.emplace(header->name, header->value == nullptr ? "" : header->value);
  }
  if (event.body != nullptr) seen.body = event.body;
  return seen;
}

}  // namespace

std::string SeenEvent::header(const std::string& key) const {
  const auto found = headers.find(key);
  return found == headers.end() ? "" : found->second;
}

std::string names_of(const std::vector<SeenEvent>& events) {
  std::string names;
  for (const auto& event : events) names += event.name + (event.final() ? "! " : " ");
  return names;
}

EventRecorder::EventRecorder() {
  switch_event_bind_removable("contract tests", SWITCH_EVENT_CUSTOM, SWITCH_EVENT_SUBCLASS_ANY,
                              on_event, this, &node_);
}

EventRecorder::~EventRecorder() {
  switch_event_unbind(&node_);
}

void EventRecorder::on_event(switch_event_t* event) {
  if (event->subclass_name == nullptr || !std::string{event->subclass_name}.starts_with(kPrefix)) {
    return;
  }
  auto& self = *static_cast<EventRecorder*>(event->bind_user_data);
  const std::lock_guard lock{self.mutex_};
  self.events_.push_back(copy_of(*event));
  self.arrived_.notify_all();
}

SeenEvent EventRecorder::wait_for(const std::string& name, std::chrono::milliseconds timeout) {
  return wait_for(
      name, [&](const SeenEvent& event) { return event.name == name; }, timeout);
}

SeenEvent EventRecorder::wait_for_final(const std::string& stream,
                                        std::chrono::milliseconds timeout) {
  const auto final_of_it = [&](const SeenEvent& event) {
    return event.final() && event.header("Stream-Name") == stream;
  };
  {
    const std::lock_guard lock{mutex_};
    const auto earlier = std::find_if(finals_passed_.begin(), finals_passed_.end(), final_of_it);
    if (earlier != finals_passed_.end()) {
      SeenEvent found = std::move(*earlier);
      finals_passed_.erase(earlier);
      return found;
    }
  }
  return wait_for(
      "the final event of " + stream,
      [&](const SeenEvent& event) {
        const bool wanted = final_of_it(event);
        if (event.final() && !wanted) finals_passed_.push_back(event);
        return wanted;
      },
      timeout);
}

SeenEvent EventRecorder::wait_for(const std::string& what, const Matches& matches,
                                  std::chrono::milliseconds timeout) {
  std::unique_lock lock{mutex_};
  SeenEvent found;
  const bool came = arrived_.wait_for(lock, timeout, [&] {
    for (; next_ < events_.size(); ++next_) {
      if (!matches(events_[next_])) continue;
      found = events_[next_++];
      return true;
    }
    return false;
  });
  lock.unlock();
  EXPECT_TRUE(came) << "no event \"" << what << "\" came; there were:\n" << describe();
  return found;
}

std::vector<SeenEvent> EventRecorder::wait_for_all(const Matches& matches, std::size_t count,
                                                   std::chrono::milliseconds timeout) {
  std::unique_lock lock{mutex_};
  std::vector<SeenEvent> found;
  std::size_t seen = 0;
  arrived_.wait_for(lock, timeout, [&] {
    for (; seen < events_.size(); ++seen) {
      if (matches(events_[seen])) found.push_back(events_[seen]);
    }
    return found.size() >= count;
  });
  return found;
}

std::vector<SeenEvent> EventRecorder::all() const {
  const std::lock_guard lock{mutex_};
  return events_;
}

std::string EventRecorder::describe() const {
  std::string text;
  for (const auto& event : all()) {
    text += "  " + event.name + " stream=" + event.header("Stream-Name") +
            " final=" + event.header("Stream-Final") + " " + event.body.substr(0, 200) + "\n";
  }
  return text.empty() ? "  none\n" : text;
}

LogRecorder::LogRecorder() {
  {
    const std::lock_guard lock{loggers_mutex};
    active_logger = this;
  }
  switch_log_bind_logger(on_line, SWITCH_LOG_DEBUG, SWITCH_FALSE);
}

LogRecorder::~LogRecorder() {
  switch_log_unbind_logger(on_line);
  const std::lock_guard lock{loggers_mutex};
  active_logger = nullptr;
}

switch_status_t LogRecorder::on_line(const switch_log_node_t* node, switch_log_level_t level) {
  const std::lock_guard active{loggers_mutex};
  if (active_logger == nullptr || node->data == nullptr) return SWITCH_STATUS_SUCCESS;
  const std::lock_guard lock{active_logger->mutex_};
  active_logger->lines_.push_back({level, node->data});
  active_logger->arrived_.notify_all();
  return SWITCH_STATUS_SUCCESS;
}

std::vector<LogRecorder::Line> LogRecorder::lines() const {
  const std::lock_guard lock{mutex_};
  return lines_;
}

bool LogRecorder::wait_for(const std::string& text, std::chrono::milliseconds timeout) {
  std::unique_lock lock{mutex_};
  return arrived_.wait_for(lock, timeout, [&] {
    return std::any_of(lines_.begin(), lines_.end(),
                       [&](const Line& line) { return line.text.find(text) != std::string::npos; });
  });
}

bool LogRecorder::holds(const std::string& text) const {
  const auto seen = lines();
  return std::any_of(seen.begin(), seen.end(),
                     [&](const Line& line) { return line.text.find(text) != std::string::npos; });
}

}  // namespace contract
