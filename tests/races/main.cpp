// Starts, stops, hangs up, closes and unloads streams at the same time, repeatedly.
//
//   races_simulator [--rounds N] [--seed S] [--first K] [--calls C] [--unload-every R] [--show]
//
// Prints the seed. With it, --first and --rounds 1 repeat one round. --show only prints what the
// threads of the rounds do.
#include <switch.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "contract/switch_host.hpp"
#include "ledger.hpp"
#include "round.hpp"
#include "support/raw_server.hpp"

namespace races {
namespace {

struct Arguments {
  std::uint64_t rounds = 1000;
  std::uint64_t seed = std::random_device{}();
  std::uint64_t first = 0;
  std::uint64_t calls = 8;  ///< at the same time
  std::uint64_t unload_every = 100;
  bool show = false;
};

Arguments read_arguments(const std::vector<std::string_view>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--show") {
      arguments.show = true;
      continue;
    }
    const auto number = [&] {
      if (i + 1 == words.size())
        throw std::invalid_argument{std::string{words[i]} + " needs a number"};
      return std::stoull(std::string{words[++i]});
    };
    if (words[i] == "--rounds") {
      arguments.rounds = number();
    } else if (words[i] == "--seed") {
      arguments.seed = number();
    } else if (words[i] == "--first") {
      arguments.first = number();
    } else if (words[i] == "--calls") {
      arguments.calls = number();
    } else if (words[i] == "--unload-every") {
      arguments.unload_every = number();
    } else {
      throw std::invalid_argument{"unknown argument " + std::string{words[i]}};
    }
  }
  return arguments;
}

/// The seed of one round: splitmix64, so that consecutive rounds have nothing in common.
std::uint64_t seed_of(std::uint64_t seed, std::uint64_t round) {
  std::uint64_t z = seed * 0x9E3779B97F4A7C15ULL + round + 0x632BE59BD9B4E019ULL;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

/// The end of the log, for finding out what went wrong.
class LogTail {
 public:
  LogTail() { switch_log_bind_logger(on_line, SWITCH_LOG_DEBUG, SWITCH_FALSE); }
  ~LogTail() { switch_log_unbind_logger(on_line); }
  LogTail(const LogTail&) = delete;
  LogTail& operator=(const LogTail&) = delete;

  /// The lines about the call that `text` begins with, or all of the latest lines.
  static std::string about(const std::string& text) {
    const std::string uuid = text.substr(0, text.find(':'));
    const std::lock_guard lock{mutex};
    std::string all;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].starts_with(uuid) || lines[i].starts_with(' ') || i + 50 > lines.size()) {
        all += "  | " + lines[i];
      }
    }
    return all;
  }

 private:
  static constexpr std::size_t kLines = 20000;

  static switch_status_t on_line(const switch_log_node_t* node, switch_log_level_t /*level*/) {
    if (node->data == nullptr) return SWITCH_STATUS_SUCCESS;
    const std::lock_guard lock{mutex};
    const std::string whose = node->userdata == nullptr ? "" : node->userdata;
    lines.push_back(whose + " " + node->data);
    if (lines.size() > kLines) lines.pop_front();
    return SWITCH_STATUS_SUCCESS;
  }

  static inline std::mutex mutex;  // the core passes no user data to a logger
  static inline std::deque<std::string> lines;
};

class Race {
 public:
  explicit Race(const Arguments& arguments) : arguments_{arguments}, left_{arguments.rounds} {}

  int run() {
    if (const auto error = contract::load_module(); !error.empty()) {
      std::printf("the module can't be loaded: %s\n", error.c_str());
      return 1;
    }
    std::vector<std::thread> callers;
    for (std::uint64_t i = 0; i < arguments_.calls; ++i) callers.emplace_back([this] { call(); });
    unload_now_and_then();
    for (auto& caller : callers) caller.join();
    if (const auto error = contract::unload_idle_module(); !error.empty()) {
      fail("the module can't be unloaded: " + error);
    }
    std::printf(
        "seed %llu: %llu rounds, %llu streams, %llu unloads by force, %llu refused, %llu "
        "failures\n",
        number(arguments_.seed), number(played_.load()), number(streams_.load()), number(forced_),
        number(refused_), number(failures_.load()));
    return failures_.load() == 0 && played_.load() == arguments_.rounds ? 0 : 1;
  }

