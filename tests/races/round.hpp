#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "ledger.hpp"

namespace races {

/// The servers of all rounds.
struct Servers {
  std::string url;  ///< the raw server's URL without a path
};

/// One call with streams that several threads start, stop and otherwise use at the same time,
/// chosen by `seed`. A seed always has the same actions; their timing depends on the machine.
/// Counts the streams that connected. Returns what went wrong, or nothing.
std::string play_round(std::uint64_t seed, const Servers& servers, Ledger& ledger,
                       std::atomic<std::uint64_t>& streams);

/// The actions of a round's threads, for people.
std::string describe_round(std::uint64_t seed);

}  // namespace races
