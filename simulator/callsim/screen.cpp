#include "screen.hpp"

#include <unistd.h>

#include <iostream>

namespace callsim {
namespace {

void put(std::ostream& stream, const std::string& text) {
  stream << text;
  if (text.empty() || text.back() != '\n') stream << '\n';
  stream << std::flush;
}

}  // namespace

Screen::Screen() : is_terminal_(isatty(STDERR_FILENO) != 0) {}

void Screen::line(const std::string& text) {
  const std::lock_guard lock(mutex_);
  clear_progress();
  put(std::cout, text);
}

void Screen::complaint(const std::string& text) {
  const std::lock_guard lock(mutex_);
  clear_progress();
  put(std::cerr, text);
}

void Screen::progress(const std::string& text) {
  if (!is_terminal_) return;
  const std::lock_guard lock(mutex_);
  clear_progress();
  if (text.empty()) return;
  std::cerr << text << std::flush;
  progress_shown_ = true;
}

void Screen::clear_progress() {
  if (!progress_shown_) return;
  std::cerr << "\r\033[K" << std::flush;
  progress_shown_ = false;
}

}  // namespace callsim
