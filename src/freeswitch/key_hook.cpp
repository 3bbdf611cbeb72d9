#include "freeswitch/key_hook.hpp"

#include <cstdint>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "freeswitch/sharded_map.hpp"

namespace audio_stream::freeswitch {
namespace {

constexpr std::uint32_t kSamplesPerMs = 8;  // of a digit's duration, for every codec
constexpr unsigned kKeyShardBits = 6;       // keys are rare

using Streams = std::vector<stream::Stream*>;
using Listeners = ShardedMap<switch_core_session_t, Streams, kKeyShardBits>;

Listeners::Shard& keys_of(const switch_core_session_t* session) noexcept {
  static Listeners listeners;
  return listeners.shard_of(session);
}

/// The core holds this lock when it calls the hook. So who has it knows that no hook of the call
/// runs, and may change the list of hooks, for which the core has no lock of its own. It is taken
/// before a shard's.
class DigitLock {
 public:
  explicit DigitLock(switch_core_session_t* session) noexcept
      : channel_{switch_core_session_get_channel(session)} {
    switch_channel_dtmf_lock(channel_);
  }
  DigitLock(const DigitLock&) = delete;
  DigitLock& operator=(const DigitLock&) = delete;
  ~DigitLock() { switch_channel_dtmf_unlock(channel_); }

 private:
  switch_channel_t* channel_;
};

/// The switch's own rule for what it puts into logs and events.
bool is_sensitive(switch_core_session_t* session) noexcept {
  return switch_true(switch_channel_get_variable_dup(switch_core_session_get_channel(session),
                                                     SWITCH_SENSITIVE_DTMF_VARIABLE, SWITCH_FALSE,
                                                     -1)) != SWITCH_FALSE;
}

/// The core refuses any other character after the hooks.
bool is_key(char digit) noexcept {
  return std::string_view{"0123456789*#ABCDabcdFf"}.find(digit) != std::string_view::npos;
}

char upper(char digit) noexcept {
  return static_cast<char>(digit >= 'a' && digit <= 'z' ? digit - 'a' + 'A' : digit);
}

/// Anything but success keeps the digit from applications.
switch_status_t on_digit(switch_core_session_t* session, const switch_dtmf_t* dtmf,
                         switch_dtmf_direction_t direction) {
  if (direction != SWITCH_DTMF_RECV || !is_key(dtmf->digit)) return SWITCH_STATUS_SUCCESS;
  const stream::Key key{upper(dtmf->digit), dtmf->duration / kSamplesPerMs, is_sensitive(session)};
  bool is_consumed = false;
  Listeners::Shard& shard = keys_of(session);
  const std::lock_guard lock{shard.mutex};
  const Streams* const streams = shard.find(session);
  if (streams == nullptr) return SWITCH_STATUS_SUCCESS;
  for (stream::Stream* const stream : *streams) {
    if (stream->over()) continue;
    stream->press(key);
    is_consumed = is_consumed || stream->options().caller.consume_digits;
  }
  return is_consumed ? SWITCH_STATUS_FALSE : SWITCH_STATUS_SUCCESS;
}

}  // namespace

void KeyHook::add(switch_core_session_t* session, stream::Stream& stream) {
  Streams fresh{&stream};
  const DigitLock digit_lock{session};
  Listeners::Shard& shard = keys_of(session);
  const std::lock_guard lock{shard.mutex};
  if (Streams* const there = shard.find(session)) {
    there->push_back(&stream);
    return;
  }
  shard.put(session, std::move(fresh));
  switch_core_event_hook_add_recv_dtmf(session, on_digit);
}

void KeyHook::drop(switch_core_session_t* session, stream::Stream& stream) noexcept {
  Streams over;
  const DigitLock digit_lock{session};
  Listeners::Shard& shard = keys_of(session);
  const std::lock_guard lock{shard.mutex};
  Streams* const there = shard.find(session);
  if (there == nullptr) return;
  std::erase(*there, &stream);
  if (!there->empty()) return;
  switch_core_event_hook_remove_recv_dtmf(session, on_digit);
  over = shard.take(session);
}

}  // namespace audio_stream::freeswitch
