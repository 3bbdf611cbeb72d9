// Runs two-way calls with a server that echoes. The echo must be played without a gap.
//
//   talk [--streams N] [--seconds S] [--prebuffer MS]
//
// Prints the totals of the streams' final events, the CPU time, and how often and how long a
// processor stood still. A call cannot play without gaps while a processor stands still for half
// the prebuffer. Fails if a stream had more underruns within an utterance than that, if it played
// too little, or if it lacks its final event. Exits with 77 if the machine caused the first two.
#include <pthread.h>
#include <sched.h>
#include <switch.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "contract/switch_host.hpp"
#include "echo_server.hpp"
#include "simulator/call.hpp"
#include "simulator/media_thread.hpp"

namespace soak {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using Seconds = std::chrono::duration<double>;

constexpr int kNoJudgement = 77;
constexpr unsigned long kStandstillsAMinute = 2;
constexpr unsigned long kSlackMs = 1000;  // time for a stream to connect and to be heard

struct Arguments {
  unsigned long streams = 200;
  unsigned long seconds = 600;
  unsigned long prebuffer = 60;
};

Arguments read_arguments(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    if (words[i] == "--streams") {
      arguments.streams = std::stoul(words[i + 1]);
    } else if (words[i] == "--seconds") {
      arguments.seconds = std::stoul(words[i + 1]);
    } else if (words[i] == "--prebuffer") {
      arguments.prebuffer = std::stoul(words[i + 1]);
    } else {
      throw std::invalid_argument{"unknown argument " + words[i]};
    }
  }
  if (words.size() % 2 != 0) throw std::invalid_argument{words.back() + " needs a value"};
  return arguments;
}

/// Sums of the final events' playback totals.
struct Played {
  unsigned long finals = 0;
  unsigned long streams_run_dry = 0;
  unsigned long underruns = 0;
  unsigned long most_underruns = 0;  ///< maximum of one stream
  unsigned long underrun_ms = 0;
  unsigned long least_ms = 0;
  unsigned long most_ms = 0;
  unsigned long most_waiting_ms = 0;  ///< maximum of one stream at its end
  unsigned long lost_ms = 0;          ///< received, but neither played nor queued
};

class Finals {
 public:
  Finals() {
    switch_event_bind_removable("talk", SWITCH_EVENT_CUSTOM, SWITCH_EVENT_SUBCLASS_ANY, on_event,
                                this, &node_);
  }
  ~Finals() { switch_event_unbind(&node_); }
  Finals(const Finals&) = delete;
  Finals& operator=(const Finals&) = delete;

  [[nodiscard]] Played played() const {
    const std::lock_guard lock{mutex_};
    return played_;
  }

 private:
  static void on_event(switch_event_t* event) {
    const char* final = switch_event_get_header(event, "Stream-Final");
    if (final == nullptr || std::string_view{final} != "true") return;
    static_cast<Finals*>(event->bind_user_data)->take(switch_event_get_body(event));
  }

  void take(const char* text) {
    const auto body = nlohmann::json::parse(text == nullptr ? "" : text, nullptr, false);
    const auto at = nlohmann::json::json_pointer{"/stats/playback"};
    const auto stats = !body.is_discarded() && body.contains(at) ? body[at] : nlohmann::json{};
    const std::lock_guard lock{mutex_};
    const auto underruns = stats.value("underruns", 0UL);
    const auto played = stats.value("played_ms", 0UL);
    played_.underruns += underruns;
    played_.most_underruns = std::max(played_.most_underruns, underruns);
    played_.underrun_ms += stats.value("underrun_ms", 0UL);
    const auto received = stats.value("received_ms", 0UL);
    const auto waiting = stats.value("unplayed_ms", 0UL);
    played_.most_waiting_ms = std::max(played_.most_waiting_ms, waiting);
    played_.lost_ms += received - std::min(received, played + waiting);
    played_.streams_run_dry += underruns > 0 ? 1 : 0;
    played_.least_ms = played_.finals == 0 ? played : std::min(played_.least_ms, played);
    played_.most_ms = std::max(played_.most_ms, played);
    ++played_.finals;
  }

  switch_event_node_t* node_ = nullptr;
  mutable std::mutex mutex_;
  Played played_;
};

/// Measures how late a thread of normal priority wakes on that processor after half a frame of
/// sleep, and how often it is later than `too_late`.
class Sleeper {
 public:
  Sleeper(int processor, milliseconds too_late)
      : too_late_{too_late}, thread_{[this, processor] { run(processor); }} {}
  ~Sleeper() {
    stop_ = true;
    thread_.join();
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  [[nodiscard]] milliseconds latest() const { return latest_.load(); }
  [[nodiscard]] unsigned long standstills() const { return standstills_.load(); }

 private:
  void run(int processor) {
    cpu_set_t here{};
    CPU_SET(static_cast<std::size_t>(processor), &here);
    pthread_setaffinity_np(pthread_self(), sizeof here, &here);
    while (!stop_) {
      const auto due = Clock::now() + milliseconds{10};
      std::this_thread::sleep_until(due);
      const auto late = std::chrono::duration_cast<milliseconds>(Clock::now() - due);
      latest_ = std::max(latest_.load(), late);
      if (late > too_late_) ++standstills_;
    }
  }

  const milliseconds too_late_;
  std::atomic<bool> stop_{false};
  std::atomic<milliseconds> latest_{milliseconds{0}};
  std::atomic<unsigned long> standstills_{0};
  std::thread thread_;
};

/// One Sleeper for each processor that this process may use. A virtual processor may stand still by
/// itself.
class Sleepers {
 public:
  explicit Sleepers(milliseconds too_late) {
    cpu_set_t ours{};
    if (sched_getaffinity(0, sizeof ours, &ours) != 0) return;
    for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
      if (!CPU_ISSET(static_cast<std::size_t>(processor), &ours)) continue;
      each_.push_back(std::make_unique<Sleeper>(processor, too_late));
    }
  }

