// Lets each allocation of a `start` fail once. The name is free afterwards and no stream is left.
#include <cstddef>
#include <cstdint>
#include <string>

#include "../exhaustion/failing_memory.hpp"
#include "contract_test.hpp"

namespace contract {
namespace {

/// In bytes. Of the simulator's own allocations only a media bug is that large.
constexpr std::size_t kLarge = 4096;

struct Outcome {
  std::string reply;
  bool failed = false;  ///< an allocation failed
};

/// As api(), with the allocation after the first `count` failing.
Outcome api_without_memory(const std::string& line, std::uint64_t count) {
  switch_stream_handle_t stream{};
  SWITCH_STANDARD_STREAM(stream);
  Outcome outcome;
  {
    const exhaustion::FailOnce fail{count, switch_uses_operator_new() ? kLarge : 0};
    switch_api_execute("uuid_audio_stream", line.c_str(), nullptr, &stream);
    outcome.failed = fail.happened();
  }
  if (stream.data != nullptr) outcome.reply = static_cast<const char*>(stream.data);
  switch_safe_free(stream.data);
  return outcome;
}

class MemoryForCommands : public ContractTest {};

// The engine registers the stream before start() makes the tap.
TEST_F(MemoryForCommands, AFailedStartLeavesNoNameAndNoStream) {
  const test::WebSocketServer server;
  for (const std::string& start :
       {"start " + server.url("/") + " mono",
        "start playback=on play-to=both -- " + server.url("/") + " stereo"}) {
    const Call call;
    // Allocate here what the engine keeps after the first stream.
    EXPECT_EQ(call.api(start), kOk);
    EXPECT_EQ(call.api("stop"), kOk);
    int refused = 0;
    bool failed = true;
    for (std::uint64_t count = 0; failed && !HasFailure(); ++count) {
      const auto outcome = api_without_memory(call.uuid() + " " + start, count);
      failed = outcome.failed;
      const std::string& reply = outcome.reply;
      SCOPED_TRACE("allocation " + std::to_string(count) + ": " + reply);
      if (reply == kOk) {
        EXPECT_EQ(call.api("stop"), kOk);
      } else {
        EXPECT_EQ(reply.substr(0, 5), "-ERR ");
        ++refused;
      }
      EXPECT_EQ(call.api(start), kOk) << "the name is taken";
      EXPECT_EQ(call.api("stop"), kOk);
    }
    EXPECT_GE(refused, switch_uses_operator_new() ? 1 : 20) << start;
  }
}

}  // namespace
}  // namespace contract
