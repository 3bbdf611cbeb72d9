// Calls of a real FreeSWITCH: one leg of a loopback pair is parked, the other leg speaks.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <thread>

#include "call.hpp"
#include "support/wait.hpp"
#include "switch_host.hpp"

namespace contract {
namespace {

// Long enough for a busy machine to make a call.
constexpr std::chrono::seconds kPatience{60};

/// In a dial string a comma would separate destinations.
std::string tone_of(const Speech& speech, const std::string& comma) {
  if (speech.kind == Speech::Kind::words) {
    const std::string word = "%(" + std::to_string(Speech::kWordMs) + comma + "0" + comma +
                             std::to_string(speech.hertz) + ")";
    return "tone_stream://v=-50;" + word + ";v=-10;" + word + ";loops=-1";
  }
  return "tone_stream://%(100000" + comma + "0" + comma + std::to_string(speech.hertz) + ")";
}

std::string dial_string(const CallShape& shape) {
  std::string variables = "rate=" + std::to_string(shape.rate_hz);
  for (const auto& [name, value] : shape.variables) {
    // A delimiter that is in no value, so that JSON passes.
    variables += "|" + name + "=" + value;
  }
  const std::string prefix = "{^^|" + variables + "}";
  switch (shape.media) {
    case Media::none:
      return "{null_enable_auto_answer=false}null/silent";
    // The other leg plays without answering.
    case Media::early:
      return prefix + "loopback/app=playback:silence_stream://-1";
    case Media::answered:
    case Media::bypass:
    case Media::proxy:
      break;
  }
  const bool speaks =
      shape.caller.kind == Speech::Kind::tone || shape.caller.kind == Speech::Kind::words;
  return prefix + "loopback/app=" + (speaks ? "playback:" + tone_of(shape.caller, "\\,") : "park:");
}

}  // namespace

bool switch_keeps_threads() {
  return true;
}

bool switch_uses_operator_new() {
  return false;
}

switch_core_flag_t core_flags() {
  return SCF_NONE;
}

class Call::Impl {
 public:
  explicit Impl(const CallShape& shape) {
    switch_core_session_t* session = nullptr;
    switch_call_cause_t cause = SWITCH_CAUSE_NONE;
    std::string dial = dial_string(shape);
    switch_event_t* variables = nullptr;
    const switch_originate_flag_t flags = shape.media == Media::none ? SOF_NOBLOCK : SOF_NONE;
    if (switch_ivr_originate(nullptr, &session, &cause, dial.c_str(),
                             static_cast<std::uint32_t>(kPatience.count()), nullptr, nullptr,
                             nullptr, nullptr, variables, flags, nullptr,
                             nullptr) != SWITCH_STATUS_SUCCESS) {
      throw std::runtime_error{std::string{"no call: "} + switch_channel_cause2str(cause)};
    }
    uuid = switch_core_session_get_uuid(session);
    // A call that was not waited for has no thread yet, and is too young to be parked.
    if (shape.media == Media::none) switch_core_session_thread_launch(session);
    auto* channel = switch_core_session_get_channel(session);
    const bool grown_up =
        shape.media != Media::none ||
        test::eventually(
            [&] { return switch_channel_get_running_state(channel) == CS_CONSUME_MEDIA; },
            kPatience);
    if (grown_up) switch_ivr_park_session(session);
    switch_core_session_rwunlock(session);
    // The leg is in transfer and not ready until its own thread is in the new state.
    const bool settled = test::eventually(
        [&] {
          bool parked = false;
          with_session([&](switch_core_session_t* /*leg*/) {
            parked = switch_channel_get_running_state(channel) == CS_PARK &&
                     (shape.media == Media::none ? switch_channel_test_flag(channel, CF_PARK) != 0
                                                 : switch_channel_media_ready(channel) != 0);
          });
          return parked;
        },
        kPatience);
    if (!settled) throw std::runtime_error{"the call was not parked"};
    pass_by(shape.media);
  }

  /// Sets only the variables that the module reads: a loopback's media does pass the switch.
  void pass_by(Media media) const {
    if (media != Media::bypass && media != Media::proxy) return;
    with_session([&](switch_core_session_t* session) {
      switch_channel_set_flag(switch_core_session_get_channel(session),
                              media == Media::bypass ? CF_PROXY_MODE : CF_PROXY_MEDIA);
    });
  }

  /// Calls `use` with the session, if it still exists.
  template <class Use>
  void with_session(const Use& use) const {
    if (auto* session = switch_core_session_locate(uuid.c_str())) {
      use(session);
      switch_core_session_rwunlock(session);
    }
  }

