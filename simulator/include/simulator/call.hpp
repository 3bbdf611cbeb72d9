// A simulated call: one leg of the switch, with a session, a channel and its media threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "simulator/audio_source.hpp"
#include "simulator/media_thread.hpp"
#include "switch.h"

namespace simulator {

/// How far the media of a new call has got.
enum class Media {
  none,      ///< neither answered nor early media: switch_channel_pre_answer brings it up
  early,     ///< early media (CF_EARLY_MEDIA)
  answered,  ///< CF_ANSWERED
  bypass,    ///< answered, but the media bypasses the switch (CF_PROXY_MODE): no codec, no audio
  proxy      ///< answered, media proxied undecoded (CF_PROXY_MEDIA): packets skip the media bugs
};

struct CallOptions {
  std::string uuid = {};  ///< empty: a new one
  std::string caller_id_number = "1000";
  std::string caller_id_name = "Simulated caller";
  std::string destination_number = "9000";
  std::string codec = {};       ///< empty: PCMU at 8 kHz mono, else L16. "G722" is known too, and
                                ///< "G729", which is passed through undecoded.
  std::uint32_t rate = 8000;    ///< samples per second, as decoded
  std::uint32_t ptime_ms = 20;  ///< 10 to 120; a packet must decode to at most 8192 bytes
  std::uint32_t write_ptime_ms = 0;  ///< of the frames the other leg writes; 0: as ptime_ms
  std::uint8_t channels = 1;         ///< 1 or 2
  Media media = Media::answered;
  bool pre_answer_succeeds = true;  ///< false: pre-answering fails, which hangs the call up
  std::map<std::string, std::string> variables = {};
  AudioSource read = AudioSource::silence();  ///< what the caller says
  AudioSource write = AudioSource::none();    ///< what the caller hears
  double speed = 1;           ///< how many times faster than real time the media clock runs
  bool manual_clock = false;  ///< true: frames pass only in Call::tick
  /// Drives this call, as it does others; the call has no thread of its own then. A packet is first
  /// read, then written; a hangup, a task and an application have to wait for the next tick.
  MediaThread* media_thread = nullptr;
};

/// One frame on its way to the caller's ear, after every WRITE_REPLACE bug had its say.
struct HeardFrame {
  std::span<const std::int16_t> samples;  ///< interleaved; valid during the call only
  std::uint32_t rate;
  std::uint8_t channels;
};

/// Owns the call: its destructor hangs up and waits until session and threads are gone.
///
/// Threads, each with FreeSWITCH's 240 KiB stack (four times that under a sanitizer):
/// - the session thread reads the caller's audio, runs applications, and at hangup closes the
///   media bugs and destroys the session;
/// - the write thread stands for the other leg: it writes what the caller hears. With the media
///   clock running, READ and WRITE callbacks really are concurrent.
/// Clock: each thread keeps absolute deadlines, so nothing drifts; a late thread catches up.
/// Every method may be called from any thread but those two, unless it says otherwise.
class SWITCH_DECLARE_DATA Call {
 public:
  /// Throws std::invalid_argument for options a switch could not have, or a uuid in use.
  explicit Call(CallOptions options = {});
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  [[nodiscard]] const std::string& uuid() const;
  /// The session, for use while the call is known to be up; NULL once it is over. No lock is
  /// taken: use switch_core_session_locate where the call may end meanwhile.
  [[nodiscard]] switch_core_session_t* session() const;
  [[nodiscard]] switch_channel_t* channel() const;

  // --- signalling
  void answer();
  /// Puts the channel on hold (CF_HOLD: nothing is read or written) or resumes it.
  void hold(bool on);
  /// Hangs up and waits until the session is destroyed. Harmless when already over.
  void hangup(switch_call_cause_t cause = SWITCH_CAUSE_NORMAL_CLEARING);
  /// Hangs up without waiting; may be called from any thread.
  void begin_hangup(switch_call_cause_t cause = SWITCH_CAUSE_NORMAL_CLEARING);
  /// True once the session is destroyed.
  [[nodiscard]] bool is_over() const;
  bool wait_until_over(std::chrono::milliseconds timeout) const;

  /// The caller presses a key, as RFC 2833 brings it. The session thread fetches digits between two
  /// packets, as a parked call does; fetching fires the event.
  void press(char digit);

  // --- media
  void set_read_source(AudioSource source);
  /// AudioSource::none() is "unbridged"; anything else is "bridged" (CF_BRIDGED), with that audio.
  /// A change between the two flushes the media bugs, as in the real core.
  void set_write_source(AudioSource source);
  /// A re-INVITE: both directions change codec. Throws std::invalid_argument as the constructor.
  void set_codec(std::uint32_t rate, std::uint32_t ptime_ms, std::uint8_t channels = 1,
                 const std::string& codec = {});
  /// An application wants to read at another rate (switch_core_session_set_read_codec): from then
  /// on read_impl tells that rate although media bugs still get the channel's own.
  void push_read_codec(std::uint32_t rate);
  void pop_read_codec();
  /// Waits until the read source has ended and its last frame passed the media bugs, or the call
  /// is over. False on timeout.
  bool wait_for_read_end(std::chrono::milliseconds timeout) const;
  /// Waits until that many more packets have been read. False on timeout or when the call is over.
  bool wait_for_packets(std::uint64_t count, std::chrono::milliseconds timeout) const;
  /// Packets read, or written, since the start.
  [[nodiscard]] std::uint64_t packets_read() const;
  [[nodiscard]] std::uint64_t packets_written() const;
  /// Manual clock only: passes `packets` packets, each one first written, then read, and returns
  /// when the last is through.
  void tick(std::uint64_t packets = 1);
  /// Calls `listener` on the write thread with each frame the caller hears. Set it before audio
  /// flows or while it does; an empty one stops it, and on return the old one is no longer in use.
  void on_heard(std::function<void(const HeardFrame&)> listener);
  /// Calls `listener` on the write thread with each frame that the bugs are done with and the codec
  /// is about to encode: the lock on the bugs is free, the codec's is held. As on_heard().
  void on_encode(std::function<void()> listener);
  /// Calls `listener` on the session thread with each frame that the application gets; with a
  /// linear read codec that is the frame the bugs have left. As on_heard().
  void on_read(std::function<void(const HeardFrame&)> listener);

  // --- running things as the switch would
  /// Runs a dialplan application on the session thread and waits for it. No audio is read
  /// meanwhile.
  switch_status_t run_application(const std::string& application, const std::string& data);
  /// Runs `task` on the session thread, between two packets, and waits for it. False when the call
  /// was hung up before it could run.
  bool run_on_session_thread(std::function<void()> task);

 private:
  class Leg;
  std::shared_ptr<Leg> leg_;
};

}  // namespace simulator
