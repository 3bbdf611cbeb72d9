#pragma once

#include <cstddef>

namespace audio_stream::stream {

/// Decides which of a stream's URLs is tried next. After a failure the next one is tried at once.
/// After a round in which all have failed there is a wait. The next outage begins with the URL of
/// the last connection.
class UrlRotation {
 public:
  /// `count` is at least 1.
  explicit UrlRotation(std::size_t count) : count_{count} {}

  [[nodiscard]] std::size_t current() const noexcept { return current_; }

  enum class Outlook : unsigned char {
    another,      ///< the next URL was not tried in this round
    round_over,   ///< all URLs have failed
    all_refused,  ///< all URLs have refused, and would again
  };
  /// The current URL failed. `refused`: it would refuse again. Advances to the next.
  Outlook failed(bool refused) noexcept {
    ++tried_;
    if (refused) ++refused_;
    current_ = (current_ + 1) % count_;
    if (tried_ < count_) return Outlook::another;
    const Outlook outlook = refused_ == count_ ? Outlook::all_refused : Outlook::round_over;
    tried_ = refused_ = 0;
    return outlook;
  }
  /// The current URL connected.
  void connected() noexcept { tried_ = refused_ = 0; }

 private:
  std::size_t count_;
  std::size_t current_ = 0;
  std::size_t tried_ = 0;    // in this round
  std::size_t refused_ = 0;  // of tried_
};

}  // namespace audio_stream::stream
