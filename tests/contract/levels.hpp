// How loud is loud: what the suites that speak tones into a call compare with.
#pragma once

#include <cstddef>

namespace contract {

inline constexpr double kCallerHz = 440;      // of the tone the caller speaks
inline constexpr double kHeard = -20;         // dBFS: a tone that was spoken is above
inline constexpr double kSilent = -55;        // and one that was not is below
inline constexpr std::size_t kSecond = 8000;  // in samples

}  // namespace contract
