#pragma once

#include "stream/ports.hpp"

namespace audio_stream::freeswitch {

/// The switch's log.
class ModuleLog final : public stream::Log {
 public:
  void write(stream::Severity severity, const std::string& call,
             const std::string& text) noexcept override;
};

}  // namespace audio_stream::freeswitch
