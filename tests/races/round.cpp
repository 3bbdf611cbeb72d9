#include "round.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <random>
#include <string_view>
#include <thread>
#include <vector>

#include "contract/call.hpp"
#include "contract/switch_host.hpp"

namespace races {
namespace {

using Random = std::mt19937_64;

// For the last event of a stream: a slow, overloaded machine is no failure.
constexpr std::chrono::seconds kPatience{90};

// What a server does to a stream. Most of them behave.
constexpr std::array<const char*, 33> kServers{
    "/",
    "/",
    "/",
    "/",
    "/chatter?ms=3&n=30",
    "/speaker",
    "/speaker?ms=1&n=100",
    "/speaker?ms=30",
    "/close?code=1000",
    "/close?code=1001",
    "/close?code=1013",
    "/close-empty",
    "/close-after-binary?n=1",
    "/close-after-binary?n=3&code=1011",
    "/close-keep-tcp",
    "/close-unanswered",
    "/close-answered-by-reset",
    "/drop-after?ms=1",
    "/drop-after?ms=20&how=fin",
    "/drop-after-binary?n=1",
    "/drop-after-binary?n=2&how=fin",
    "/handshake-silent",
    "/handshake-half-close",
    "/handshake-then-reset",
    "/handshake-with-text",
    "/handshake-wrong-accept",
    "/silent-after?ms=10",
    "/never-reads",
    "/slow-reader?rate=2000",
    "/status?code=403",
    "/status?code=503",
    "/text-invalid-utf8",
    // {"type":"streamAudio",...}: a file, written by a worker
    "/text?n=3&data=%7B%22type%22%3A%22streamAudio%22%2C%22data%22%3A%7B%22audioDataType%22%3A%22"
    "raw%22%2C%22sampleRate%22%3A8000%2C%22audioData%22%3A%22AAAAAAAA%22%7D%7D",
};

enum class Deed : std::uint8_t {
  start,
  stop,
  stop_with_text,
  stop_and_drain,
  graceful_shutdown,
  pause,
  resume,
  send_text,
  clear,
  mask,
  unmask,
  hangup,
  hold,
  unhold,
  reload,
  rest,
};

struct Step {
  Deed deed;
  bool other = false;  ///< for the call's other stream
  std::uint32_t microseconds = 0;
};

struct Plan {
  std::string path;
  std::map<std::string, std::string> variables;
  std::string options;  ///< words before the URL
  std::string start;    ///< words after the URL
  bool callee = false;
  std::vector<std::vector<Step>> scripts;  ///< one for each thread
};

std::uint64_t below(Random& random, std::uint64_t limit) {
  return random() % limit;
}

Deed draw_deed(Random& random) {
  // The number of occurrences here is an input's frequency.
  static constexpr std::array kDeeds{Deed::start,          Deed::start,
                                     Deed::start,          Deed::start,
                                     Deed::stop,           Deed::stop,
                                     Deed::stop,           Deed::stop_with_text,
                                     Deed::stop_and_drain, Deed::graceful_shutdown,
                                     Deed::pause,          Deed::resume,
                                     Deed::send_text,      Deed::send_text,
                                     Deed::clear,          Deed::clear,
                                     Deed::mask,           Deed::unmask,
                                     Deed::hangup,         Deed::hold,
                                     Deed::unhold,         Deed::reload,
                                     Deed::rest,           Deed::rest};
  return kDeeds[below(random, kDeeds.size())];
}

Step draw_step(Random& random) {
  Step step{draw_deed(random), below(random, 6) == 0, 0};
  // From zero to a few packets; short times are more frequent.
  const std::uint64_t most = std::uint64_t{1} << below(random, 17);
  step.microseconds = static_cast<std::uint32_t>(below(random, most + 1));
  return step;
}

Plan draw_plan(std::uint64_t seed) {
  Random random{seed};
  Plan plan;
  plan.path = kServers[below(random, kServers.size())];
  plan.callee = below(random, 3) == 0;
  static constexpr std::array kMixes{" mono", " mixed", " stereo", " mono 16k", " mixed 8k hello"};
  plan.start = kMixes[below(random, kMixes.size())];
  static constexpr std::array kPlaybacks{
      "",
      "",
      "playback=on ",
      "playback=on down-rate=24000 ",
      "playback=on play-to=both barge-in=speech ",
      "playback=on play-to=callee play-mode=replace ",
      "vad=on mask=silence dtmf-consume=on ",
      "vad=gate ",
  };
  plan.options = kPlaybacks[below(random, kPlaybacks.size())];
  if (plan.path.starts_with("/speaker") && plan.options.empty()) plan.options = kPlaybacks[2];
  static constexpr std::array kLingers{"0", "20", "100", "300"};
  plan.variables["STREAM_LINGER"] = kLingers[below(random, kLingers.size())];
  if (below(random, 3) == 0) plan.variables["STREAM_NO_RECONNECT"] = "true";
  if (below(random, 3) == 0) plan.variables["STREAM_OUTAGE_BUFFER"] = "100";
  if (below(random, 4) == 0) plan.variables["STREAM_GAP_TEXT"] = "true";
  if (below(random, 2) == 0) plan.variables["STREAM_MESSAGE_DEFLATE"] = "true";
  const std::uint64_t threads = 1 + below(random, 4);
  for (std::uint64_t i = 0; i < threads; ++i) {
    std::vector<Step> script;
    const std::uint64_t steps = 1 + below(random, 8);
    for (std::uint64_t k = 0; k < steps; ++k) script.push_back(draw_step(random));
    plan.scripts.push_back(std::move(script));
  }
  // Every plan begins with a start.
  plan.scripts.front().insert(plan.scripts.front().begin(), Step{Deed::start, false, 0});
  return plan;
}

std::string_view name_of(Deed deed) {
  switch (deed) {
    case Deed::start:
      return "start";
    case Deed::stop:
      return "stop";
    case Deed::stop_with_text:
      return "stop with a text";
    case Deed::stop_and_drain:
      return "stop drain=";
    case Deed::graceful_shutdown:
      return "graceful-shutdown";
    case Deed::pause:
      return "pause";
    case Deed::resume:
      return "resume";
    case Deed::send_text:
      return "send_text";
    case Deed::clear:
      return "clear";
    case Deed::mask:
      return "mask on";
    case Deed::unmask:
      return "mask off";
    case Deed::hangup:
      return "hangup";
    case Deed::hold:
      return "hold";
    case Deed::unhold:
      return "unhold";
    case Deed::reload:
      return "reload";
    case Deed::rest:
      return "rest";
  }
  return "?";
}

/// Lets time pass in which other threads act. It does not wait for anything.
void pass(std::uint32_t microseconds) {
  if (microseconds == 0) return;
  if (microseconds < 50) {
    std::this_thread::yield();
    return;
  }
  std::this_thread::sleep_for(std::chrono::microseconds{microseconds});
}

class Round {
 public:
  Round(const Plan& plan, const Servers& servers, contract::Call& call)
      : plan_{plan}, url_{servers.url + plan.path}, call_{call}, uuid_{call.uuid()} {}

