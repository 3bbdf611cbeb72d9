#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <tl/expected.hpp>

#include "audio/codec/l16_decoder.hpp"
#include "dialect/note.hpp"
#include "dialect/playback_request.hpp"
#include "dialect/speech.hpp"
#include "stream/guarded.hpp"
#include "stream/playback.hpp"
#include "stream/playback_answers.hpp"
#include "stream/playout_queue.hpp"
#include "stream/token_bucket.hpp"

namespace audio_stream::stream {

/// What comes down: takes the server's audio and requests in the order in which they were sent. The
/// audio goes into a PlayoutQueue, and PlaybackAnswers tell what became of it.
///
/// Owned by its session. Every function runs on the stream's I/O thread.
class Downlink {
 public:
  struct Parts {
    Playback* caller = nullptr;  ///< either or both; they outlive this
    Playback* callee = nullptr;
    std::uint32_t rate_hz = 8000;  ///< of binary messages
    std::uint32_t buffer_ms = 300'000;
    TokenBucket& event_tokens;  ///< of answers; outlives this
    boost::asio::io_context& context;
    std::function<void(const dialect::Note&)> notify;
    std::function<void()> ready;  ///< all that was given has been taken: the next may come
    RunGuarded guarded;
  };

  /// Of a clear that names none: enough to avoid a click.
  static constexpr std::uint32_t kFadeMs = 5;

  explicit Downlink(Parts parts);
  Downlink(const Downlink&) = delete;
  Downlink& operator=(const Downlink&) = delete;

  /// Audio of the server: a part of a message of L16, little-endian, any number of bytes. `last`
  /// ends the message. False if it takes a while, so that nothing more may come until `ready` was
  /// called.
  bool audio(std::string_view bytes, bool last);
  bool speech(dialect::Speech speech);
  /// A message is being decoded elsewhere. A clear in the meantime is one of it too.
  void begin_decoding() noexcept { answers_.begin_decoding(); }
  /// It had no audio.
  void decoding_yielded_nothing();
  /// What became of that. False as above.
  bool decoded(tl::expected<dialect::Speech, std::string> speech);
  /// Something the server sent is of no use.
  void refuse(const std::string& reason);
  void request(const dialect::PlaybackRequest& request);
  void clear(const std::string& reason, std::optional<std::uint32_t> fade_ms = {});
  void pause(bool paused);
  /// A connection's first audio begins with a whole sample.
  void new_connection() noexcept;

  /// Tells what has happened since. Whenever the call has woken us, and now and then.
  void report();
  /// Something of the server is still to be heard, and will be.
  [[nodiscard]] bool unplayed() const noexcept;
  /// So long, at most.
  [[nodiscard]] std::chrono::milliseconds unplayed_time() const noexcept;
  /// There is something that could be interrupted.
  [[nodiscard]] bool playing() const noexcept;

  struct Totals {
    std::uint64_t received_ms = 0;
    std::uint64_t played_ms = 0;
    std::uint64_t cleared_ms = 0;
    std::uint64_t refused_ms = 0;
    std::uint64_t unplayed_ms = 0;  ///< what is waiting
    std::uint64_t underruns = 0;
    std::uint64_t underrun_ms = 0;
  };
  [[nodiscard]] Totals totals() const;

 private:
  bool take(std::uint32_t rate_hz);
  void on_slice(bool finished);

  const Parts parts_;
  audio::codec::L16Decoder decoder_;
  PlayoutQueue queue_;
  PlaybackAnswers answers_;
  bool refuses_message_ = false;  // a part of it had no room, so what follows is refused
};

}  // namespace audio_stream::stream
