#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

/// One stream's dialect, from `start` to the end, across all connections. It is made with the
/// StreamFacts.
///
/// Every function runs on the stream's I/O thread, except understand_text() and
/// understand_binary(): a worker runs them for long messages while the I/O thread calls the others.
/// They are const, and an implementation must not change what they read.
///
/// An empty optional Message means that the dialect has no message for it.
class Dialect {
 public:
  Dialect() = default;
  Dialect(const Dialect&) = delete;
  Dialect& operator=(const Dialect&) = delete;
  virtual ~Dialect() = default;

  // To the server.

  /// The first messages of a connection, before any audio. `position_ms`: of the connection's first
  /// sample, rounded so that the server computes the same sample.
  virtual std::vector<Message> open(std::uint64_t position_ms) = 0;
  /// The message that carries a packet. The view may point into the packet or into `scratch`, and
  /// is valid until either changes. Called again for a packet whose connection broke.
  virtual MessageView audio(const PacketView& packet, Scratch& scratch) = 0;
  /// Reports lost audio before the next packet.
  virtual std::optional<Message> gap(std::uint64_t position_ms, std::uint64_t length_ms) = 0;
  virtual std::optional<Message> note(const Note& note) = 0;
  virtual std::optional<Message> digit(char digit, std::uint32_t duration_ms) = 0;
  /// The last message of a stream, after all audio and the text of `stop`.
  virtual std::optional<Message> end() = 0;

  // From the server.

  [[nodiscard]] virtual Incoming understand_text(std::string&& text) const = 0;
  [[nodiscard]] virtual Incoming understand_binary(std::string_view bytes) const = 0;
  /// Whether a binary message that begins with `begin` is audio in the stream's downlink format,
  /// which is played part by part. Any other is collected for understand_binary().
  [[nodiscard]] virtual bool plays_binary(std::string_view begin) const noexcept = 0;
};

}  // namespace audio_stream::dialect
