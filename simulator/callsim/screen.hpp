// What callsim shows.
#pragma once

#include <mutex>
#include <string>

namespace callsim {

/// stdout for lines, and a progress line on stderr when that is a terminal, so that the two do not
/// run into each other. Thread-safe.
class Screen {
 public:
  Screen();
  void line(const std::string& text);       ///< to stdout
  void complaint(const std::string& text);  ///< to stderr
  void progress(const std::string& text);   ///< replaces the progress line; empty clears it
  [[nodiscard]] bool shows_progress() const { return is_terminal_; }

 private:
  void clear_progress();
  std::mutex mutex_;
  bool is_terminal_;
  bool progress_shown_ = false;
};

}  // namespace callsim
