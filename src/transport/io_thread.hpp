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

/// Something that a media thread can have an I/O thread serve.
///
/// Embedded in its owner, which lives until no more notify() can come and the I/O thread has been
/// to it a last time.
class ReadyHook {
 public:
  ReadyHook() = default;
  ReadyHook(const ReadyHook&) = delete;
  ReadyHook& operator=(const ReadyHook&) = delete;
  virtual ~ReadyHook() = default;

  /// On the I/O thread, some time after one or several notify().
  virtual void on_ready() = 0;

 protected:
  /// Whether on_ready() is still to come. Only once it isn't may the owner go.
  [[nodiscard]] bool queued() const noexcept { return queued_.load(std::memory_order_acquire); }

 private:
  friend class IoThread;
  std::atomic<ReadyHook*> next_{nullptr};
  std::atomic<bool> queued_{false};
};

/// Something that an I/O thread serves a few times a second: one timer for all of them.
class PeriodicHook {
 public:
  PeriodicHook() = default;
  PeriodicHook(const PeriodicHook&) = delete;
  PeriodicHook& operator=(const PeriodicHook&) = delete;
  virtual ~PeriodicHook() = default;

  /// On the I/O thread, every IoThread::kPeriod, a few hooks at a time.
  virtual void on_period() = 0;

 private:
  friend class IoThread;
  PeriodicHook* before_ = nullptr;  // in the thread's list
  PeriodicHook* after_ = nullptr;
};

/// A thread that owns the sockets of its share of the streams. Whatever belongs to a stream's
/// connection happens here, so none of it needs a lock.
///
/// With few calls each frame wakes the thread and is sent at once. With many calls nothing wakes
/// it: it looks every few milliseconds, sends the frames that have gathered, and reads what servers
/// sent (Batching). A connection that is being made does not wait for that (ConnectLimiter).
///
/// An exception that a handler lets through (there is no memory, mostly) ends that handler, and
/// never the thread. Whose it was cannot be told here: hooks look after themselves in on_period().
class IoThread {
 public:
  explicit IoThread(const std::string& name);
  ~IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  /// Ends the loop and joins; the destructor does, too. Handlers that wait by
  /// then, or are posted later, never run: the context destroys them. Not on this thread.
  void stop() noexcept;

  boost::asio::io_context& context() noexcept { return context_; }

  /// Media thread. Takes no lock and allocates nothing. Its only system call is a write to
  /// the wake descriptor, and only when this thread sleeps: with many streams it rarely does.
  void notify(ReadyHook& hook) noexcept;

  /// Any thread but a media thread: the same, and the hook is served at once even while the thread
  /// batches. Always wakes it.
  void call(ReadyHook& hook) noexcept;

  /// Limits the connections that are made at a time. While one is active, sockets and timers wake
  /// the thread at once even while it batches: a new connection takes several turns.
  ConnectLimiter& connect_limiter() noexcept { return connect_limiter_; }

  static constexpr std::chrono::milliseconds kPeriod{200};

  /// From now on `hook` is called every kPeriod, until unwatch(), which must come before it goes.
  /// On this thread only.
  void watch(PeriodicHook& hook) noexcept;
  void unwatch(PeriodicHook& hook) noexcept;

  /// What connections need only while they send or read one message, and so share. On this thread
  /// only; contents last until the handler that uses it returns.
  std::vector<std::byte>& scratch() noexcept { return scratch_; }
  std::vector<std::byte>& deflated() noexcept { return deflated_; }
  std::span<std::byte> read_buffer() noexcept { return read_buffer_; }
  websocket::MaskingKeys& masking_keys() noexcept { return masking_keys_; }
  /// Keeps nothing from one message to the next, and so serves all connections that allow a window
  /// of kDeflateWindowBits. Takes its memory with the first call.
  websocket::Deflater& deflater() {
    if (!deflater_) deflater_.emplace(websocket::Deflater::Context::fresh, kDeflateWindowBits);
    return *deflater_;
  }
  /// PCM repeats nothing at a distance, and texts are short: a larger window saves nothing.
  static constexpr int kDeflateWindowBits = 9;
  /// A message is sent: room that a large one took is given back.
  void tidy_scratch() noexcept {
    if (scratch_.capacity() > kKeptScratch) scratch_ = {};
    if (deflated_.capacity() > kKeptScratch) deflated_ = {};
  }

  /// How often the thread was woken by notify() and call().
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
  ConnectLimiter connect_limiter_;      // goes after the connections that handlers still hold
  boost::asio::io_context context_{1};  // one thread runs it
  boost::asio::posix::stream_descriptor wake_fd_;
  boost::asio::steady_timer period_;
  PeriodicHook* watched_ = nullptr;       // the first of them; this thread's, as is what follows
  PeriodicHook* next_watched_ = nullptr;  // of this period
  Batching batching_;
  std::optional<Priority> priority_;  // none where it may not go ahead
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
