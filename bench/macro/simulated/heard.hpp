// Measures the delay of a server's stamps until callers hear them.
#pragma once

#include <mutex>
#include <nlohmann/json.hpp>
#include <span>

#include "macro/sink/histogram.hpp"
#include "macro/stamp.hpp"
#include "simulator/call.hpp"

namespace bench {

class Heard {
 public:
  /// Called on any thread, for all calls.
  void on(const simulator::HeardFrame& frame) {
    const auto bytes = std::as_bytes(frame.samples);
    const std::span audio{reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()};
    const auto at = Stamp::find(audio, 0);
    if (!at) return;
    const std::int64_t took = monotonic_ns() - Stamp::ns_at(audio, *at);
    const std::lock_guard lock(mutex_);
    latency_.add(took);
  }

  nlohmann::json take() {
    const std::lock_guard lock(mutex_);
    nlohmann::json told = {{"count", latency_.total()},
                           {"p50", latency_.quantile_us(0.5)},
                           {"p99", latency_.quantile_us(0.99)},
                           {"max", latency_.most_us()}};
    latency_ = Histogram{};
    return told;
  }

 private:
  std::mutex mutex_;
  Histogram latency_;
};

}  // namespace bench