  [[nodiscard]] milliseconds latest() const {
    milliseconds latest{0};
    for (const auto& sleeper : each_) latest = std::max(latest, sleeper->latest());
    return latest;
  }
  [[nodiscard]] unsigned long standstills() const {
    unsigned long sum = 0;
    for (const auto& sleeper : each_) sum += sleeper->standstills();
    return sum;
  }

 private:
  std::vector<std::unique_ptr<Sleeper>> each_;
};

Seconds processor_time() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return Seconds{static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6};
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::unique_ptr<simulator::Call> new_call(const Arguments& arguments, const std::string& url,
                                          simulator::MediaThread& media_thread) {
  simulator::CallOptions options;
  options.media_thread = &media_thread;
  options.variables = {{"STREAM_PLAYBACK_PREBUFFER", std::to_string(arguments.prebuffer)}};
  options.read = simulator::AudioSource::tone(440);
  auto call = std::make_unique<simulator::Call>(options);
  const auto reply = contract::api(call->uuid() + " start playback=on -- " + url + " mono 8k");
  if (!reply.starts_with("+OK")) throw std::runtime_error{"start: " + reply};
  return call;
}

bool wait_for_finals(const Finals& finals, unsigned long count) {
  for (int i = 0; i < 1200 && finals.played().finals < count; ++i) {
    std::this_thread::sleep_for(milliseconds{50});
  }
  return finals.played().finals == count;
}

int talk(const Arguments& arguments) {
  if (const auto error = contract::load_module(); !error.empty()) {
    throw std::runtime_error{"the module can't be loaded: " + error};
  }
  const Finals finals;
  const EchoServer server;
  // Hundreds of media threads would delay the threads under test.
  std::array<simulator::MediaThread, 2> media_threads;
  const Sleepers sleepers{milliseconds{arguments.prebuffer} / 2};
  std::vector<std::unique_ptr<simulator::Call>> calls;
  for (unsigned long i = 0; i < arguments.streams; ++i) {
    calls.push_back(new_call(arguments, server.url(), media_threads[i % media_threads.size()]));
  }

  const auto begun = Clock::now();
  const Seconds used_before = processor_time() - server.processor_time();
  std::this_thread::sleep_for(std::chrono::seconds{arguments.seconds});
  const Seconds used = processor_time() - server.processor_time() - used_before;
  const Seconds passed = Clock::now() - begun;

  calls.clear();
  const bool all_ended = wait_for_finals(finals, arguments.streams);
  const auto refusal = contract::unload_idle_module();
  const auto played = finals.played();
  std::printf("%lu two-way calls of %lu s, %lu final events; the server sent %llu messages back\n",
              arguments.streams, arguments.seconds, played.finals,
              static_cast<unsigned long long>(server.messages()));
  std::printf(
      "played: %lu to %lu ms a call; %lu underruns of %lu ms in all, in %lu calls, at most %lu in "
      "one\n",
      played.least_ms, played.most_ms, played.underruns, played.underrun_ms, played.streams_run_dry,
      played.most_underruns);
  std::printf(
      "%lu ms of the received audio were neither played nor queued; at most %lu ms were queued\n",
      played.lost_ms, played.most_waiting_ms);
  std::printf(
      "CPU, including the simulated calls and without the server: %.1f %% of one core, "
      "%.3f %% a call\n",
      100 * used / passed, 100 * used / passed / static_cast<double>(arguments.streams));
  std::printf("a processor stood still %lu times for more than %lu ms, for at most %lld ms\n",
              sleepers.standstills(), arguments.prebuffer / 2,
              static_cast<long long>(sleepers.latest().count()));
  for (auto& media_thread : media_threads) {
    const auto lag = std::chrono::duration_cast<milliseconds>(media_thread.take_worst_lag());
    std::printf("a media thread was late by at most %lld ms\n",
                static_cast<long long>(lag.count()));
  }
  const auto pause = server.longest_pause();
  std::printf(
      "the longest pause between two messages of a stream was %lld ms, %.1f s after the start\n",
      static_cast<long long>(pause.length.count()), Seconds{pause.end - begun}.count());
  if (!refusal.empty()) std::printf("not unloaded: %s\n", refusal.c_str());
  // Gaps show here, whether or not they were counted.
  const bool heard = played.least_ms + arguments.prebuffer + kSlackMs >= arguments.seconds * 1000;
  if (!heard) std::printf("a call played too little audio\n");
  if (!all_ended || !refusal.empty()) return 1;
  // With few standstills every underrun can be attributed to one.
  const bool few = sleepers.standstills() <= kStandstillsAMinute * (1 + arguments.seconds / 60);
  if (heard && few && played.most_underruns <= sleepers.standstills()) return 0;
  if (sleepers.standstills() > 0) std::printf("this machine was too busy to judge\n");
  return sleepers.standstills() > 0 ? kNoJudgement : 1;
}

}  // namespace
}  // namespace soak

int main(int argc, char** argv) {
  try {
    const auto arguments = soak::read_arguments({argv + 1, argv + argc});
    return contract::in_switch([&] { return soak::talk(arguments); });
  } catch (const std::exception& error) {
    static_cast<void>(std::fprintf(stderr, "%s\n", error.what()));
    return 2;
  }
}
