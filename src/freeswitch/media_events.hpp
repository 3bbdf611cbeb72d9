#pragma once

#include <switch.h>

#include <array>

#include "freeswitch/commands.hpp"

namespace audio_stream::freeswitch {

/// Tells the commands what happens to the media of calls, while it lives: a start may wait for it.
/// An outgoing call is marked as having early media before it has a codec, and one that is sent
/// into an application changes its state after the answer: hence CODEC and CHANNEL_STATE.
class MediaEvents {
 public:
  explicit MediaEvents(Commands& commands) {
    for (std::size_t i = 0; i < kEvents.size(); ++i) {
      switch_event_bind_removable("mod_audio_stream", kEvents.at(i), nullptr, on_event, &commands,
                                  &nodes_.at(i));
    }
  }
  MediaEvents(const MediaEvents&) = delete;
  MediaEvents& operator=(const MediaEvents&) = delete;
  /// Waits for handlers that run.
  ~MediaEvents() {
    for (switch_event_node_t*& node : nodes_) {
      if (node != nullptr) switch_event_unbind(&node);
    }
  }

 private:
  static constexpr std::array kEvents{SWITCH_EVENT_CHANNEL_ANSWER,
                                      SWITCH_EVENT_CHANNEL_PROGRESS_MEDIA, SWITCH_EVENT_CODEC,
                                      SWITCH_EVENT_CHANNEL_STATE, SWITCH_EVENT_CHANNEL_HANGUP};

  static void on_event(switch_event_t* event) noexcept {
    static_cast<Commands*>(event->bind_user_data)
        ->on_media_event(switch_event_get_header(event, "Unique-ID"));
  }

  std::array<switch_event_node_t*, kEvents.size()> nodes_{};
};

}  // namespace audio_stream::freeswitch
