#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "ledger.hpp"

namespace races {

/// Where the servers of all rounds listen.
struct Servers {
  std::string url;  ///< of the raw server, without a path
};

/// One call, with streams that are started, stopped and otherwise meddled with from several threads
/// at once, as `seed` says. What the threads do is always the same for a seed; when is up to the
/// machine. Counts the streams that came about. Returns what went wrong, or nothing.
std::string play_round(std::uint64_t seed, const Servers& servers, Ledger& ledger,
                       std::atomic<std::uint64_t>& streams);

/// What the threads of such a round do, for people.
std::string describe_round(std::uint64_t seed);

}  // namespace races
