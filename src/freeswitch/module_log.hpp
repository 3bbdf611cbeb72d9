#pragma once

#include "stream/ports.hpp"

namespace audio_stream::freeswitch {

/// Writes to FreeSWITCH's log, with the call's uuid where a line belongs to a call.
class ModuleLog final : public stream::Log {
 public:
  void write(stream::Severity severity, const std::string& call,
             const std::string& text) noexcept override;
};

}  // namespace audio_stream::freeswitch
