#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <tl/expected.hpp>

#include "audio/codec/l16_decoder.hpp"
#include "audio/codec/opus.hpp"
#include "dialect/dialect.hpp"
#include "dialect/incoming.hpp"
#include "dialect/note.hpp"
#include "dialect/playback_request.hpp"
#include "dialect/speech.hpp"
#include "stream/guarded.hpp"
#include "stream/playback.hpp"
#include "stream/playback_answers.hpp"
#include "stream/playout_queue.hpp"
#include "stream/token_bucket.hpp"

namespace audio_stream::stream {

/// Takes the server's audio and requests in the order in which they were sent. The audio goes into
/// a PlayoutQueue. PlaybackAnswers report what became of it.
///
/// Owned by its session. Every function runs on the stream's I/O thread.
class Downlink {
 public:
  struct Parts {
    Playback* caller = nullptr;  ///< one of the two may be null; they outlive this
    Playback* callee = nullptr;
    std::uint32_t rate_hz = 8000;  ///< of binary messages, until a RateRequest
    std::uint32_t buffer_ms = 300'000;
    TokenBucket& event_tokens;  ///< answers cost tokens; outlives this
    boost::asio::io_context& context;
    std::function<void(const dialect::Note&)> notify;
    std::function<void()> ready;  ///< everything is taken: the next message may come
    RunGuarded guarded;
  };

  /// Fade of a clear that names none: enough to avoid a click.
  static constexpr std::uint32_t kFadeMs = 5;

  explicit Downlink(Parts parts);
  ~Downlink() = default;
  Downlink(const Downlink&) = delete;
  Downlink& operator=(const Downlink&) = delete;

  /// A part of a message of L16 (little-endian, any number of bytes). `last` ends the message.
  /// False if taking it needs more turns: the caller passes nothing more until `ready` was called.
  bool audio(std::string_view bytes, bool last);
  bool speech(dialect::Speech speech);
  /// `decoded`: a worker read its message. False as for audio().
  bool piece(dialect::ServerPiece piece, bool decoded);
  /// A worker decodes a message from now on. A clear before the end of decoding clears its audio
  /// too.
  void begin_decoding() noexcept { answers_.begin_decoding(); }
  /// The decoded message had no audio.
  void decoding_yielded_nothing();
  /// The decoded message is binary audio, although it began like a text. False as for audio().
  bool decoded_binary(std::string_view bytes);
  /// The result of decoding, `by_worker`: after begin_decoding(). False as for audio().
  bool decoded(tl::expected<dialect::Speech, std::string> speech, bool by_worker);
  /// Reports that something the server sent can't be used.
  void refuse(const std::string& reason);
  void request(const dialect::PlaybackRequest& request);
  void clear(const std::string& reason, const dialect::ClearRequest& request = {});
  void pause(bool paused);
  /// The first audio of the new connection begins with a whole sample.
  void new_connection() noexcept;
  [[nodiscard]] dialect::QueueFacts facts() const noexcept;

  /// Reports what has happened since the last call. Called when the call has woken the stream, and
  /// regularly.
  void report();
  /// Audio or an answer is outstanding, and the stream is not paused.
  [[nodiscard]] bool unplayed() const noexcept;
  /// The longest time that the outstanding audio can take.
  [[nodiscard]] std::chrono::milliseconds unplayed_time() const noexcept;
  /// There is audio that a clear would interrupt.
  [[nodiscard]] bool playing() const noexcept;

  struct Totals {
    std::uint64_t received_ms = 0;
    std::uint64_t played_ms = 0;
    std::uint64_t cleared_ms = 0;
    std::uint64_t refused_ms = 0;
    std::uint64_t unplayed_ms = 0;  ///< still queued
    std::uint64_t underruns = 0;
    std::uint64_t underrun_ms = 0;
  };
  [[nodiscard]] Totals totals() const;

 private:
  bool take(std::uint32_t rate_hz);
  [[nodiscard]] std::uint64_t length_of(const dialect::ServerPiece& piece) const noexcept;
  std::uint32_t decode(dialect::ServerPiece& piece);
  void on_slice(bool finished);

  const Parts parts_;
  std::uint32_t rate_hz_;  // of binary messages
  audio::codec::L16Decoder decoder_;
  std::unique_ptr<audio::codec::OpusPacketDecoder> opus_;  // made for the first packet
  std::string last_item_;                                  // of the last piece
  PlayoutQueue queue_;
  PlaybackAnswers answers_;
  bool refuses_message_ = false;  // a part of it found no room, so the rest is refused
};

}  // namespace audio_stream::stream
