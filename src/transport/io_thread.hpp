#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "transport/batching.hpp"
#include "transport/connect_limiter.hpp"
#include "transport/priority.hpp"
#include "websocket/deflate.hpp"
#include "websocket/masking.hpp"

namespace audio_stream::transport {

/// A task that a media thread can ask an I/O thread to do.
///
/// Embedded in its owner. The owner must live until no notify() can come any more and the I/O
/// thread has served the hook a last time.
class ReadyHook {
 public:
  ReadyHook() = default;
  ReadyHook(const ReadyHook&) = delete;
  ReadyHook& operator=(const ReadyHook&) = delete;
  virtual ~ReadyHook() = default;

  /// Called on the I/O thread, some time after one or more notify().
  virtual void on_ready() = 0;

 protected:
  /// Whether on_ready() is still to come. The owner must not be destroyed while it is.
  [[nodiscard]] bool queued() const noexcept { return queued_.load(std::memory_order_acquire); }

 private:
  friend class IoThread;
  std::atomic<ReadyHook*> next_{nullptr};
  std::atomic<bool> queued_{false};
};

/// A task that an I/O thread does a few times a second. One timer serves all of them.
class PeriodicHook {
 public:
  PeriodicHook() = default;
  PeriodicHook(const PeriodicHook&) = delete;
  PeriodicHook& operator=(const PeriodicHook&) = delete;
  virtual ~PeriodicHook() = default;

  /// Called on the I/O thread every IoThread::kPeriod, a few hooks at a time.
  virtual void on_period() = 0;

 private:
  friend class IoThread;
  PeriodicHook* before_ = nullptr;  // neighbours in the thread's list
  PeriodicHook* after_ = nullptr;
};

/// A thread that owns the sockets of its share of the streams. Everything about a stream's
/// connection happens on it, so no lock is needed.
///
/// With few calls, each frame wakes the thread and is sent at once. With many calls, nothing wakes
/// it: it checks every few milliseconds, sends the frames that are ready, and reads what servers
/// sent (Batching). A connection that is being made does not wait for that (ConnectLimiter).
///
/// An exception that leaves a handler (mostly for lack of memory) ends that handler, never the
/// thread. The thread cannot tell whose handler it was: each hook checks its own state in
/// on_period().
class IoThread {
 public:
  explicit IoThread(const std::string& name);
  ~IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  /// Ends the loop and joins. The destructor calls it too. Handlers that are pending then, or
  /// posted later, never run: the context destroys them. Not on this thread.
  void stop() noexcept;

  boost::asio::io_context& context() noexcept { return context_; }

  /// Media thread. Takes no lock and allocates nothing. Its only system call is a write to the wake
  /// descriptor, and only while this thread sleeps. With many streams the thread rarely sleeps.
  void notify(ReadyHook& hook) noexcept;

  /// Any thread but a media thread. Like notify(), but always wakes the thread, so the hook is
  /// served at once even while the thread batches.
  void call(ReadyHook& hook) noexcept;

  /// Limits how many connections are made at a time. While a permit is active, sockets and timers
  /// wake the thread at once even while it batches, because a new connection takes several turns.
  ConnectLimiter& connect_limiter() noexcept { return connect_limiter_; }

  static constexpr std::chrono::milliseconds kPeriod{200};

  /// Calls `hook` every kPeriod until unwatch(), which must come before the hook is destroyed. On
  /// this thread only.
  void watch(PeriodicHook& hook) noexcept;
  void unwatch(PeriodicHook& hook) noexcept;

  /// Buffers that connections need only while they send or read one message, so they share them. On
  /// this thread only. Contents last until the handler that uses them returns.
  std::vector<std::byte>& scratch() noexcept { return scratch_; }
  std::vector<std::byte>& deflated() noexcept { return deflated_; }
  std::span<std::byte> read_buffer() noexcept { return read_buffer_; }
  websocket::MaskingKeys& masking_keys() noexcept { return masking_keys_; }
  /// Keeps no context between messages, so it serves all connections that allow a window of
  /// kDeflateWindowBits. The first call allocates.
  websocket::Deflater& deflater() {
    if (!deflater_) deflater_.emplace(websocket::Deflater::Context::fresh, kDeflateWindowBits);
    return *deflater_;
  }
  /// PCM does not repeat itself at larger distances, and texts are short: a larger window saves
  /// nothing.
  static constexpr int kDeflateWindowBits = 9;
  /// Call after a message is sent: frees the memory that a large message took.
  void tidy_scratch() noexcept {
    if (scratch_.capacity() > kKeptScratch) scratch_ = {};
    if (deflated_.capacity() > kKeptScratch) deflated_ = {};
  }

  /// How often notify() and call() woke the thread.
  [[nodiscard]] std::uint64_t wakeups() const noexcept {
    return wakeups_.load(std::memory_order_relaxed);
  }

 private:
  using Clock = std::chrono::steady_clock;

  static constexpr std::size_t kKeptScratch = std::size_t{64} * 1024;
  static constexpr std::size_t kReadAtOnce = std::size_t{16} * 1024;

  void loop();
  void turn();
  [[nodiscard]] bool is_healthy() const noexcept;
  void recover() noexcept;
  std::size_t serve_ready();
  enum class Handled : std::uint8_t { none, all, some_are_left };
  Handled run_handlers();
  void push(ReadyHook& hook) noexcept;
  void wake() noexcept;
  void wait_for_batch();
  void sleep();
  void wait_for_wake(Clock::time_point until) noexcept;
  void watch_wake_fd();
  void arm_period();
  void run_periodic_hooks();
  void update_priority(Clock::time_point now) noexcept;

  bool watching_wake_fd_ = false;       // this thread's
  bool period_runs_ = false;            // this thread's
  ConnectLimiter connect_limiter_;      // destroyed after the connections that handlers still hold
  boost::asio::io_context context_{1};  // one thread runs it
  boost::asio::posix::stream_descriptor wake_fd_;
  boost::asio::steady_timer period_;
  PeriodicHook* watched_ = nullptr;  // first of the list; this thread's, like the members below
  PeriodicHook* next_watched_ = nullptr;  // next hook to run in this period
  Batching batching_;
  std::optional<Priority> priority_;  // none without the right to raise priorities
  std::vector<std::byte> scratch_;
  std::vector<std::byte> deflated_;
  std::vector<std::byte> read_buffer_ = std::vector<std::byte>(kReadAtOnce);
  websocket::MaskingKeys masking_keys_;
  std::optional<websocket::Deflater> deflater_;
  alignas(64) std::atomic<ReadyHook*> ready_{nullptr};
  std::atomic<bool> asleep_{false};
  std::atomic<bool> called_{false};
  std::atomic<std::uint64_t> wakeups_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace audio_stream::transport
