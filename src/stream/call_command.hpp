#pragma once

#include <cstdint>
#include <string>
#include <variant>

/// What a stream may ask the switch to do with its call, as plain values. Whoever makes a value has
/// checked its texts: the adapter passes them on as they are, and nothing expands them.
namespace audio_stream::stream {

struct Hangup {
  std::string cause = "NORMAL_CLEARING";  ///< a name of the switch's table of hangup causes
};

/// The legs of a call: the one that has the stream, and the one it is bridged to.
enum class CallLeg : std::uint8_t { caller, callee, both };

/// Sends a leg through the dialplan. Without `both` the other leg of a bridge is hung up.
struct Transfer {
  std::string to;        ///< the destination number
  std::string context;   ///< of the dialplan; empty: the call's own
  std::string dialplan;  ///< empty: the call's own; `inline` would run applications: never that
  CallLeg leg = CallLeg::caller;
};

using CallCommand = std::variant<Hangup, Transfer>;

}  // namespace audio_stream::stream
