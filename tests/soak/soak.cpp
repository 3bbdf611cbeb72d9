// Runs many streams for a long time, with a server that restarts regularly, and fails if this
// process's resources grow.
//
//   soak [--streams N] [--minutes M] [--restart-every SECONDS] [--out FILE]
//
// Once a second one call hangs up and another begins. Every five seconds a line is written to the
// file: seconds, kB of resident memory, descriptors, threads, connections made, streams ended. The
// end may not have more of them than the second quarter of the time.
#include <switch.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "contract/switch_host.hpp"
#include "simulator/call.hpp"
#include "support/flatness.hpp"
#include "support/leak_watch.hpp"
#include "support/web_socket_server.hpp"

namespace soak {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

struct Arguments {
  unsigned long streams = 200;
  unsigned long minutes = 60;
  unsigned long restart_every = 60;
  std::string out = "soak.csv";
};

Arguments read_arguments(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    if (words[i] == "--streams") {
      arguments.streams = std::stoul(words[i + 1]);
    } else if (words[i] == "--minutes") {
      arguments.minutes = std::stoul(words[i + 1]);
    } else if (words[i] == "--restart-every") {
      arguments.restart_every = std::stoul(words[i + 1]);
    } else if (words[i] == "--out") {
      arguments.out = words[i + 1];
    } else {
      throw std::invalid_argument{"unknown argument " + words[i]};
    }
  }
  if (words.size() % 2 != 0) throw std::invalid_argument{words.back() + " needs a value"};
  return arguments;
}

/// Counts the module's events of all streams.
class Tally {
 public:
  Tally() {
    switch_event_bind_removable("soak", SWITCH_EVENT_CUSTOM, SWITCH_EVENT_SUBCLASS_ANY, on_event,
                                this, &node_);
  }
  ~Tally() { switch_event_unbind(&node_); }
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

  std::atomic<unsigned long> connects{0};
  std::atomic<unsigned long> losses{0};
  std::atomic<unsigned long> finals{0};

 private:
  static void on_event(switch_event_t* event) {
    if (event->subclass_name == nullptr) return;
    auto& self = *static_cast<Tally*>(event->bind_user_data);
    const std::string_view name = event->subclass_name;
    const char* final = switch_event_get_header(event, "Stream-Final");
    if (name == "mod_audio_stream::connect") ++self.connects;
    if (name == "mod_audio_stream::disconnect") ++self.losses;
    if (final != nullptr && std::strcmp(final, "true") == 0) ++self.finals;
  }
  switch_event_node_t* node_ = nullptr;
};

unsigned long resident_kb() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

class Soak {
 public:
  explicit Soak(const Arguments& arguments) : arguments_{arguments} {}

  int run() {
    if (const auto error = contract::load_module(); !error.empty()) {
      throw std::runtime_error{"the module can't be loaded: " + error};
    }
    serve(0);
    for (unsigned long i = 0; i < arguments_.streams; ++i) calls_.push_back(new_call());
    std::ofstream out{arguments_.out};
    out << "seconds,rss_kb,descriptors,threads,connects,ended\n";
    const auto begun = Clock::now();
    const auto end = begun + std::chrono::minutes{arguments_.minutes};
    auto restart = begun + seconds{arguments_.restart_every};
    auto sample = begun;
    for (auto next = begun; next < end; next += seconds{1}) {
      std::this_thread::sleep_until(next);
      if (next >= restart) {
        serve(server_->port());
        restart += seconds{arguments_.restart_every};
        ++restarts_;
      }
      if (next >= sample) {
        take_sample(out, (next - begun) / seconds{1});
        sample += seconds{5};
      }
      auto& call = calls_[turn_++ % calls_.size()];
      call.reset();
      call = new_call();
    }
    return finish();
  }

 private:
  /// Kills the running server, as a crash would. Its own growth does not count.
  void serve(int port) {
    server_.reset();
    server_.emplace(test::WebSocketServerOptions{.listen = {.port = port, .quiet = true}});
  }

  void take_sample(std::ostream& out, long long at) {
    const auto held = test::resources_now();
    const auto resident = resident_kb();
    out << at << ',' << resident << ',' << held.descriptors.size() << ',' << held.threads.size()
        << ',' << tally_.connects.load() << ',' << tally_.finals.load() << std::endl;
    resident_.push_back(static_cast<double>(resident));
    descriptors_.push_back(static_cast<double>(held.descriptors.size()));
    threads_.push_back(static_cast<double>(held.threads.size()));
  }

  /// Whether nothing grew. The count may differ by one call.
  [[nodiscard]] bool flat() const {
    bool flat = true;
    for (const auto& wrong :
         {test::growth("resident memory (kB)", resident_, {.share = 0.05, .besides = 4096}),
          test::growth("descriptors", descriptors_, {.besides = 8}),
          test::growth("threads", threads_, {.besides = 4})}) {
      if (!wrong) continue;
      flat = false;
      std::printf("%s\n", wrong->c_str());
    }
    return flat;
  }

  std::unique_ptr<simulator::Call> new_call() {
    simulator::CallOptions options;
    options.ptime_ms = 60;
    options.variables = {{"STREAM_BUFFER_SIZE", "240"}, {"STREAM_MESSAGE_DEFLATE", "true"}};
    options.read = simulator::AudioSource::tone(440);
    auto call = std::make_unique<simulator::Call>(options);
    const auto reply = contract::api(call->uuid() + " start " + server_->url("/") + " mono 8k");
    if (reply.starts_with("+OK")) {
      ++starts_;
    } else {
      std::printf("start: %s", reply.c_str());
      ++refusals_;
    }
    return call;
  }

  int finish() {
    calls_.clear();
    for (int i = 0; i < 600 && tally_.finals.load() < starts_; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    server_.reset();
    const auto refusal = contract::unload_idle_module();
    std::printf(
        "%lu streams started, %lu refused, %lu final events; %lu restarts of the server, "
        "%lu connections, %lu disconnect events%s%s\n",
        starts_, refusals_, tally_.finals.load(), restarts_, tally_.connects.load(),
        tally_.losses.load(), refusal.empty() ? "" : "; not unloaded: ", refusal.c_str());
    const bool all_ended = tally_.finals.load() == starts_ && refusals_ == 0 && refusal.empty();
    return flat() && all_ended ? 0 : 1;
  }

  const Arguments arguments_;
  Tally tally_;
  std::optional<test::WebSocketServer> server_;
  std::vector<std::unique_ptr<simulator::Call>> calls_;
  std::size_t turn_ = 0;
  unsigned long starts_ = 0;
  unsigned long refusals_ = 0;
  unsigned long restarts_ = 0;
  std::vector<double> resident_;
  std::vector<double> descriptors_;
  std::vector<double> threads_;
};

}  // namespace
}  // namespace soak

int main(int argc, char** argv) {
  try {
    const auto arguments = soak::read_arguments({argv + 1, argv + argc});
    return contract::in_switch([&] { return soak::Soak{arguments}.run(); });
  } catch (const std::exception& error) {
    static_cast<void>(std::fprintf(stderr, "%s\n", error.what()));
    return 2;
  }
}
