#include "freeswitch/call_commands.hpp"

#include <switch.h>

#include <new>
#include <variant>

#include "base/letter_case.hpp"
#include "freeswitch/locked_session.hpp"

namespace audio_stream::freeswitch {
namespace {

using Result = tl::expected<void, std::string>;

Result failed(const char* why) {
  return tl::unexpected<std::string>(why);
}

constexpr const char* kGone = "the call is hanging up";

/// The leg that `session` is bridged to; null if there is none.
LockedSession other_leg_of(switch_core_session_t* session) {
  const char* uuid =
      switch_channel_get_variable(switch_core_session_get_channel(session), SWITCH_BRIDGE_VARIABLE);
  return uuid == nullptr ? LockedSession{} : locate(uuid);
}

Result perform_on(switch_core_session_t* session, const stream::Hangup& hangup) {
  const switch_call_cause_t cause = switch_channel_str2cause(hangup.cause.c_str());
  // The core takes a number too, and makes an unknown name NORMAL_CLEARING.
  if (!base::equals_ignoring_case(switch_channel_cause2str(cause), hangup.cause)) {
    return failed("there is no such hangup cause");
  }
  switch_channel_hangup(switch_core_session_get_channel(session), cause);
  return {};
}

Result send(switch_core_session_t* session, const stream::Transfer& transfer) {
  const auto set = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
  const auto status = switch_ivr_session_transfer(session, transfer.to.c_str(),
                                                  set(transfer.dialplan), set(transfer.context));
  if (status != SWITCH_STATUS_SUCCESS) return failed("the switch refuses the transfer");
  return {};
}

Result perform_on(switch_core_session_t* session, const stream::Transfer& transfer) {
  if (transfer.leg == stream::CallLeg::caller) return send(session, transfer);
  const LockedSession other = other_leg_of(session);
  if (!other) return failed("the call is bridged to no other leg");
  if (transfer.leg == stream::CallLeg::both) {
    // As the command uuid_transfer does: a leg with this flag outlives the end of its bridge.
    switch_channel_set_flag(switch_core_session_get_channel(other.get()), CF_REDIRECT);
    switch_channel_set_flag(switch_core_session_get_channel(session), CF_REDIRECT);
  }
  if (Result sent = send(other.get(), transfer); !sent) return sent;
  return transfer.leg == stream::CallLeg::both ? send(session, transfer) : Result{};
}

}  // namespace

tl::expected<void, std::string> perform(const std::string& uuid,
                                        const stream::CallCommand& command) noexcept {
  try {
    const LockedSession session = locate(uuid);
    if (!session) return failed(kGone);
    return std::visit([&](const auto& what) { return perform_on(session.get(), what); }, command);
  } catch (const std::bad_alloc&) {
    return failed("no memory");
  }
}

}  // namespace audio_stream::freeswitch
