#pragma once

#include <atomic>
#include <memory>

#include "stream/stream.hpp"

namespace audio_stream::freeswitch {

/// The stream that a tap holds while one of its media bugs is on.
///
/// The stream owns the call, the call owns the tap, and the tap holds the stream: the cycle keeps
/// all three alive until the last CLOSE. The core calls CLOSE exactly once for a bug that was
/// added.
class HeldStream {
 public:
  /// Takes one reference for each of `bugs`. Call it before the first bug is added: a callback may
  /// run before switch_core_media_bug_add() returns.
  void hold(std::shared_ptr<stream::Stream> stream, int bugs) noexcept;
  /// Drops `bugs` references, of bugs that are off or never were on. The last one gives the stream
  /// back through Stream::media_closed(). The stream, the tap and this object may be gone when this
  /// returns.
  void release(int bugs) noexcept;
  /// The core has refused one of the bugs: the last release() drops the stream without
  /// media_closed(). Call it before the references of the bugs that never were on are released.
  void refuse() noexcept { refused_ = true; }

  /// Valid from hold() until the caller's own reference is released.
  stream::Stream& operator*() const noexcept { return *stream_; }
  stream::Stream* operator->() const noexcept { return stream_.get(); }

 private:
  std::shared_ptr<stream::Stream> stream_;
  std::atomic<int> references_{0};  // bugs that are on, or about to be
  bool refused_ = false;
};

}  // namespace audio_stream::freeswitch
