#include "stream/engine.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <thread>
#include <utility>

namespace audio_stream::stream {
namespace {

constexpr unsigned kMostByDefault = 4;

// The least time that workers have after the streams' end, for example to delete files.
constexpr std::chrono::milliseconds kLastWork{500};

constexpr const char* kUnloading = "the module is being unloaded";

// Packet sizes are rounded up to multiples of this, so that packets of similar size share a pool.
constexpr std::size_t kPoolStep = 160;

unsigned io_thread_count(unsigned wanted) {
  if (wanted > 0) return wanted;
  return std::clamp(std::thread::hardware_concurrency(), 1U, kMostByDefault);
}

std::unique_ptr<Playback> playback_to(Side side, const control::Options& options,
                                      std::uint32_t call_rate_hz) {
  const control::PlayTo one =
      side == Side::caller ? control::PlayTo::caller : control::PlayTo::callee;
  if (!options.playback.enabled ||
      (options.playback.to != one && options.playback.to != control::PlayTo::both)) {
    return nullptr;
  }
  return std::make_unique<Playback>(audio::Playout::Limits{call_rate_hz, options.playback.buffer_ms,
                                                           options.playback.prebuffer_ms},
                                    options.playback.mode);
}

}  // namespace

Engine::Engine(const Settings& settings, Log& log)
    : settings_{settings}, log_{log}, load_balancer_{io_thread_count(settings.io_threads)} {
  for (unsigned i = 0; i < io_thread_count(settings.io_threads); ++i) {
    io_threads_.push_back(std::make_unique<transport::IoThread>("as-io/" + std::to_string(i)));
  }
}

/// Order of destruction: stop the I/O threads, so that no timer fires, then end the workers, then
/// destroy the contexts. Timers outlive their streams and give work to the workers, and workers
/// post to the I/O threads.
Engine::~Engine() {
  for (const auto& io_thread : io_threads_) io_thread->stop();
}

/// Reserves one of the streams that max-streams allows, and a share of an I/O thread, before the
/// stream is made. The destructor releases both unless the stream was added.
class Engine::Reservation {
 public:
  /// With mutex_ held.
  Reservation(Engine& engine, const std::string& call, LoadBalancer::Share share,
              audio::PacketPool& pool)
      : engine_{engine}, call_{call}, share_{std::move(share)}, pool_{pool} {
    ++engine_.streams_of_call_[call_];
    ++engine_.stream_count_;
  }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  /// Without mutex_ held.
  ~Reservation() {
    if (kept_) return;
    const std::lock_guard lock{engine_.mutex_};
    engine_.release_place(call_);
  }

  [[nodiscard]] std::size_t thread() const noexcept { return share_.thread(); }
  [[nodiscard]] audio::PacketPool& pool() const noexcept { return pool_; }
  /// With mutex_ held: from now on the stream owns the reservation.
  void keep_for(const std::shared_ptr<Stream>& stream) {
    engine_.live_.emplace(stream, std::move(share_));
    kept_ = true;
  }