  void play(const std::vector<Step>& script) {
    for (const Step& step : script) {
      pass(step.microseconds);
      play(step);
    }
  }

  [[nodiscard]] unsigned starts() const { return starts_.load(); }
  [[nodiscard]] std::string odd_reply() const { return odd_reply_; }

 private:
  void play(const Step& step) {
    const std::string name = step.other ? " name=other" : "";
    switch (step.deed) {
      case Deed::start:
        if (say("start " + plan_.options + "-- " + url_ + plan_.start, name)) starts_.fetch_add(1);
        break;
      case Deed::stop:
        say("stop", name);
        break;
      case Deed::stop_with_text:
        say("stop", name, " good bye");
        break;
      case Deed::stop_and_drain:
        say("stop", name + " drain=30");
        break;
      case Deed::graceful_shutdown:
        say("graceful-shutdown", name + " drain=50");
        break;
      case Deed::pause:
        say("pause", name);
        break;
      case Deed::resume:
        say("resume", name);
        break;
      case Deed::send_text:
        say("send_text", name, " {\"a\":1}");
        break;
      case Deed::clear:
        say("clear", name);
        break;
      case Deed::mask:
        say("mask", name, " on tone");
        break;
      case Deed::unmask:
        say("mask", name, " off");
        break;
      case Deed::hangup:
        // hangup() waits until the session is gone, so only one thread calls it.
        if (!hung_up_.exchange(true)) call_.hangup();
        break;
      case Deed::hold:
      case Deed::unhold:
        if (!hung_up_.load()) call_.hold(step.deed == Deed::hold);
        break;
      case Deed::reload:
        contract::api("reload");
        break;
      case Deed::rest:
        break;
    }
  }

