// What is behind a media bug.
#pragma once

#include <pthread.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "pcm_buffer.hpp"
#include "switch.h"

struct switch_media_bug {
  switch_core_session_t* session = nullptr;
  std::string function = "N/A";
  std::string target = "N/A";
  switch_media_bug_callback_t callback = nullptr;
  void* user_data = nullptr;
  std::time_t stop_time = 0;
  std::atomic<std::uint32_t> flags{0};
  std::atomic<bool> ready{false};
  std::optional<pthread_t> only_thread;  // SMBF_THREAD_LOCK

  std::recursive_mutex read_mutex;  // held during READ and READ_PING callbacks
  std::optional<simulator::PcmBuffer> read_buffer;
  std::recursive_mutex write_mutex;  // not held during WRITE callbacks
  std::optional<simulator::PcmBuffer> write_buffer;

  switch_frame_t* read_replace_frame_in = nullptr;
  switch_frame_t* read_replace_frame_out = nullptr;
  switch_frame_t* write_replace_frame_in = nullptr;
  switch_frame_t* write_replace_frame_out = nullptr;

  // Of the audio the reader sees; racy in the real core, hence atomic here.
  std::atomic<std::uint32_t> record_frame_size{0};
  std::atomic<std::uint32_t> pre_buffer_count{0};
  std::atomic<std::uint32_t> pre_buffer_max{0};
  std::array<std::int16_t, SWITCH_RECOMMENDED_BUFFER_SIZE / 2> data{};
  std::array<std::int16_t, SWITCH_RECOMMENDED_BUFFER_SIZE> tmp{};

  [[nodiscard]] bool is(std::uint32_t flag) const { return (flags & flag) != 0; }
  [[nodiscard]] bool may_be_closed_here() const;
};

namespace simulator {

std::size_t media_bugs_alive();

/// Whether the callback of this bug is due now; counts the ones to prune.
bool is_due(switch_media_bug& bug, int& prune);
/// Calls back, and marks the bug for pruning when it returns false or its time is over.
bool call_back(switch_media_bug& bug, switch_abc_type_t type);
void prune_when_over(switch_media_bug& bug, bool wants_more, int& prune);

}  // namespace simulator
