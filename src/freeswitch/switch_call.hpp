#pragma once

#include <switch.h>

#include <string>
#include <vector>

#include "freeswitch/event_headers.hpp"
#include "freeswitch/tap.hpp"
#include "stream/ports.hpp"

namespace audio_stream::freeswitch {

/// The call of a stream, in FreeSWITCH. It keeps the uuid and no session, and locates the session
/// when it needs it.
///
/// From its construction until ended() or its destruction it keeps the module from being unloaded.
class SwitchCall final : public stream::Call {
 public:
  SwitchCall(switch_core_session_t* session, std::string stream_name,
             std::vector<std::string> secrets, switch_thread_rwlock_t* module_lock);
  SwitchCall(const SwitchCall&) = delete;
  SwitchCall& operator=(const SwitchCall&) = delete;
  ~SwitchCall() override;

  Tap& tap() noexcept { return tap_; }

  void emit(const stream::Event& event) noexcept override;
  void detach() noexcept override { tap_.remove(); }
  tl::expected<void, std::string> perform(const stream::CallCommand& command) noexcept override;
  bool should_be_read() noexcept override;
  void ended() noexcept override;

 private:
  void describe_call(switch_event_t* event) const;

  const std::string uuid_;
  const std::string stream_name_;
  const std::vector<std::string> secrets_;
  const RememberedHeaders remembered_;
  switch_thread_rwlock_t* module_lock_;  // read-locked; null once released
  Tap tap_;
};

}  // namespace audio_stream::freeswitch
