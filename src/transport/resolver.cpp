#include "transport/resolver.hpp"

#include <ares.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include <cstdint>
#include <system_error>
#include <utility>

#include "transport/name_lookups.hpp"
#include "transport/thread.hpp"

namespace audio_stream::transport {
namespace {

void ring(const base::UniqueFd& bell) noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(bell.get(), &one, sizeof one);
}

void silence(const base::UniqueFd& bell) noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(bell.get(), &count, sizeof count);
}

}  // namespace

Resolver::Resolver(std::string servers, SystemLookup system)
    : servers_{std::move(servers)},
      system_{std::move(system)},
      bell_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)} {
  if (!bell_.is_open()) throw std::system_error{errno, std::generic_category(), "eventfd"};
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
  asks_no_more_ = true;
  ring(bell_);
  thread_.join();
  ares_library_cleanup();
}

void Resolver::resolve(std::string host, boost::asio::io_context& context, Handler handler) {
  {
    const std::lock_guard lock{mutex_};
    requests_.push_back({std::move(host), &context, std::move(handler)});
  }
  ring(bell_);
}

bool Resolver::stop_by(std::chrono::steady_clock::time_point until) {
  asks_no_more_ = true;
  return !nss_ || nss_->idle_by(until);
}

bool Resolver::ask_system(const std::string& host) {
  if (!nss_) return false;
  return nss_->run([this, host] {
    if (asks_no_more_) return;
    auto addresses = system_(host);
    {
      const std::lock_guard lock{mutex_};
      found_.push_back({host, std::move(addresses)});
    }
    ring(bell_);
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
    // What throws lacks memory, mostly: whoever asked has a deadline.
    for (Found& each : found) {
      try {
        lookups.system_knows(each.host, std::move(each.addresses));
      } catch (...) {
      }
    }
    for (Request& request : fresh) {
      try {
        // The handler moves on: what it holds belongs to the thread of its context.
        lookups.find(request.host, [context = request.context,
                                    handler = std::move(request.handler)](
                                       const NameLookups::Result& result) mutable {
          boost::asio::post(*context, [handler = std::move(handler), result] { handler(result); });
        });
      } catch (...) {
      }
    }
    try {
      if (lookups.wait(bell_.get())) silence(bell_);
    } catch (...) {
    }
    give_way();
  }
}

}  // namespace audio_stream::transport
