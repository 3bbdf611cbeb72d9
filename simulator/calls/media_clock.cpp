#include "media_clock.hpp"

namespace simulator {

MediaClock::Time::duration MediaClock::scaled(std::chrono::microseconds ptime) const {
  return std::chrono::duration_cast<Time::duration>(
      std::chrono::duration<double, std::micro>(static_cast<double>(ptime.count()) / speed_));
}

}  // namespace simulator
