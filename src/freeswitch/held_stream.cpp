#include "freeswitch/held_stream.hpp"

#include <utility>

namespace audio_stream::freeswitch {

void HeldStream::hold(std::shared_ptr<stream::Stream> stream, int bugs) noexcept {
  stream_ = std::move(stream);
  references_.store(bugs);
}

void HeldStream::release(int bugs) noexcept {
  if (references_.fetch_sub(bugs) > bugs) return;
  // Touch no member after the reference is gone: it may have been the last one to the stream.
  if (refused_) {
    const auto last = std::move(stream_);
    return;
  }
  stream::Stream& stream = *stream_;
  stream.media_closed(std::move(stream_));
}

}  // namespace audio_stream::freeswitch
