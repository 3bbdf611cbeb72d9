#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "audio/packet_pool.hpp"
#include "control/options.hpp"
#include "stream/load_balancer.hpp"
#include "stream/ports.hpp"
#include "stream/recent_losses.hpp"
#include "stream/registry.hpp"
#include "stream/status.hpp"
#include "stream/stream.hpp"
#include "transport/deflate_offers.hpp"
#include "transport/io_thread.hpp"
#include "transport/resolver.hpp"
#include "transport/tls.hpp"
#include "transport/worker.hpp"

namespace audio_stream::stream {

/// The module without its switch: threads, pools, and all live streams.
///
/// One per module, from load to unload. Its functions may be called from any thread except a media
/// thread.
class Engine {
 public:
  struct Settings {
    unsigned io_threads = 0;  ///< 0: one per core, at most 4
    std::string temp_dir = "/tmp";
    transport::WebSocketLimits limits{};
  };

  Engine(const Settings& settings, Log& log);
  /// All streams must be over: see shutdown().
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Makes a stream that has its name and does nothing yet. Then put the tap on the call and call
  /// begin() on the stream, or call discard() if there is no tap. `call_rate_hz` is the rate of the
  /// call's frames.
  tl::expected<std::shared_ptr<Stream>, std::string> create(const Identity& identity,
                                                            control::Options options,
                                                            std::uint32_t call_rate_hz,
                                                            std::unique_ptr<Call> call);
  /// Removes a stream that never got its tap. It fires no event.
  void discard(const std::shared_ptr<Stream>& stream);

  [[nodiscard]] std::shared_ptr<Stream> find(const Identity& identity) const;
  /// As find(), and frees the name at once: for a caller that stops the stream.
  std::shared_ptr<Stream> take(const Identity& identity);
  [[nodiscard]] std::vector<std::string> names(const std::string& call) const {
    return registry_.names(call);
  }

  /// Runs `job` on a worker that may wait for the call, as removing a tap does. Jobs of one call
  /// run one after the other. False if too many wait: the job is dropped.
  bool run_for(const std::string& call, std::function<void()> job) {
    return workers_.locks.run(call, std::move(job));
  }

  /// Calls `then` on an I/O thread after `time`. Destroying the result cancels it, unless `then` is
  /// about to run.
  [[nodiscard]] std::shared_ptr<void> alarm(std::chrono::milliseconds time,
                                            std::function<void()> then);

  /// The figures of all streams that are not over. Waits for no stream.
  [[nodiscard]] std::vector<StreamSnapshot> snapshot() const;

  /// The number of streams that are not over, whether or not they still have their name.
  [[nodiscard]] std::size_t live() const;

  /// Refuses new streams, stops all streams, and waits for their ends and for the workers' jobs.
  /// The error names what was not over within `deadline` (for jobs: half a second later at most).
  /// After an error a call still has a tap, or a thread hangs: the engine must be neither destroyed
  /// nor unloaded.
  tl::expected<void, std::string> shutdown(std::chrono::milliseconds deadline);

 private:
  class Reservation;

  [[nodiscard]] tl::expected<std::unique_ptr<Reservation>, std::string> reserve(
      const Identity& identity, const control::Options& options, std::size_t packet_samples);
  [[nodiscard]] tl::expected<void, std::string> add(const std::shared_ptr<Stream>& stream,
                                                    Reservation& reservation);
  void release_place(const std::string& call) noexcept;
  audio::PacketPool& pool_of(std::size_t samples, std::size_t max_bytes);
  void remove(const std::shared_ptr<Stream>& stream);
  [[nodiscard]] std::optional<std::string> limit_reached(const Identity& identity,
                                                         const control::Options& options) const;

  const Settings settings_;
  Log& log_;
  /// By the samples of a packet and the pool's bound. A reload may change the bound for later
  /// streams. Guarded by mutex_.
  std::map<std::pair<std::size_t, std::size_t>, std::unique_ptr<audio::PacketPool>> pools_;
  Registry registry_;
  RecentLosses recent_losses_;

  LoadBalancer load_balancer_;  // shares are taken with mutex_ held

  mutable std::mutex mutex_;
  std::condition_variable all_over_;
  std::map<std::shared_ptr<Stream>, LoadBalancer::Share> live_;  // guarded by mutex_
  // Streams in live_, and streams that are being made. Guarded by mutex_.
  std::size_t stream_count_ = 0;
  std::map<std::string, std::size_t, std::less<>> streams_of_call_;
  bool accepting_ = true;  // guarded by mutex_

  // Threads come last, so that they end first. Workers and the resolver post to the I/O threads,
  // whose loops the destructor has stopped before.
  transport::TlsContexts tls_contexts_{
      [this](const std::string& text) { log_.write(Severity::warning, "", text); }};
  transport::DeflateOffers deflate_offers_;
  std::vector<std::unique_ptr<transport::IoThread>> io_threads_;
  transport::Resolver resolver_;
  transport::Workers workers_;
};

}  // namespace audio_stream::stream