 private:
  Engine& engine_;
  const std::string call_;
  LoadBalancer::Share share_;
  audio::PacketPool& pool_;
  bool kept_ = false;
};

tl::expected<std::shared_ptr<Stream>, std::string> Engine::create(const Identity& identity,
                                                                  control::Options options,
                                                                  std::uint32_t call_rate_hz,
                                                                  std::unique_ptr<Call> call) {
  const Uplink::Shape shape{options.audio.mix,
                            options.audio.rate_hz,
                            options.audio.packet_ms,
                            static_cast<std::uint32_t>(options.audio.outage_buffer.count()),
                            options.audio.real_time,
                            options.listens(),
                            options.caller.vad == control::Vad::gate,
                            options.caller.mask};
  const auto reservation = reserve(identity, options, Uplink::packet_samples(shape));
  if (!reservation) return tl::unexpected(reservation.error());
  options.bound_the_kernel();
  // Not under mutex_, which the I/O threads take too: making an uplink may map megabytes.
  auto limits = settings_.limits;
  limits.message_bytes = options.limits.message_bytes;
  auto counters = std::make_unique<Counters>();
  auto uplink = Uplink::create(shape, call_rate_hz, (*reservation)->pool(), *counters);
  if (!uplink) return tl::unexpected(std::move(uplink.error()));
  auto to_caller = playback_to(Side::caller, options, call_rate_hz);
  auto to_callee = playback_to(Side::callee, options, call_rate_hz);
  transport::IoThread& io_thread = *io_threads_[(*reservation)->thread()];
  auto stream = std::make_shared<Stream>(Stream::Parts{
      identity, std::make_shared<const control::Options>(std::move(options)), std::move(counters),
      std::move(*uplink), std::move(to_caller), std::move(to_callee), std::move(call), log_,
      transport::WebSocketServices{io_thread, resolver_, workers_.disk, tls_contexts_,
                                   deflate_offers_},
      workers_, limits, settings_.temp_dir, recent_losses_,
      [this](const std::shared_ptr<Stream>& over) { registry_.remove(over); },
      [this](const std::shared_ptr<Stream>& over) { remove(over); }});
  if (auto entered = add(stream, **reservation); !entered) {
    return tl::unexpected(std::move(entered.error()));
  }
  return stream;
}

tl::expected<std::unique_ptr<Engine::Reservation>, std::string> Engine::reserve(
    const Identity& identity, const control::Options& options, std::size_t packet_samples) {
  const std::lock_guard lock{mutex_};
  if (!accepting_) return tl::unexpected<std::string>(kUnloading);
  if (auto why = limit_reached(identity, options)) return tl::unexpected(std::move(*why));
  return std::make_unique<Reservation>(*this, identity.call,
                                       load_balancer_.take(LoadBalancer::load_of(options)),
                                       pool_of(packet_samples, options.limits.queue_memory_bytes));
}

tl::expected<void, std::string> Engine::add(const std::shared_ptr<Stream>& stream,
                                            Reservation& reservation) {
  const std::lock_guard lock{mutex_};
  if (!accepting_) return tl::unexpected<std::string>(kUnloading);
  if (!registry_.add(stream)) {
    return tl::unexpected("a stream named \"" + stream->identity().name +
                          "\" is already running on this call: stop it first, or start this one "
                          "under another name (name=<stream>)");
  }
  try {
    reservation.keep_for(stream);
  } catch (...) {  // out of memory: free the name
    registry_.remove(stream);
    throw;
  }
  return {};
}

/// With mutex_ held.
void Engine::release_place(const std::string& call) noexcept {
  const auto of_call = streams_of_call_.find(call);
  if (--of_call->second == 0) streams_of_call_.erase(of_call);
  if (--stream_count_ == 0) all_over_.notify_all();
}

/// Counts streams until they are over, so a stream that still delivers its last audio counts.
std::optional<std::string> Engine::limit_reached(const Identity& identity,
                                                 const control::Options& options) const {
  const auto as_many_as = [](std::size_t count, const char* parameter) {
    return std::to_string(count) + " stream(s) already, as many as " + parameter +
           " in the configuration allows: stop one first";
  };
  if (options.limits.streams > 0 && stream_count_ >= options.limits.streams) {
    return "there are " + as_many_as(stream_count_, "max-streams");
  }
  const auto of_call = streams_of_call_.find(identity.call);
  if (options.limits.streams_per_call > 0 && of_call != streams_of_call_.end() &&
      of_call->second >= options.limits.streams_per_call) {
    return "this call has " + as_many_as(of_call->second, "max-streams-per-call");
  }
  return std::nullopt;
}

void Engine::discard(const std::shared_ptr<Stream>& stream) {
  registry_.remove(stream);
  remove(stream);
}

void Engine::remove(const std::shared_ptr<Stream>& stream) {
  const std::lock_guard lock{mutex_};
  if (live_.erase(stream) > 0) release_place(stream->identity().call);
}

std::shared_ptr<Stream> Engine::find(const Identity& identity) const {
  return registry_.find(identity.call, identity.name);
}

std::shared_ptr<Stream> Engine::take(const Identity& identity) {
  return registry_.take(identity.call, identity.name);
}

std::shared_ptr<void> Engine::alarm(std::chrono::milliseconds time, std::function<void()> then) {
  auto timer = std::make_shared<boost::asio::steady_timer>(io_threads_.front()->context(), time);
  timer->async_wait([then = std::move(then)](const boost::system::error_code& cancelled) {
    if (!cancelled) then();
  });
  return timer;
}

std::vector<StreamSnapshot> Engine::snapshot() const {
  std::vector<std::shared_ptr<Stream>> streams;
  {
    const std::lock_guard lock{mutex_};
    streams.reserve(live_.size());
    for (const auto& [stream, share] : live_) streams.push_back(stream);
  }
  std::vector<StreamSnapshot> all;
  all.reserve(streams.size());
  for (const auto& stream : streams) {
    all.push_back({stream->identity(), stream->options().endpoint.url.display(), stream->status()});
  }
  return all;
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
  // Workers do this: removing a tap waits for the lock on the call's media bugs.
  for (auto& stream : streams) {
    const std::string call = stream->identity().call;
    workers_.locks.run(call, [each = std::move(stream)] { each->stop("", EndReason::unload); });
  }
  streams.clear();
  {
    std::unique_lock lock{mutex_};
    if (!all_over_.wait_until(lock, until, [this] { return stream_count_ == 0; })) {
      return tl::unexpected(std::to_string(stream_count_) + " stream(s) did not end in time");
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
