#include "transport/io_thread.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include <system_error>

#include "transport/thread.hpp"

namespace audio_stream::transport {
namespace {

int make_bell() {
  const int fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
  return fd;
}

}  // namespace

IoThread::IoThread(const std::string& name) : bell_{context_, make_bell()}, period_{context_} {
  listen_for_bell();
  thread_ = start_thread(name, [this] { loop(); });
}

IoThread::~IoThread() {
  stopping_.store(true);
  boost::asio::post(context_, [] {});  // brings the loop round to see it
  thread_.join();
}

void IoThread::listen_for_bell() {
  bell_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                   [this](const boost::system::error_code& error) {
                     if (error) return;
                     std::uint64_t count = 0;
                     [[maybe_unused]] const auto read =
                         ::read(bell_.native_handle(), &count, sizeof count);
                     listen_for_bell();
                   });
}

void IoThread::watch(PeriodicHook& hook) {
  watched_.push_back(&hook);
  if (watched_.size() == 1) look_again();
}

void IoThread::unwatch(PeriodicHook& hook) {
  std::erase(watched_, &hook);
  if (watched_.empty()) period_.cancel();
}

void IoThread::look_again() {
  period_.expires_after(kPeriod);
  period_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled || watched_.empty()) return;
    for (PeriodicHook* hook : watched_) hook->on_period();
    look_again();
  });
}

void IoThread::notify(ReadyHook& hook) noexcept {
  if (hook.queued_.exchange(true, std::memory_order_acq_rel)) return;
  ReadyHook* first = ready_.load(std::memory_order_relaxed);
  do {
    hook.next_.store(first, std::memory_order_relaxed);
  } while (!ready_.compare_exchange_weak(first, &hook, std::memory_order_seq_cst,
                                         std::memory_order_relaxed));
  // Sequentially consistent with loop(): either it sees the hook, or we see that it sleeps.
  if (asleep_.load(std::memory_order_seq_cst) &&
      asleep_.exchange(false, std::memory_order_seq_cst)) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(bell_.native_handle(), &one, sizeof one);
    bells_.fetch_add(1, std::memory_order_relaxed);
  }
}

bool IoThread::serve_ready() {
  ReadyHook* hook = ready_.exchange(nullptr, std::memory_order_acquire);
  if (hook == nullptr) return false;
  ReadyHook* oldest = nullptr;  // the list is last in, first out
  while (hook != nullptr) {
    ReadyHook* next = hook->next_.load(std::memory_order_relaxed);
    hook->next_.store(oldest, std::memory_order_relaxed);
    oldest = hook;
    hook = next;
  }
  while (oldest != nullptr) {
    ReadyHook* next = oldest->next_.load(std::memory_order_relaxed);
    // From here on it may be queued anew, or, by on_ready() itself, cease to be.
    oldest->queued_.store(false, std::memory_order_seq_cst);
    oldest->on_ready();
    oldest = next;
  }
  return true;
}

void IoThread::loop() {
  while (!stopping_.load()) {
    const bool served = serve_ready();
    if (context_.poll() > 0 || served) continue;
    asleep_.store(true, std::memory_order_seq_cst);
    if (ready_.load(std::memory_order_seq_cst) == nullptr) context_.run_one();
    asleep_.store(false, std::memory_order_seq_cst);
  }
}

}  // namespace audio_stream::transport
