#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>

#include <boost/intrusive/list.hpp>

namespace audio_stream::transport {

/// Limits how many connections an I/O thread makes at the same time. One thread only.
///
/// Making a connection costs the thread as much as sending dozens of frames, with TLS hundreds, and
/// costs the server no less. When many connections are wanted at once (calls that begin together, a
/// server that is back), the audio of running streams would wait for all these handshakes, in
/// this thread and in the server. So kAtOnce connections are made at a time and the others queue. A
/// server may be far away or silent, so another connection is admitted every kPace regardless of
/// those before it.
class ConnectLimiter {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::size_t kAtOnce = 4;
  static constexpr std::chrono::milliseconds kPace{8};

  /// The right to make one connection. Queued from request() on; active from admission until
  /// release() or destruction.
  class Permit final : public boost::intrusive::list_base_hook<
                           boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    /// `on_turn` is called by request() or admit_waiting(), which let its exceptions pass.
    Permit(ConnectLimiter& connect_limiter, std::function<void()> on_turn)
        : connect_limiter_{connect_limiter}, on_turn_{std::move(on_turn)} {}
    Permit(const Permit&) = delete;
    Permit& operator=(const Permit&) = delete;
    ~Permit() { release(); }

    void request() { connect_limiter_.admit_or_queue(*this, Clock::now()); }
    void release() noexcept;
    [[nodiscard]] bool waiting() const noexcept { return is_linked(); }

   private:
    friend class ConnectLimiter;
    ConnectLimiter& connect_limiter_;
    std::function<void()> on_turn_;
    bool active_ = false;
  };

  ConnectLimiter() = default;
  ConnectLimiter(const ConnectLimiter&) = delete;
  ConnectLimiter& operator=(const ConnectLimiter&) = delete;
  ~ConnectLimiter() = default;

  /// Admits the permits that are due. Call it after a release() and at due().
  void admit_waiting(Clock::time_point now);

  [[nodiscard]] bool has_active() const noexcept { return active_ > 0; }
  [[nodiscard]] bool has_waiting() const noexcept { return !waiting_.empty(); }
  /// When the next permit is admitted if none is released before.
  [[nodiscard]] Clock::time_point due() const noexcept {
    return active_ < kAtOnce ? Clock::time_point{} : due_;
  }

 private:
  void admit_or_queue(Permit& permit, Clock::time_point now);
  void admit(Permit& permit, Clock::time_point now);

  using Queue = boost::intrusive::list<Permit, boost::intrusive::constant_time_size<false>>;
  Queue waiting_;
  std::size_t active_ = 0;
  Clock::time_point due_{};
};

}  // namespace audio_stream::transport
