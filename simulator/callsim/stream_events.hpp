// The module's events: shown as they come, and waited for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "screen.hpp"
#include "switch.h"

namespace callsim {

/// Listens to every mod_audio_stream::* event while it lives. Needs a running core.
class StreamEvents {
 public:
  StreamEvents(Screen& screen, bool json);
  ~StreamEvents();
  StreamEvents(const StreamEvents&) = delete;
  StreamEvents& operator=(const StreamEvents&) = delete;

  /// Waits until a stream is connected or has ended. False on timeout.
  bool wait_for_connection(std::chrono::milliseconds timeout);
  /// Waits until the final event has come. False on timeout.
  bool wait_for_end(std::chrono::milliseconds timeout);
  [[nodiscard]] bool connected() const;
  [[nodiscard]] bool ended() const;
  /// Whether the final event tells of an end as it should be, not of an error.
  [[nodiscard]] bool ended_normally() const;

 private:
  static void on_event(switch_event_t* event);
  void take(switch_event_t* event);
  [[nodiscard]] std::string as_line(switch_event_t* event, const std::string& name) const;
  static std::string as_json(switch_event_t* event, const std::string& name);

  Screen& screen_;
  const bool json_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  switch_event_node_t* node_ = nullptr;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool connected_ = false;
  std::optional<std::string> final_;  // the name of the final event
};

}  // namespace callsim
