#pragma once

#include <cstddef>

namespace audio_stream::stream {

/// Whose turn it is among a stream's URLs. After a failure the next one is tried at once; after a
/// round in which each has failed there is a wait. The one that a connection stood with comes first
/// in the next outage.
class UrlTurn {
 public:
  /// `count` is at least 1.
  explicit UrlTurn(std::size_t count) : count_{count} {}

  [[nodiscard]] std::size_t current() const noexcept { return current_; }

  enum class Outlook : unsigned char {
    another,      ///< the next one has not been tried in this round
    round_over,   ///< each of them has failed
    all_refused,  ///< each of them has refused, and would again
  };
  /// The current one failed; `refused` if it would again. The turn goes on to the next.
  Outlook failed(bool refused) noexcept {
    ++tried_;
    if (refused) ++refused_;
    current_ = (current_ + 1) % count_;
    if (tried_ < count_) return Outlook::another;
    const Outlook outlook = refused_ == count_ ? Outlook::all_refused : Outlook::round_over;
    tried_ = refused_ = 0;
    return outlook;
  }
  /// The current one's connection stands.
  void stood() noexcept { tried_ = refused_ = 0; }

 private:
  std::size_t count_;
  std::size_t current_ = 0;
  std::size_t tried_ = 0;    // in this round
  std::size_t refused_ = 0;  // of these
};

}  // namespace audio_stream::stream
