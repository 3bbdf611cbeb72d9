#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>

#include <boost/intrusive/list.hpp>

namespace audio_stream::transport {

/// Lets connections be made a few at a time: one I/O thread's, and only there.
///
/// To make one costs the thread what dozens of frames cost, over TLS hundreds, and the server no
/// less. Where many are wanted at once (calls that begin together, a server that is back) the audio
/// of others would wait behind all these handshakes, here and in the server. So the first few are
/// made, and the others in their turn. But a server may be far away, or silent: some are let in at
/// an even pace whatever becomes of those before them.
class Turnstile {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::size_t kAtOnce = 4;
  static constexpr std::chrono::milliseconds kPace{8};

  /// Somebody who makes a connection. Waits for its turn from begin() on, and is inside from then
  /// until end(), or until it is gone.
  class Visit final : public boost::intrusive::list_base_hook<
                          boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    /// `on_turn` is called by begin() or by let_in(), which let its exceptions through.
    Visit(Turnstile& turnstile, std::function<void()> on_turn)
        : turnstile_{turnstile}, on_turn_{std::move(on_turn)} {}
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    ~Visit() { end(); }

    void begin() { turnstile_.admit_or_queue(*this, Clock::now()); }
    void end() noexcept;
    [[nodiscard]] bool waiting() const noexcept { return is_linked(); }

   private:
    friend class Turnstile;
    Turnstile& turnstile_;
    std::function<void()> on_turn_;
    bool inside_ = false;
  };

  Turnstile() = default;
  Turnstile(const Turnstile&) = delete;
  Turnstile& operator=(const Turnstile&) = delete;
  ~Turnstile() = default;

  /// Whose turn it is. To be called when one has gone out, and when it is due().
  void let_in(Clock::time_point now);

  [[nodiscard]] bool has_somebody_inside() const noexcept { return inside_ > 0; }
  [[nodiscard]] bool has_somebody_waiting() const noexcept { return !waiting_.empty(); }
  /// When the next one may go in if nobody comes out until then.
  [[nodiscard]] Clock::time_point due() const noexcept {
    return inside_ < kAtOnce ? Clock::time_point{} : due_;
  }

 private:
  void admit_or_queue(Visit& visit, Clock::time_point now);
  void admit(Visit& visit, Clock::time_point now);

  using Queue = boost::intrusive::list<Visit, boost::intrusive::constant_time_size<false>>;
  Queue waiting_;
  std::size_t inside_ = 0;
  Clock::time_point due_{};
};

}  // namespace audio_stream::transport
