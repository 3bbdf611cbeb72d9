// A simulated switch with this module, the modules of bench/switch, and thousands of calls with
// stamps in their audio, driven by a few threads. simulated_load.py sends lines to standard input;
// each is answered by one line:
//
//   calls COUNT MS SPEED [NAME=VALUE...]   makes calls with these variables; "calls-0 calls-1 ..."
//   hangup UUID                            ends that call; "ok"
//   api COMMAND ARGUMENTS                  the command's output
//   lag                                    the latest tick of a call since the last query, in us
//   heap                                   allocated bytes
//   heard                                  delays of the server's audio since then, as JSON
//
// until end of file. A call's frames have MS milliseconds and come SPEED times faster than real
// time.
//
//   bench_simulated_switch [MEDIA_THREADS]
#include <switch.h>

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "contract/switch_host.hpp"
#include "macro/simulated/heard.hpp"
#include "macro/stamp.hpp"
#include "simulator/call.hpp"
#include "simulator/core.hpp"

namespace bench {
namespace {

simulator::AudioSource clock_speech() {
  return simulator::AudioSource::made_by([](std::span<std::int16_t> packet) {
    const auto bytes = std::as_writable_bytes(packet);
    Stamp::write(bytes.data(), monotonic_ns());
    std::ranges::fill(bytes.subspan(Stamp::kBytes), std::byte{0});
  });
}

/// Thousands of sockets need more descriptors than the default limit.
void allow_many_descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void load_modules() {
  if (const auto error = contract::load_module(); !error.empty()) {
    throw std::runtime_error{"the module can't be loaded: " + error};
  }
  const char* error = nullptr;
  if (switch_loadable_module_load_module("", "mod_audio_floor", SWITCH_TRUE, &error) !=
      SWITCH_STATUS_SUCCESS) {
    throw std::runtime_error{"the floor can't be loaded"};
  }
}

class Switch {
 public:
  explicit Switch(std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) {
      threads_.push_back(std::make_unique<simulator::MediaThread>());
    }
  }
  Switch(const Switch&) = delete;
  Switch& operator=(const Switch&) = delete;
  ~Switch() {
    for (auto& call : calls_) call->begin_hangup();
  }

  std::string obey(const std::string& line) {
    std::istringstream words{line};
    std::string verb;
    words >> verb;
    if (verb == "calls") return add_calls(words);
    if (verb == "hangup") return hang_up(words);
    if (verb == "lag") return std::to_string(worst_lag_us());
    if (verb == "heap") return std::to_string(heap_bytes());
    if (verb == "heard") return heard_.take().dump();
    if (verb != "api") throw std::invalid_argument{"unknown: " + line};
    std::string command;
    std::string arguments;
    words >> command >> std::ws;
    std::getline(words, arguments);
    return api(command, arguments);
  }

 private:
  std::string add_calls(std::istringstream& words) {
    std::size_t count = 0;
    simulator::CallOptions options;
    words >> count >> options.ptime_ms >> options.speed;
    for (std::string word; words >> word;) {
      const auto equals = word.find('=');
      options.variables[word.substr(0, equals)] = word.substr(equals + 1);
    }
    options.read = clock_speech();
    std::string made;
    for (std::size_t i = 0; i < count; ++i) {
      options.media_thread = threads_[calls_.size() % threads_.size()].get();
      calls_.push_back(std::make_unique<simulator::Call>(options));
      calls_.back()->on_heard([this](const simulator::HeardFrame& frame) { heard_.on(frame); });
      made += (i == 0 ? "" : " ") + calls_.back()->uuid();
    }
    return made;
  }

  std::string hang_up(std::istringstream& words) {
    std::string uuid;
    words >> uuid;
    std::erase_if(calls_, [&](const auto& call) { return call->uuid() == uuid; });
    return "ok";
  }

  static std::string api(const std::string& command, const std::string& arguments) {
    switch_stream_handle_t stream{};
    SWITCH_STANDARD_STREAM(stream);  // NOLINT: the core's macro allocates
    switch_api_execute(command.c_str(), arguments.c_str(), nullptr, &stream);
    std::string reply = stream.data == nullptr ? "" : static_cast<const char*>(stream.data);
    switch_safe_free(stream.data);  // NOLINT: the core's macro frees
    while (reply.ends_with('\n')) reply.pop_back();
    return reply;
  }

  static std::size_t heap_bytes() {
    const struct mallinfo2 all = ::mallinfo2();
    return all.uordblks + all.hblkhd;
  }

  std::int64_t worst_lag_us() {
    std::chrono::nanoseconds worst{0};
    for (auto& thread : threads_) worst = std::max(worst, thread->take_worst_lag());
    return worst / std::chrono::microseconds{1};
  }

  Heard heard_;
  std::vector<std::unique_ptr<simulator::MediaThread>> threads_;
  std::vector<std::unique_ptr<simulator::Call>> calls_;
};

int serve(std::size_t threads) {
  load_modules();
  Switch calls{threads};
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) std::cout << calls.obey(line) << std::endl;
  return 0;
}

}  // namespace
}  // namespace bench

switch_core_flag_t contract::core_flags() {
  return SCF_NONE;
}

int main(int argc, char** argv) {
  try {
    bench::allow_many_descriptors();
    const std::size_t threads = argc > 1 ? std::stoul(argv[1]) : 2;
    return contract::in_switch([&] { return bench::serve(threads); });
  } catch (const std::exception& error) {
    static_cast<void>(std::fprintf(stderr, "simulated switch: %s\n", error.what()));
    return 1;
  }
}