  std::string uuid;
  switch_codec_t pushed{};
};

Call::Call(const CallShape& shape) : impl_{std::make_unique<Impl>(shape)} {
  if (shape.callee.kind != Speech::Kind::nobody) callee_says(shape.callee);
}

Call::~Call() {
  hangup();
}

const std::string& Call::uuid() const {
  return impl_->uuid;
}

std::string Call::api(const std::string& words) const {
  return contract::api(uuid() + " " + words);
}

void Call::set_variable(const std::string& name, const std::string& value) const {
  impl_->with_session([&](switch_core_session_t* session) {
    switch_channel_set_variable(switch_core_session_get_channel(session), name.c_str(),
                                value.c_str());
  });
}

std::string Call::variable(const std::string& name) const {
  std::string out;
  impl_->with_session([&](switch_core_session_t* session) {
    const char* value =
        switch_channel_get_variable(switch_core_session_get_channel(session), name.c_str());
    if (value != nullptr) out = value;
  });
  return out;
}

void Call::callee_says(const Speech& speech) {
  if (speech.kind == Speech::Kind::tone) {
    switch_ivr_broadcast(uuid().c_str(), tone_of(speech, ",").c_str(), SMF_ECHO_ALEG);
  } else {
    impl_->with_session([](switch_core_session_t* session) {
      switch_channel_set_flag(switch_core_session_get_channel(session), CF_BREAK);
    });
  }
}

/// Sets only what the module reads.
void Call::bridge(bool on) {
  impl_->with_session([&](switch_core_session_t* session) {
    switch_channel_set_flag_value(switch_core_session_get_channel(session), CF_BRIDGED, on ? 1 : 0);
  });
}

void Call::hold(bool on) {
  impl_->with_session([&](switch_core_session_t* session) {
    auto* channel = switch_core_session_get_channel(session);
    if (on) {
      switch_channel_set_flag(channel, CF_HOLD);
    } else {
      switch_channel_clear_flag(channel, CF_HOLD);
    }
    switch_channel_mark_hold(channel, on ? SWITCH_TRUE : SWITCH_FALSE);  // fires the event
  });
}

void Call::set_read(bool on) {
  impl_->with_session([&](switch_core_session_t* session) {
    if (on) {
      switch_ivr_park_session(session);
    } else {
      // The session's thread waits for another state, and reads nothing meanwhile.
      switch_channel_set_state(switch_core_session_get_channel(session), CS_HIBERNATE);
    }
  });
}

/// The leg is an outbound one, which its other end answers.
void Call::answer() {
  impl_->with_session([](switch_core_session_t* session) {
    switch_channel_mark_answered(switch_core_session_get_channel(session));
  });
}

void Call::pre_answer() {
  impl_->with_session([](switch_core_session_t* session) {
    switch_channel_pre_answer(switch_core_session_get_channel(session));
  });
}

void Call::push_read_codec(std::uint32_t rate_hz) {
  impl_->with_session([&](switch_core_session_t* session) {
    switch_codec_t& codec = impl_->pushed;
    if (switch_core_codec_init(&codec, "L16", nullptr, nullptr, rate_hz, 20, 1,
                               SWITCH_CODEC_FLAG_ENCODE | SWITCH_CODEC_FLAG_DECODE, nullptr,
                               switch_core_session_get_pool(session)) != SWITCH_STATUS_SUCCESS ||
        switch_core_session_set_read_codec(session, &codec) != SWITCH_STATUS_SUCCESS) {
      throw std::runtime_error{"no codec was pushed"};
    }
  });
}

void Call::pop_read_codec() {
  impl_->with_session([&](switch_core_session_t* session) {
    switch_core_session_set_read_codec(session, nullptr);
    switch_core_codec_destroy(&impl_->pushed);
  });
}

/// Sets only what the module reads: a loopback has no such codec.
void Call::pass_codec_through() {
  impl_->with_session([](switch_core_session_t* session) {
    switch_core_session_lock_codec_read(session);
    switch_set_flag(switch_core_session_get_read_codec(session), SWITCH_CODEC_FLAG_PASSTHROUGH);
    switch_core_session_unlock_codec_read(session);
  });
}

void Call::run_application(const std::string& name, const std::string& data) {
  impl_->with_session([&](switch_core_session_t* session) {
    switch_core_session_execute_application(session, name.c_str(), data.c_str());
  });
}

void Call::hangup() {
  impl_->with_session([](switch_core_session_t* session) {
    switch_channel_hangup(switch_core_session_get_channel(session), SWITCH_CAUSE_NORMAL_CLEARING);
  });
  // Polls, because the core does not report that it destroyed a session.
  while (auto* session = switch_core_session_force_locate(uuid().c_str())) {
    switch_core_session_rwunlock(session);
    std::this_thread::yield();
  }
}

}  // namespace contract
