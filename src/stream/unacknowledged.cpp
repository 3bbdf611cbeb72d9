#include "stream/unacknowledged.hpp"

namespace audio_stream::stream {

void Unacknowledged::all_acknowledged() noexcept {
  sent_.clear();
  packets_ = 0;
  evicted_ = 0;
}

audio::PacketPtr Unacknowledged::evict() {
  const auto oldest =
      std::ranges::find_if(sent_, [](const Delivery& each) { return each.packet != nullptr; });
  if (oldest == sent_.end()) return nullptr;
  audio::PacketPtr packet = std::move(oldest->packet);
  --packets_;
  if (!resume_) return packet;
  // TCP never tells what the server processed, so its count is kept.
  evicted_end_ = oldest->position + oldest->samples;
  std::erase_if(sent_, [&](const Delivery& each) {
    if (!each.is_audio() || each.position + each.samples > evicted_end_) return false;
    evicted_ += each.samples;
    return true;
  });
  return packet;
}

Unacknowledged::Lost Unacknowledged::take() {
  Lost lost;
  lost.unknown = std::exchange(evicted_, 0);
  if (resume_) lost.position = acknowledged_;
  for (Delivery& each : sent_) {
    if (each.is_audio() && !lost.position) lost.position = each.position - each.gap;
    if (!each.is_kept()) {
      lost.unknown += each.samples;
      continue;
    }
    if (each.is_audio() && each.position < acknowledged_) {
      each.samples -= static_cast<std::uint32_t>(acknowledged_ - each.position);
      each.position = acknowledged_;
      each.gap = 0;
    }
    lost.again.push_back(std::move(each));
  }
  sent_.clear();
  packets_ = 0;
  return lost;
}

}  // namespace audio_stream::stream
