#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

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

/// What the server sends: takes its messages in the order they came, and makes each an event, a
/// file, or something for the downlink.
///
/// While one message takes its time (with a worker, or in the downlink) no further one is read,
/// so that what comes of them keeps their order, and a server that sends faster than that is slowed
/// down rather than queued. It outlives connections: what one brought is finished before the next
/// is read.
/// Belongs to its session, on the stream's I/O thread.
class Inbox {
 public:
  /// All references outlive it, and so does the downlink.
  struct Parts {
    const control::Options& options;
    Counters& counters;
    boost::asio::io_context& context;
    transport::Workers& workers;
    std::shared_ptr<const dialect::Dialect> dialect;
    Downlink* downlink = nullptr;  ///< none with playback off
    std::shared_ptr<AudioFiles> files;
    TokenBucket& event_tokens;  ///< of events; the downlink takes from it too
    EventGate& events;
    const StreamLog& log;
    Outbox& outbox;
    ServerLink& link;
    std::function<void()> pump;  ///< there may be something to send
    RunGuarded guarded;
  };

  explicit Inbox(Parts parts);
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  void text(std::string&& text);
  /// A part of a binary message; `last` ends it.
  void binary(std::string_view bytes, bool last);
  /// What the former connection left of a binary message is no part of the next one.
  void new_connection() noexcept { binary_.clear(); }
  /// The downlink has taken what took a while.
  void taken();
  /// A message is being taken: no other is read.
  [[nodiscard]] bool busy() const noexcept { return being_taken_ > 0; }
  /// What a worker was given, or a timer's handler, is gone for want of memory or of room: true
  /// once.
  [[nodiscard]] bool take_lost_job() noexcept;
  /// At the end: to remove them is the disk's business, so a worker's. None if there never was one.
  [[nodiscard]] std::shared_ptr<AudioFiles> take_files() noexcept {
    return wrote_ ? std::move(parts_.files) : nullptr;
  }

 private:
  /// Audio for a file, decoded, or why it is of no use; and the JSON around it.
  struct FileAudio {
    dialect::EncodedAudio encoded;
    tl::expected<dialect::StreamAudio, std::string> decoded;
  };
  using Speech = tl::expected<dialect::Speech, std::string>;
  /// A message that a worker has read, and its audio.
  using Read = std::variant<dialect::Incoming, Speech, FileAudio>;

  static FileAudio decode(dialect::EncodedAudio audio);
  static Read read(const dialect::Dialect& dialect, bool is_binary, std::string&& message);
  void message(bool is_binary, std::string&& bytes);
  void on_message_read(Read read);
  void handle(dialect::Incoming message);
  void emit_text(dialect::ServerText text);
  void write(FileAudio audio);
  void emit_stored(const dialect::EncodedAudio& audio,
                   const tl::expected<std::string, std::string>& file);
  void play(std::string_view bytes, bool last);
  void decoded(Speech speech);
  void refuse(int code, const std::string& what);
  void begin_taking();
  void pause_without_tokens();
  void wait_for_tokens();
  template <class Work, class Then>
  void with_worker(transport::Worker& worker, const char* lane, Work work, Then then);

  Parts parts_;
  std::string binary_;                      // the parts of a message that has not ended
  std::size_t being_taken_ = 0;             // messages, with a worker or the downlink
  std::optional<std::weak_ptr<char>> job_;  // the one with a worker
  bool unusable_warned_ = false;
  bool wrote_ = false;  // a file, or tried to
  bool waits_for_tokens_ = false;
  boost::asio::steady_timer refill_;
  std::shared_ptr<Inbox*> self_;  // says to jobs of the workers whether this is still there
};

}  // namespace audio_stream::stream
