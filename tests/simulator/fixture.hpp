// What the simulator's tests share: a running core, and a media bug that keeps a record.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "simulator/call.hpp"
#include "simulator/core.hpp"
#include "switch.h"

namespace simulator::testing {

using namespace std::chrono_literals;
inline constexpr auto kPatience = 20s;
inline constexpr std::uint32_t kBoth = SMBF_READ_STREAM | SMBF_WRITE_STREAM;

/// A core, and the promise that a test leaves nothing alive in it.
class CoreTest : public ::testing::Test {
 protected:
  void TearDown() override;
  Core core;
  Census before = census();
};

/// One read from a bug: what it gave.
struct BugRead {
  std::uint32_t datalen;
  std::uint32_t samples;
  std::uint32_t rate;
  std::uint32_t channels;
  std::vector<std::int16_t> pcm;
};

/// Reads once, into a buffer of `bytes`.
std::optional<BugRead> read_bug(switch_media_bug_t* bug, bool fill, std::size_t bytes = 16384);

/// A media bug that counts its callbacks and notes their threads. Its destructor takes the bug off,
/// so declare it after the Call, and what its hook uses before it.
class Probe {
 public:
  Probe() = default;
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  using Hook = std::function<switch_bool_t(switch_media_bug_t*, switch_abc_type_t)>;

  switch_status_t add(switch_core_session_t* session, switch_media_bug_flag_t flags, Hook hook = {},
                      const char* function = "probe");
  switch_media_bug_t* bug = nullptr;

  int count(switch_abc_type_t type) const;
  std::optional<std::thread::id> thread_of(switch_abc_type_t type) const;
  bool wait_for(switch_abc_type_t type, int count) const;

 private:
  static switch_bool_t on_bug(switch_media_bug_t* bug, void* self, switch_abc_type_t type);
  Hook hook_;
  std::string uuid_;  // of the call, once added
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::array<int, SWITCH_ABC_TYPE_READ_TEXT + 1> counts_{};
  std::array<std::optional<std::thread::id>, SWITCH_ABC_TYPE_READ_TEXT + 1> threads_;
};

/// Samples 1, 2, 3, ...
std::vector<std::int16_t> counting(std::size_t samples, std::int16_t first = 1);

}  // namespace simulator::testing
