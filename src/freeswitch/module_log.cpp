#include "freeswitch/module_log.hpp"

#include <switch.h>

namespace audio_stream::freeswitch {
namespace {

switch_log_level_t level_of(stream::Severity severity) {
  switch (severity) {
    case stream::Severity::debug:
      return SWITCH_LOG_DEBUG;
    case stream::Severity::info:
      return SWITCH_LOG_INFO;
    case stream::Severity::notice:
      return SWITCH_LOG_NOTICE;
    case stream::Severity::warning:
      return SWITCH_LOG_WARNING;
    case stream::Severity::error:
      return SWITCH_LOG_ERROR;
  }
  return SWITCH_LOG_DEBUG;
}

}  // namespace

void ModuleLog::write(stream::Severity severity, const std::string& call,
                      const std::string& text) noexcept {
  if (call.empty()) {
    switch_log_printf(SWITCH_CHANNEL_LOG, level_of(severity), "mod_audio_stream: %s\n",
                      text.c_str());
  } else {
    switch_log_printf(SWITCH_CHANNEL_UUID_LOG(call.c_str()), level_of(severity),
                      "mod_audio_stream: %s\n", text.c_str());
  }
}

}  // namespace audio_stream::freeswitch
