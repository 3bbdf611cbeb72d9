#pragma once

#include <optional>

#include "control/end_action.hpp"
#include "stream/call_command.hpp"

namespace audio_stream::stream {

/// What `action` does to the call; nothing if the call goes on.
inline std::optional<CallCommand> command_of(const std::optional<control::EndAction>& action) {
  using Kind = control::EndAction::Kind;
  if (!action || action->kind == Kind::go_on) return std::nullopt;
  if (action->kind == Kind::hang_up) return Hangup{};
  Transfer transfer;
  transfer.to = action->to;
  transfer.dialplan = action->dialplan;
  transfer.context = action->context;
  return transfer;
}

}  // namespace audio_stream::stream
