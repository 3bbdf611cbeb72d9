#pragma once

#include <switch.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace contract {

/// One event of the module, as an application on the event socket sees it.
struct SeenEvent {
  std::string name;  ///< without "mod_audio_stream::"
  std::multimap<std::string, std::string> headers;
  std::string body;

  [[nodiscard]] std::string header(const std::string& key) const;
  [[nodiscard]] bool final() const { return header("Stream-Final") == "true"; }
  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
};

/// The names in order, "connect disconnect! ", with a mark at final ones.
std::string names_of(const std::vector<SeenEvent>& events);

/// Records the module's events of all calls until its destructor.
class EventRecorder {
 public:
  using Matches = std::function<bool(const SeenEvent&)>;

  EventRecorder();
  ~EventRecorder();
  EventRecorder(const EventRecorder&) = delete;
  EventRecorder& operator=(const EventRecorder&) = delete;

  /// Waits for the next event of that name and skips others before it. On a timeout the test fails
  /// and the event is empty.
  SeenEvent wait_for(const std::string& name,
                     std::chrono::milliseconds timeout = std::chrono::seconds{10});
  /// The next event that `matches`; `what` names it in the failure.
  SeenEvent wait_for(const std::string& what, const Matches& matches,
                     std::chrono::milliseconds timeout = std::chrono::seconds{10});
  /// Waits for the stream's last event. Streams end in any order, so skipped final events of others
  /// can still be waited for.
  SeenEvent wait_for_final(const std::string& stream = "default",
                           std::chrono::milliseconds timeout = std::chrono::seconds{10});
  /// Waits for `count` events that match, from the first on, and returns them; fewer on a timeout.
  /// Skips nothing, so several threads may wait at the same time.
  std::vector<SeenEvent> wait_for_all(const Matches& matches, std::size_t count,
                                      std::chrono::milliseconds timeout = std::chrono::seconds{10});
  /// All events so far, in order.
  [[nodiscard]] std::vector<SeenEvent> all() const;
  [[nodiscard]] std::string describe() const;

 private:
  static void on_event(switch_event_t* event);

  switch_event_node_t* node_ = nullptr;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<SeenEvent> events_;  // guarded by mutex_
  std::size_t next_ = 0;           // guarded by mutex_; where the next wait begins
  std::vector<SeenEvent>
      finals_passed_;  // guarded by mutex_; while another stream's was waited for
};

/// Records the log until its destructor.
class LogRecorder {
 public:
  struct Line {
    switch_log_level_t level;
    std::string text;
  };

  LogRecorder();
  ~LogRecorder();
  LogRecorder(const LogRecorder&) = delete;
  LogRecorder& operator=(const LogRecorder&) = delete;

  [[nodiscard]] std::vector<Line> lines() const;
  /// Waits for a line that contains `text`. False on a timeout.
  bool wait_for(const std::string& text,
                std::chrono::milliseconds timeout = std::chrono::seconds{5});
  [[nodiscard]] bool holds(const std::string& text) const;

 private:
  static switch_status_t on_line(const switch_log_node_t* node, switch_log_level_t level);

  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Line> lines_;  // guarded by mutex_
};

}  // namespace contract
