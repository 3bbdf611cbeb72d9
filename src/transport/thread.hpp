#pragma once

#include <functional>
#include <string>
#include <thread>

namespace audio_stream::transport {

/// A thread of the module: named, so that `top -H` shows whose it is (15 characters at most), and
/// with all signals blocked, because the process and its signals belong to the switch.
std::thread start_thread(const std::string& name, std::function<void()> body);

}  // namespace audio_stream::transport
