#include "transport/resolver.hpp"

#include <ares.h>

#include <boost/asio/post.hpp>

#include <utility>

#include "base/event_fd.hpp"
#include "transport/name_lookups.hpp"
#include "transport/thread.hpp"

namespace audio_stream::transport {

Resolver::Resolver(std::string servers, SystemLookup system)
    : servers_{std::move(servers)}, system_{std::move(system)}, wake_{base::make_event_fd()} {
  if (system_) nss_.emplace("as-nss");
  ares_library_init(ARES_LIB_INIT_ALL);
  try {
    thread_ = start_thread("as-resolver", [this] { loop(); });
  } catch (...) {
    ares_library_cleanup();
    throw;
  }
}

Resolver::~Resolver() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  stopping_lookups_ = true;
  base::signal_event_fd(wake_.get());
  thread_.join();
  ares_library_cleanup();
}

void Resolver::resolve(std::string host, boost::asio::io_context& context, Handler handler) {
  {
    const std::lock_guard lock{mutex_};
    requests_.push_back({std::move(host), &context, std::move(handler)});
  }
  base::signal_event_fd(wake_.get());
}

bool Resolver::stop_by(std::chrono::steady_clock::time_point until) {
  stopping_lookups_ = true;
  return !nss_ || nss_->idle_by(until);
}

bool Resolver::ask_system(const std::string& host) {
  if (!nss_) return false;
  return nss_->run([this, host] {
    if (stopping_lookups_) return;
    auto addresses = system_(host);
    {
      const std::lock_guard lock{mutex_};
      found_.push_back({host, std::move(addresses)});
    }
    base::signal_event_fd(wake_.get());
  });
}

void Resolver::loop() {
  NameLookups lookups{NameServers{servers_},
                      [this](const std::string& host) { return ask_system(host); }};
  while (true) {
    std::deque<Request> fresh;
    std::deque<Found> found;
    {
      const std::lock_guard lock{mutex_};
      if (stopping_) return;
      fresh.swap(requests_);
      found.swap(found_);
    }
    // Exceptions here mostly mean no memory. The callers have deadlines.
    for (Found& each : found) {
      try {
        lookups.on_system_answer(each.host, std::move(each.addresses));
      } catch (...) {
      }
    }
    for (Request& request : fresh) {
      try {
        // The handler moves to its context's thread, which owns the handler's objects.
        lookups.find(request.host, [context = request.context,
                                    handler = std::move(request.handler)](
                                       const NameLookups::Result& result) mutable {
          boost::asio::post(*context, [handler = std::move(handler), result] { handler(result); });
        });
      } catch (...) {
      }
    }
    try {
      if (lookups.wait(wake_.get())) base::clear_event_fd(wake_.get());
    } catch (...) {
    }
    yield_to_media_threads();
  }
}

}  // namespace audio_stream::transport
