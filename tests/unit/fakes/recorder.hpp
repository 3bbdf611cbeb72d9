#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "stream/ports.hpp"

namespace audio_stream::test {

/// Records what a stream told the application and the switch. Outlives the stream. Any thread.
class Recorder {
 public:
  void emitted(const stream::Event& event) {
    const std::lock_guard lock{mutex_};
    events_.push_back(event);
    changed_.notify_all();
  }
  void detached() {
    const std::lock_guard lock{mutex_};
    ++detached_;
    changed_.notify_all();
  }
  void ended() {
    const std::lock_guard lock{mutex_};
    ++ended_;
    changed_.notify_all();
  }

  /// Waits until `done` holds for this recorder, or for the time that a test may take.
  template <class Done>
  bool wait(const Done& done) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, std::chrono::seconds{20}, [&] { return done(*this); });
  }
  bool wait_for_end() {
    return wait([](const Recorder& now) { return now.ended_ > 0; });
  }
  bool wait_for_events(std::size_t count) {
    return wait([count](const Recorder& now) { return now.events_.size() >= count; });
  }

  [[nodiscard]] std::vector<stream::Event> events() const {
    const std::lock_guard lock{mutex_};
    return events_;
  }
  /// "connect", "disconnect!" and so on, with an exclamation mark at final ones.
  [[nodiscard]] std::vector<std::string> story() const {
    std::vector<std::string> words;
    for (const auto& event : events()) {
      const std::string subclass = stream::subclass_of(event.kind);
      words.push_back(subclass.substr(subclass.rfind(':') + 1) + (event.final ? "!" : ""));
    }
    return words;
  }
  [[nodiscard]] int times_detached() const {
    const std::lock_guard lock{mutex_};
    return detached_;
  }
  [[nodiscard]] int times_ended() const {
    const std::lock_guard lock{mutex_};
    return ended_;
  }
  /// There is one final event, and it is the last one.
  [[nodiscard]] bool ended_once() const {
    const auto all = events();
    return !all.empty() && all.back().final &&
           std::count_if(all.begin(), all.end(), [](const auto& event) { return event.final; }) ==
               1;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<stream::Event> events_;  // guarded by mutex_, as the members below
  int detached_ = 0;
  int ended_ = 0;
};

/// Keeps every line of the log.
class RecordingLog final : public stream::Log {
 public:
  struct Line {
    stream::Severity severity;
    std::string call;
    std::string text;
  };

  void write(stream::Severity severity, const std::string& call,
             const std::string& text) noexcept override {
    const std::lock_guard lock{mutex_};
    lines_.push_back({severity, call, text});
  }

  /// The number of lines of `severity` or worse that contain `part`.
  [[nodiscard]] std::size_t count(const std::string& part,
                                  stream::Severity severity = stream::Severity::debug) const {
    const std::lock_guard lock{mutex_};
    return static_cast<std::size_t>(
        std::count_if(lines_.begin(), lines_.end(), [&](const Line& line) {
          return line.severity >= severity && line.text.find(part) != std::string::npos;
        }));
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Line> lines_;  // guarded by mutex_
};

}  // namespace audio_stream::test
