#pragma once

#include <string>

#include "base/printable.hpp"
#include "stream/identity.hpp"
#include "stream/ports.hpp"

namespace audio_stream::stream {

/// Writes one stream's log lines: with its call and its name, each on one line.
class StreamLog {
 public:
  /// Both outlive this.
  StreamLog(Log& log, const Identity& identity) : log_{log}, identity_{identity} {}

  void write(Severity severity, const std::string& text) const {
    log_.write(severity, identity_.call, "(" + identity_.name + ") " + base::one_line(text));
  }

 private:
  Log& log_;
  const Identity& identity_;
};

}  // namespace audio_stream::stream
