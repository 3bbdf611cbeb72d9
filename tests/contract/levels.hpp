// Sound levels for suites that speak tones into a call.
#pragma once

#include <cstddef>

namespace contract {

inline constexpr double kCallerHz = 440;      // Hz, the caller's tone
inline constexpr double kHeard = -20;         // dBFS: a spoken tone is above
inline constexpr double kSilent = -55;        // dBFS: a tone that was not spoken is below
inline constexpr std::size_t kSecond = 8000;  // in samples

}  // namespace contract