 private:
  static unsigned long long number(std::uint64_t value) { return value; }

  void call() {
    while (true) {
      { const std::lock_guard module_is_there{beginning_}; }
      const std::uint64_t mine = next_.fetch_add(1);
      if (mine >= left_ || failures_.load() > 10) break;
      const std::uint64_t round = arguments_.first + mine;
      const std::uint64_t seed = seed_of(arguments_.seed, round);
      std::string wrong;
      try {
        wrong = play_round(seed, servers_, ledger_, streams_);
      } catch (const std::exception& error) {
        wrong = error.what();
      }
      if (!wrong.empty())
        fail("round " + std::to_string(round) + ": " + wrong + "\n" + describe_round(seed), wrong);
      const auto played = played_.fetch_add(1) + 1;
      if (played % 5000 == 0) {
        std::printf("%llu rounds\n", number(played));
        static_cast<void>(std::fflush(stdout));
      }
    }
    done_.fetch_add(1);
  }

  /// Half of the unloads are forced, in the middle of the rounds.
  void unload_now_and_then() {
    std::uint64_t due = arguments_.unload_every;
    while (done_.load() < arguments_.calls) {
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
      if (arguments_.unload_every == 0 || played_.load() < due) continue;
      due = played_.load() + arguments_.unload_every;
      const bool force = (due / arguments_.unload_every) % 2 == 0;
      const std::lock_guard nobody_begins{beginning_};
      if (!contract::unload_module(force).empty()) {
        ++refused_;  // the module is in use
        continue;
      }
      if (force) ++forced_;
      if (const auto error = contract::load_module(); !error.empty()) {
        // Streams did not end within two seconds. The module correctly stays and can't be loaded a
        // second time, so the bound of two seconds is violated.
        std::printf("an unload took more than two seconds: no more rounds (%s)\n", error.c_str());
        next_.store(left_);
        return;
      }
    }
  }

  void fail(const std::string& text, const std::string& call = "?") {
    failures_.fetch_add(1);
    std::printf("FAILED, seed %llu: %s\n", number(arguments_.seed), text.c_str());
    std::printf("of the log:\n%s\n", LogTail::about(call).c_str());
    static_cast<void>(std::fflush(stdout));
  }

  const Arguments arguments_;
  const std::uint64_t left_;
  test::RawServer server_{{.listen = {.quiet = true}}};
  const Servers servers_{server_.url("")};
  LogTail log_;
  Ledger ledger_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint64_t> played_{0};
  std::atomic<std::uint64_t> streams_{0};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::mutex beginning_;  // held while there may be no module: running rounds continue, none begins
  std::uint64_t forced_ = 0;
  std::uint64_t refused_ = 0;
};

int show(const Arguments& arguments) {
  for (std::uint64_t i = 0; i < arguments.rounds; ++i) {
    const std::uint64_t round = arguments.first + i;
    std::printf("round %llu\n%s", static_cast<unsigned long long>(round),
                describe_round(seed_of(arguments.seed, round)).c_str());
  }
  return 0;
}

}  // namespace
}  // namespace races

int main(int argc, char** argv) {
  try {
    const auto arguments = races::read_arguments({argv + 1, argv + argc});
    std::printf("seed %llu\n", static_cast<unsigned long long>(arguments.seed));
    static_cast<void>(std::fflush(stdout));
    if (arguments.show) return races::show(arguments);
    return contract::in_switch([&] { return races::Race{arguments}.run(); });
  } catch (const std::exception& error) {
    static_cast<void>(std::fprintf(stderr, "%s\n", error.what()));
    return 2;
  }
}
