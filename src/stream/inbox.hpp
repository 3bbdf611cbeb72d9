#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <tl/expected.hpp>

#include "control/options.hpp"
#include "dialect/dialect.hpp"
#include "dialect/speech.hpp"
#include "dialect/stream_audio.hpp"
#include "stream/audio_files.hpp"
#include "stream/counters.hpp"
#include "stream/event_gate.hpp"
#include "stream/guarded.hpp"
#include "stream/outbox.hpp"
#include "stream/server_link.hpp"
#include "stream/stream_log.hpp"
#include "stream/token_bucket.hpp"

namespace audio_stream::transport {
class Worker;
struct Workers;
}  // namespace audio_stream::transport

namespace audio_stream::stream {

class Downlink;

/// Takes the server's messages in their order. Makes each an event, a file, or a call of the
/// downlink.
///
/// A message may mean several things, which are handled in their order. While one of them is being
/// handled (by a worker or in the downlink) no other message is read. So their
/// results keep the order, and a server that sends too fast meets backpressure instead of a growing
/// queue. The inbox outlives connections: it finishes a message of the old connection before it
/// reads the new one.
///
/// Belongs to its session. Runs on the stream's I/O thread.
class Inbox {
 public:
  /// All references and the downlink outlive it.
  struct Parts {
    const control::Options& options;
    Counters& counters;
    boost::asio::io_context& context;
    transport::Workers& workers;
    std::shared_ptr<dialect::Dialect> dialect;
    Downlink* downlink = nullptr;  ///< none with playback off
    std::shared_ptr<AudioFiles> files;
    TokenBucket& event_tokens;  ///< events cost tokens; the downlink shares it
    EventGate& events;
    const StreamLog& log;
    Outbox& outbox;
    ServerLink& link;
    std::function<void(const dialect::StreamRequest&)> on_request;
    std::function<void()> pump;  ///< called when there may be something to send
    RunGuarded guarded;
  };

  explicit Inbox(Parts parts);
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  void text(std::string&& text);
  /// A part of a binary message; `last` ends it.
  void binary(std::string_view bytes, bool last);
  /// Drops the parts of a binary message that the old connection did not finish.
  void new_connection() noexcept {
    binary_.clear();
    in_audio_ = false;
  }
  /// The downlink has taken all of the message that it took in several turns.
  void taken();
  /// A message is being handled, so no other is read.
  [[nodiscard]] bool busy() const noexcept { return being_taken_ > 0; }
  /// A worker's job or a timer's handler was lost for want of memory or room. Returns true once.
  [[nodiscard]] bool take_lost_job() noexcept;
  /// At the end of the stream: the files for a worker to remove. None if no file was ever written.
  [[nodiscard]] std::shared_ptr<AudioFiles> take_files() noexcept {
    return wrote_ ? std::move(parts_.files) : nullptr;
  }

 private:
  /// Decoded audio for a file, or why it can't be used, and the JSON around it.
  struct FileAudio {
    dialect::EncodedAudio encoded;
    tl::expected<dialect::StreamAudio, std::string> decoded;
  };
  using Speech = tl::expected<dialect::Speech, std::string>;
  /// A part of what a message means. A worker also decodes its audio.
  using Read = std::variant<dialect::Incoming, Speech, FileAudio>;
  struct Pending {
    Read read;
    bool ends_decoding = false;  ///< the downlink waits for this audio of a worker
  };

  static FileAudio decode(dialect::EncodedAudio audio);
  static std::vector<Read> read(dialect::Dialect& dialect,
                                const std::optional<dialect::WavFormat>& wav, bool is_binary,
                                std::string&& message);
  static Read with_audio_decoded(dialect::Incoming understood,
                                 const std::optional<dialect::WavFormat>& wav);
  void message(bool is_binary, std::string&& bytes);
  void on_message_read(std::vector<Read> read);
  void handle_pending();
  void handle(Pending pending);
  void handle(dialect::Incoming message, bool ends_decoding);
  void take_speech(dialect::ServerSpeech speech);
  void take_piece(dialect::ServerPiece piece, bool ends_decoding);
  void emit_transcript(const dialect::ServerTranscript& transcript);
  void play_message(const std::string& bytes, bool ends_decoding);
  void emit_text(dialect::ServerText text);
  void write(FileAudio audio);
  void emit_stored(const dialect::EncodedAudio& audio,
                   const tl::expected<std::string, std::string>& file);
  void play(std::string_view bytes, bool last);
  void decoded(Speech speech, bool ends_decoding);
  void refuse(int code, const std::string& what);
  void begin_taking();
  void pause_without_tokens();
  void wait_for_tokens();
  template <class Work, class Then>
  void with_worker(transport::Worker& worker, const char* lane, Work work, Then then);

  Parts parts_;
  std::list<Pending> pending_;              // the rest of what a message means
  std::string binary_;                      // the parts of an unfinished message
  std::optional<dialect::WavFormat> wav_;   // of the last WAV file
  bool in_audio_ = false;                   // within a binary message that is played
  std::size_t being_taken_ = 0;             // messages with a worker or the downlink
  std::optional<std::weak_ptr<char>> job_;  // the job that a worker has
  bool unusable_warned_ = false;
  bool wrote_ = false;  // wrote a file, or tried to
  bool waits_for_tokens_ = false;
  boost::asio::steady_timer refill_;
  std::shared_ptr<Inbox*> self_;  // tells workers' jobs whether this still exists
};

}  // namespace audio_stream::stream
