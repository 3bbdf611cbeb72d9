// What is behind a session and its channel.
#pragma once

#include <pthread.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "event.hpp"
#include "rwlock.hpp"
#include "switch.h"

namespace simulator {

/// The other side of a channel, as an endpoint module is in the real core.
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  /// The channel wants early media, or to be answered. False refuses.
  virtual bool bring_media_up() = 0;
  /// The channel was hung up: the session thread has to finish.
  virtual void on_hangup() = 0;
  /// A frame for the caller, as it leaves the switch. On whichever thread writes.
  virtual void on_written(const switch_frame_t& frame) = 0;
  /// The bugs are done with a written frame and their lock is free; the codec encodes it next. On
  /// whichever thread writes.
  virtual void on_encode() = 0;
  /// A frame as the application that reads the channel gets it, with no lock held. On the session
  /// thread.
  virtual void on_read(const switch_frame_t& frame) = 0;
};

struct CallerProfile {
  std::string caller_id_name;
  std::string caller_id_number;
  std::string destination_number;
  std::string context = "default";
  std::string dialplan = "XML";
  std::string source = "simulator";
};

using Flags = std::array<std::atomic<std::uint32_t>, CF_FLAG_MAX>;
using Capabilities = std::array<std::atomic<std::uint32_t>, CC_FLAG_MAX>;
using Implementation = std::atomic<const switch_codec_implementation_t*>;

}  // namespace simulator

struct switch_channel {
  explicit switch_channel(switch_core_session* owner) : session(owner) {
    variables.flags |= EF_UNIQ_HEADERS;
  }

  switch_core_session* session;
  std::string name;
  simulator::CallerProfile profile;
  std::atomic<switch_channel_state_t> state{CS_NEW};
  std::atomic<switch_call_cause_t> hangup_cause{SWITCH_CAUSE_NONE};
  std::atomic<bool> hanging_up{false};
  simulator::Flags flags{};
  simulator::Capabilities capabilities{};

  std::recursive_mutex profile_mutex;  // guards what follows
  simulator::Event variables{SWITCH_EVENT_CHANNEL_DATA};
  bool iterating = false;  // over the variables
  std::map<std::string, const void*> privates;

  std::recursive_mutex dtmf_mutex;  // guards what follows
  std::deque<switch_dtmf_t> digits;
  std::atomic<bool> has_digits{false};  // there are some
};

struct switch_core_session {
  switch_core_session(std::string uuid_text, switch_memory_pool_t* memory, simulator::Endpoint& end)
      : uuid(std::move(uuid_text)), pool(memory), endpoint(end), channel(this) {}

  std::string uuid;
  switch_memory_pool_t* pool;  // owns this session
  simulator::Endpoint& endpoint;
  switch_channel channel;

  simulator::Rwlock rwlock;  // readers keep the session from being destroyed
  std::atomic<bool> destroyed{false};
  std::atomic<pthread_t> thread{};

  simulator::OwnRwlock bug_rwlock{"the session's bug_rwlock"};
  std::mutex hooks_mutex;  // the real core has none
  std::vector<switch_read_frame_hook_t> read_hooks;
  std::atomic<bool> hooked{false};  // there are some

  // Without a lock, as in the real core, which holds the channel's dtmf_mutex when it calls them.
  std::vector<switch_recv_dtmf_hook_t> digit_hooks;

  std::vector<switch_media_bug*> bugs;  // the pool owns them: a stale pointer stays readable
  std::atomic<const switch_media_bug*> newest_bug{nullptr};  // perhaps removed already

  // Implementations live in the pool and never change; NULL means no codec.
  simulator::Implementation read_impl{nullptr};       // what an application asked for
  simulator::Implementation real_read_impl{nullptr};  // what the channel has
  simulator::Implementation write_impl{nullptr};
  switch_codec_t read_codec{};
  switch_codec_t write_codec{};
  std::recursive_mutex codec_read_mutex;   // held while a packet is read, callbacks included
  std::recursive_mutex codec_write_mutex;  // held while a packet is written
};
