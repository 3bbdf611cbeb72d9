// Logging. Lines reach the bound loggers on the thread that logs, before switch_log_printf returns.
#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <iomanip>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "c_memory.hpp"
#include "log.hpp"
#include "switch.h"
#include "violation.hpp"

namespace {

struct Logger {
  switch_log_function_t function;
  switch_log_level_t level;
};

struct Loggers {
  std::mutex mutex;
  std::vector<Logger> bound;
  bool console = false;
  std::int64_t sequence = 0;
};

Loggers& loggers() {
  static Loggers instance;
  return instance;
}

// A logger that logs would deadlock here; the real one, being asynchronous, would loop.
thread_local bool logging_here = false;

constexpr std::array kLevelNames = {"CONSOLE", "ALERT",  "CRIT", "ERR",
                                    "WARNING", "NOTICE", "INFO", "DEBUG"};

std::string preamble(switch_log_level_t level, const char* file, int line) {
  using std::chrono::system_clock;
  const auto now = system_clock::now();
  const std::time_t seconds = system_clock::to_time_t(now);
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count() %
      1000000;
  std::tm local{};
  localtime_r(&seconds, &local);
  std::ostringstream text;
  text << std::put_time(&local, "%Y-%m-%d %H:%M:%S") << '.' << std::setfill('0') << std::setw(6)
       << micros << " 100.00% [" << switch_log_level2str(level) << "] " << file << ':' << line;
  return text.str();
}

const char* file_name(const char* path) {
  if (path == nullptr) return "";
  const char* slash = std::strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

void deliver(const switch_log_node_t& line) {
  if (logging_here) return;
  logging_here = true;
  {
    Loggers& all = loggers();
    const std::lock_guard lock(all.mutex);
    switch_log_node_t numbered = line;
    numbered.sequence = ++all.sequence;
    if (all.console) std::cerr << numbered.data << std::flush;
    for (const Logger& logger : all.bound) {
      if (logger.level < numbered.level) continue;
      simulator::guarded("a logger", [&] { logger.function(&numbered, numbered.level); });
    }
  }
  logging_here = false;
}

}  // namespace

void simulator::log_to_console(bool on) {
  const std::lock_guard lock(loggers().mutex);
  loggers().console = on;
}

std::size_t simulator::loggers_bound() {
  const std::lock_guard lock(loggers().mutex);
  return loggers().bound.size();
}

void switch_log_vprintf(switch_text_channel_t channel, const char* file, const char* func, int line,
                        const char* userdata, switch_log_level_t level, const char* fmt,
                        va_list ap) {
  if (level > SWITCH_LOG_DEBUG || level < SWITCH_LOG_CONSOLE) return;  // DEBUG1..10 are off
  const std::string message = simulator::print(fmt, ap);
  std::string text;
  std::size_t content = 0;
  if (channel != SWITCH_CHANNEL_ID_LOG_CLEAN) {
    text = preamble(level, file_name(file), line);
    content = text.size();
    text += ' ';
  }
  text += message;

  std::string uuid;
  if (channel == SWITCH_CHANNEL_ID_SESSION && userdata != nullptr) {
    // The log macros pass the session itself, disguised as a string.
    uuid = switch_core_session_get_uuid(
        reinterpret_cast<switch_core_session_t*>(const_cast<char*>(userdata)));
  } else if (userdata != nullptr) {
    uuid = userdata;
  }

  switch_log_node_t node{};
  node.data = text.data();
  node.content = text.data() + content;
  switch_copy_string(node.file, file_name(file), sizeof node.file);
  switch_copy_string(node.func, func, sizeof node.func);
  node.line = static_cast<std::uint32_t>(line);
  node.level = level;
  node.slevel = SWITCH_LOG_UNINIT;
  node.timestamp = switch_micro_time_now();
  node.userdata = uuid.empty() ? nullptr : uuid.data();
  node.channel = channel;
  deliver(node);
}

void switch_log_printf(switch_text_channel_t channel, const char* file, const char* func, int line,
                       const char* userdata, switch_log_level_t level, const char* fmt, ...) {
  va_list arguments;
  va_start(arguments, fmt);
  switch_log_vprintf(channel, file, func, line, userdata, level, fmt, arguments);
  va_end(arguments);
}

switch_status_t switch_log_bind_logger(switch_log_function_t function, switch_log_level_t level,
                                       switch_bool_t) {
  const std::lock_guard lock(loggers().mutex);
  loggers().bound.push_back({function, level});
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_log_unbind_logger(switch_log_function_t function) {
  const std::lock_guard lock(loggers().mutex);
  const auto removed =
      std::erase_if(loggers().bound, [=](const Logger& l) { return l.function == function; });
  return removed > 0 ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}

const char* switch_log_level2str(switch_log_level_t level) {
  if (level > SWITCH_LOG_DEBUG) level = SWITCH_LOG_DEBUG;
  return level < 0 ? "DISABLE" : kLevelNames[static_cast<std::size_t>(level)];
}

switch_log_level_t switch_log_str2level(const char* str) {
  for (std::size_t level = 0; level < kLevelNames.size(); ++level) {
    if (strcasecmp(str, kLevelNames[level]) == 0) return static_cast<switch_log_level_t>(level);
  }
  return SWITCH_LOG_INVALID;
}
