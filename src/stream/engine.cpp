#include "stream/engine.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace audio_stream::stream {
namespace {

constexpr unsigned kMostByDefault = 4;

// What the workers have at least to delete files and the like, once the streams are over.
constexpr std::chrono::milliseconds kLastWork{500};

// Packets of similar size share a pool.
constexpr std::size_t kPoolStep = 160;

unsigned io_thread_count(unsigned wanted) {
  if (wanted > 0) return wanted;
  return std::clamp(std::thread::hardware_concurrency(), 1U, kMostByDefault);
}

std::unique_ptr<Playback> playback_to(Side side, const Options& options,
                                      std::uint32_t call_rate_hz) {
  const PlayTo one = side == Side::caller ? PlayTo::caller : PlayTo::callee;
  if (!options.playback || (options.play_to != one && options.play_to != PlayTo::both)) {
    return nullptr;
  }
  return std::make_unique<Playback>(audio::Playout::Limits{call_rate_hz, options.playback_buffer_ms,
                                                           options.playback_prebuffer_ms},
                                    options.play_mode);
}

}  // namespace

Engine::Engine(const Settings& settings, Log& log)
    : settings_{settings}, log_{log}, io_shares_{io_thread_count(settings.io_threads)} {
  for (unsigned i = 0; i < io_thread_count(settings.io_threads); ++i) {
    io_threads_.push_back(std::make_unique<transport::IoThread>("as-io/" + std::to_string(i)));
  }
}

Engine::~Engine() = default;

tl::expected<std::shared_ptr<Stream>, std::string> Engine::create(const Identity& identity,
                                                                  Options options,
                                                                  std::uint32_t call_rate_hz,
                                                                  std::unique_ptr<Call> call) {
  const Uplink::Shape shape{options.mix, options.rate_hz, options.packet_ms,
                            static_cast<std::uint32_t>(options.queue.count()), options.real_time};
  auto limits = settings_.limits;
  limits.message_bytes = options.message_bytes;
  auto counters = std::make_unique<Counters>();
  const std::lock_guard lock{mutex_};
  if (!accepting_) return tl::unexpected<std::string>("the module is being unloaded");
  if (auto why = too_many(identity, options)) return tl::unexpected(std::move(*why));
  auto& pool = pool_of(Uplink::packet_samples(shape), options.pool_bytes);
  auto uplink = Uplink::create(shape, call_rate_hz, pool, *counters);
  if (!uplink) return tl::unexpected(std::move(uplink.error()));
  auto to_caller = playback_to(Side::caller, options, call_rate_hz);
  auto to_callee = playback_to(Side::callee, options, call_rate_hz);
  auto share = io_shares_.take(IoShares::load_of(options));
  transport::IoThread& io_thread = *io_threads_[share.thread()];
  auto stream = std::make_shared<Stream>(Stream::Parts{
      identity, std::make_shared<const Options>(std::move(options)), std::move(counters),
      std::move(*uplink), std::move(to_caller), std::move(to_callee), std::move(call), log_,
      transport::WebSocketServices{io_thread, resolver_, workers_.disk, tls_contexts_,
                                   deflate_offers_},
      workers_, limits, settings_.temp_dir,
      [this](const std::shared_ptr<Stream>& over) { registry_.remove(over); },
      [this](const std::shared_ptr<Stream>& over) { forget(over); }});
  if (!registry_.add(stream)) {
    return tl::unexpected("a stream named \"" + identity.name +
                          "\" is already running on this call: stop it first, or start this one "
                          "under another name (name=<stream>)");
  }
  try {
    live_.emplace(stream, std::move(share));
    ++live_of_call_[identity.call];
  } catch (...) {  // no memory: the name must not stay taken
    live_.erase(stream);
    registry_.remove(stream);
    throw;
  }
  return stream;
}

/// Counts streams until they are over: one that delivers its last words still takes its place.
std::optional<std::string> Engine::too_many(const Identity& identity,
                                            const Options& options) const {
  const auto as_many_as = [](std::size_t count, const char* parameter) {
    return std::to_string(count) + " stream(s) already, as many as " + parameter +
           " in the configuration allows: stop one first";
  };
  if (options.max_streams > 0 && live_.size() >= options.max_streams) {
    return "there are " + as_many_as(live_.size(), "max-streams");
  }
  const auto of_call = live_of_call_.find(identity.call);
  if (options.max_streams_per_call > 0 && of_call != live_of_call_.end() &&
      of_call->second >= options.max_streams_per_call) {
    return "this call has " + as_many_as(of_call->second, "max-streams-per-call");
  }
  return std::nullopt;
}

void Engine::discard(const std::shared_ptr<Stream>& stream) {
  registry_.remove(stream);
  forget(stream);
}

void Engine::forget(const std::shared_ptr<Stream>& stream) {
  const std::lock_guard lock{mutex_};
  if (live_.erase(stream) > 0) {
    const auto of_call = live_of_call_.find(stream->identity().call);
    if (--of_call->second == 0) live_of_call_.erase(of_call);
  }
  if (live_.empty()) all_over_.notify_all();
}

std::shared_ptr<Stream> Engine::find(const Identity& identity) const {
  return registry_.find(identity.call, identity.name);
}

std::shared_ptr<Stream> Engine::take(const Identity& identity) {
  return registry_.take(identity.call, identity.name);
}

std::size_t Engine::live() const {
  const std::lock_guard lock{mutex_};
  return live_.size();
}

tl::expected<void, std::string> Engine::shutdown(std::chrono::milliseconds deadline) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  std::vector<std::shared_ptr<Stream>> streams;
  {
    const std::lock_guard lock{mutex_};
    accepting_ = false;
    for (const auto& [stream, share] : live_) streams.push_back(stream);
  }
  // By workers: to take a tap off waits for the call's lock on its bugs, which may be held.
  for (auto& stream : streams) {
    const std::string call = stream->identity().call;
    workers_.locks.run(call, [each = std::move(stream)] { each->stop("", EndReason::unload); });
  }
  streams.clear();
  {
    std::unique_lock lock{mutex_};
    if (!all_over_.wait_until(lock, until, [this] { return live_.empty(); })) {
      return tl::unexpected(std::to_string(live_.size()) + " stream(s) did not end in time");
    }
  }
  const auto work_until = std::max(until, std::chrono::steady_clock::now() + kLastWork);
  std::string busy = workers_.busy_at(work_until);
  if (busy.empty() && !resolver_.stop_by(work_until)) busy = "as-nss";
  if (!busy.empty()) return tl::unexpected("a job of the thread " + busy + " did not end in time");
  return {};
}

audio::PacketPool& Engine::pool_of(std::size_t samples, std::size_t max_bytes) {
  const std::size_t size = (samples + kPoolStep - 1) / kPoolStep * kPoolStep;
  auto& pool = pools_[{size, max_bytes}];
  if (!pool) pool = std::make_unique<audio::PacketPool>(size, max_bytes);
  return *pool;
}

}  // namespace audio_stream::stream
