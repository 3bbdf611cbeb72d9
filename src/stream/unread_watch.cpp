#include "stream/unread_watch.hpp"

#include <utility>

namespace audio_stream::stream {

UnreadWatch::Step UnreadWatch::look(Time now, Time last_frame) noexcept {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  if (last_frame > last_frame_) {
    if (unread_) silent_ = duration_cast<milliseconds>(last_frame - last_frame_);
    last_frame_ = last_frame;
    if (std::exchange(unread_, false)) return Step::read_again;
  }
  if (unread_ || asking_ || now - last_frame_ < kUnread || now < ask_after_) return Step::none;
  asking_ = true;
  return Step::ask;
}

bool UnreadWatch::answered(Time now, bool should_be_read) noexcept {
  asking_ = false;
  ask_after_ = now + kUnread;
  if (!should_be_read || now - last_frame_ < kUnread) return false;
  silent_ = std::chrono::duration_cast<std::chrono::milliseconds>(now - last_frame_);
  return unread_ = true;
}

}  // namespace audio_stream::stream
