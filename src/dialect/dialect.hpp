#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/caller_note.hpp"
#include "dialect/incoming.hpp"
#include "dialect/message.hpp"
#include "dialect/note.hpp"

/// What the messages on the wire mean. A stream has one dialect. The transport carries messages
/// without knowing their meaning, and the stream sees only plain values.
namespace audio_stream::dialect {

/// A packet of audio in the stream's encoding.
struct PacketView {
  std::span<const std::byte> audio;
  std::uint64_t position = 0;  ///< of its first sample, in samples per channel since `start`
  std::uint32_t samples = 0;   ///< per channel
};

/// The memory into which a dialect writes an audio message. Each stream has one. It grows to the
/// largest message and keeps its size, so a packet allocates nothing in steady state.
using Scratch = std::vector<std::byte>;

/// The audio that waits to be played to the call.
struct QueueFacts {
  std::uint64_t queued_ms = 0;
  bool paused = false;
  bool full = false;  ///< the server was told to wait
};

/// The consequence of a close in good order by the server.
enum class RemoteClose : std::uint8_t {
  ends,       ///< the stream ends
  hangs_up,   ///< and the call, when it has heard everything
  reconnects  ///< as if the connection had been lost
};

using Messages = std::vector<Message>;

/// One stream's dialect, from `start` to the end, across all connections. It is made with the
/// StreamFacts.
///
/// Every function runs on the stream's I/O thread, except understand_text() and
/// understand_binary(): a worker runs them for long messages while the I/O thread calls the others,
/// so what they change, no other function may read. One message is understood at a time.
class Dialect {
 public:
  Dialect() = default;
  Dialect(const Dialect&) = delete;
  Dialect& operator=(const Dialect&) = delete;
  virtual ~Dialect() = default;

  // To the server.

  /// The first messages of a connection, before any audio. `position_ms`: of the connection's first
  /// sample, rounded so that the server computes the same sample.
  virtual Messages open(std::uint64_t position_ms) = 0;
  /// Audio and the application's texts wait for a ServerReady, on each connection.
  [[nodiscard]] virtual bool waits_for_ready() const noexcept { return false; }
  /// How long, in ms.
  [[nodiscard]] virtual std::uint32_t ready_timeout_ms() const noexcept { return 0; }
  /// A ServerReady came.
  virtual Messages ready() { return {}; }
  /// The message that carries a packet. The view may point into the packet or into `scratch`, and
  /// is valid until either changes. Called again for a packet whose connection broke.
  virtual MessageView audio(const PacketView& packet, Scratch& scratch) = 0;
  /// Reports lost audio before the next packet.
  virtual std::optional<Message> gap(std::uint64_t position_ms, std::uint64_t length_ms) = 0;
  /// Audio before `position_ms` was left out on purpose; the next packet begins there.
  virtual std::optional<Message> part(std::uint64_t /*position_ms*/) { return std::nullopt; }
  virtual Messages note(const Note& note) = 0;
  virtual Messages digit(char digit, std::uint32_t duration_ms) = 0;
  /// The caller speaks, or is masked.
  virtual Messages caller(const CallerNote& /*note*/) { return {}; }
  /// Answers a ServerReply.
  virtual Messages reply(const Answer& /*answer*/, const QueueFacts& /*queue*/) { return {}; }
  /// Called a few times a second while audio may be sent. `now_ms` counts from any time on.
  virtual Messages on_time(std::uint64_t /*now_ms*/) { return {}; }
  /// The last messages of a stream, after all audio and the text of `stop`.
  virtual Messages end() = 0;
  /// Whether end() has any. What the server says at the end comes after them.
  [[nodiscard]] virtual bool has_end() const noexcept { return false; }
  /// How long the server's last messages are waited for after end(), in ms. A ServerDone ends it.
  [[nodiscard]] virtual std::uint32_t linger_ms() const noexcept { return 0; }
  [[nodiscard]] virtual RemoteClose remote_close() const noexcept { return RemoteClose::ends; }
  /// False: each connection is a new conversation, and notes of the old one are not sent.
  [[nodiscard]] virtual bool notes_outlive_connections() const noexcept { return true; }

  // From the server.

  // The results are handled in their order.
  [[nodiscard]] virtual std::vector<Incoming> understand_text(std::string&& text) = 0;
  [[nodiscard]] virtual std::vector<Incoming> understand_binary(std::string_view bytes) = 0;
  /// Whether a binary message that begins with `begin` is audio in the stream's downlink format,
  /// which is played part by part. Any other is collected for understand_binary().
  [[nodiscard]] virtual bool plays_binary(std::string_view begin) const noexcept = 0;
};

}  // namespace audio_stream::dialect
