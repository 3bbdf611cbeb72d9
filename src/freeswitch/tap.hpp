#pragma once

#include <switch.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "audio/leg_frame.hpp"
#include "freeswitch/idle_writer.hpp"
#include "stream/stream.hpp"

namespace audio_stream::freeswitch {

/// Our media bugs on a call: one reads what the caller says, and, for two legs, another what the
/// caller hears. Where the server is heard by the caller a third puts that into what is written to
/// the call; the first one does, by the callee, in what is read.
///
/// Not one for both, as the core offers: such a bug hands out the legs in pairs, and to do so it
/// tosses what the caller hears where it comes in longer frames, and holds up the caller for a part
/// of a frame that nobody will complete.
///
/// While a bug is on, this holds the stream, and so (the stream owns the call, which owns the tap)
/// itself. CLOSE, which the core calls exactly once for a bug that was added, lets go of it.
class Tap {
 public:
  explicit Tap(std::string uuid) : uuid_{std::move(uuid)} {}
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;
  ~Tap() = default;

  /// Puts the tap on `session`. Frames may flow before this returns. False if the core refuses, in
  /// which case nothing is held.
  bool attach(switch_core_session_t* session, std::shared_ptr<stream::Stream> stream);

  /// Takes it off, unless it is off or about to be, and waits for callbacks that run. Not from
  /// inside a callback: the core would wait for itself.
  void remove() noexcept;

 private:
  [[nodiscard]] bool add_all(switch_core_session_t* session);
  bool add(switch_core_session_t* session, std::atomic<switch_media_bug_t*>& bug,
           switch_media_bug_callback_t callback, std::uint32_t flags);
  static switch_bool_t on_said(switch_media_bug_t* bug, void* self,
                               switch_abc_type_t type) noexcept;
  static switch_bool_t on_heard(switch_media_bug_t* bug, void* self,
                                switch_abc_type_t type) noexcept;
  static switch_bool_t on_played(switch_media_bug_t* bug, void* self,
                                 switch_abc_type_t type) noexcept;
  void tick(switch_media_bug_t* bug) noexcept;
  void hear(switch_media_bug_t* bug) noexcept;
  void hear_frame(switch_media_bug_t* bug) noexcept;
  void play_to_caller(switch_media_bug_t* bug) noexcept;
  void play_to_callee(switch_media_bug_t* bug) noexcept;
  void let_go(int bugs) noexcept;

  std::shared_ptr<stream::Stream> stream_;  // from attach() to the last CLOSE
  std::atomic<int> open_{0};                // bugs that are on, or about to be
  bool refused_ = false;                    // one of them was, by the core
  std::atomic<switch_media_bug_t*> said_{nullptr};
  std::atomic<switch_media_bug_t*> heard_{nullptr};
  std::atomic<switch_media_bug_t*> played_{nullptr};

  /// A frame of our own in the place of one that goes by.
  struct OurFrame {
    switch_frame_t frame{};
    alignas(std::int16_t) std::array<std::uint8_t, SWITCH_RECOMMENDED_BUFFER_SIZE> data{};

    bool take(const switch_frame_t& other) noexcept;
    [[nodiscard]] std::span<std::int16_t> samples() noexcept;
  };
  /// And what the caller said in the frames that carry more than that now.
  struct CalleesFrame : OurFrame {
    std::array<std::int16_t, 2 * SWITCH_RECOMMENDED_BUFFER_SIZE> kept{};
    std::size_t kept_samples = 0;

    void keep(std::span<const std::int16_t> said) noexcept;
  };
  std::shared_ptr<IdleWriter> idle_writer_;
  // Both only where the server is heard: they are as large as all the rest of a stream.
  std::unique_ptr<OurFrame> to_caller_;      // the writing thread's
  std::unique_ptr<CalleesFrame> to_callee_;  // the reading thread's
  const std::string uuid_;
};

}  // namespace audio_stream::freeswitch