  bool say(const std::string& verb, const std::string& name, const std::string& text = "") {
    // Options come before the words of the verb.
    const auto end = verb.find(' ');
    const std::string words =
        verb.substr(0, end) + name + (end == std::string::npos ? "" : verb.substr(end)) + text;
    const std::string reply = contract::api(uuid_ + " " + words);
    if (reply.starts_with("+OK")) return true;
    // "INVALID COMMAND!" is the switch's reply while the module is not loaded.
    if (!reply.empty() && !reply.starts_with("-ERR") && !reply.starts_with("INVALID")) {
      const std::lock_guard lock{odd_mutex_};
      odd_reply_ = reply;
    }
    return false;
  }

  const Plan& plan_;
  const std::string url_;
  contract::Call& call_;
  const std::string uuid_;
  std::atomic<unsigned> starts_{0};
  std::atomic<bool> hung_up_{false};
  std::mutex odd_mutex_;
  std::string odd_reply_;  // guarded by odd_mutex_
};

}  // namespace

std::string describe_round(std::uint64_t seed) {
  const Plan plan = draw_plan(seed);
  std::string text = "  server " + plan.path + ", start " + plan.options + "..." + plan.start + ",";
  for (const auto& [name, value] : plan.variables)
    text.append(" ").append(name).append("=").append(value);
  for (const auto& script : plan.scripts) {
    text += "\n  thread:";
    for (const Step& step : script) {
      text += " (" + std::to_string(step.microseconds) + " us) " + std::string{name_of(step.deed)} +
              (step.other ? " other;" : ";");
    }
  }
  return text + "\n";
}

std::string play_round(std::uint64_t seed, const Servers& servers, Ledger& ledger,
                       std::atomic<std::uint64_t>& streams) {
  const Plan plan = draw_plan(seed);
  contract::CallShape shape;
  shape.caller = contract::Speech::tone(440);
  if (plan.callee) shape.callee = contract::Speech::tone(1000);
  shape.variables = plan.variables;
  contract::Call call{shape};
  const std::string uuid = call.uuid();
  ledger.open(uuid);
  Round round{plan, servers, call};
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < plan.scripts.size(); ++i) {
    threads.emplace_back([&, i] { round.play(plan.scripts[i]); });
  }
  round.play(plan.scripts.front());
  for (auto& thread : threads) thread.join();
  call.hangup();
  const unsigned starts = round.starts();
  streams.fetch_add(starts);
  const bool all = ledger.wait_for_finals(uuid, starts, kPatience);
  const Account account = ledger.close(uuid);
  if (!all || account.finals != starts) {
    return uuid + ": " + std::to_string(starts) + " streams were started, and " +
           std::to_string(account.finals) + " final events came; the last: " + account.last;
  }
  if (account.broken > 0) return "a final event has no totals: " + account.last;
  if (!round.odd_reply().empty()) return "an odd reply: " + round.odd_reply();
  return "";
}

}  // namespace races
