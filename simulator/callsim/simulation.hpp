// One call, streamed from beginning to end.
#pragma once

#include <string>

#include "arguments.hpp"
#include "screen.hpp"
#include "simulator/call.hpp"
#include "stream_events.hpp"

namespace callsim {

/// The source an argument names. Throws std::runtime_error for a file that cannot be read.
simulator::AudioSource source_named(const std::string& name);
simulator::CallOptions call_options(const Arguments& arguments);
/// The mix of the recording, if there is to be one.
std::string recording_mix(const Arguments& arguments);

/// Streams the call as the arguments say; returns callsim's exit code.
int simulate(const Arguments& arguments, Screen& screen, StreamEvents& events);

}  // namespace callsim
