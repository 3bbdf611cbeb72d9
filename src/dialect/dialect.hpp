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

/// What the messages on the wire mean. A stream speaks one dialect. The transport below carries
/// messages whatever they mean, and the stream above knows no word of them.
namespace audio_stream::dialect {

/// A packet of audio, in the stream's encoding.
struct PacketView {
  std::span<const std::byte> audio;
  std::uint64_t position = 0;  ///< of its first sample, in samples per channel since `start`
  std::uint32_t samples = 0;   ///< per channel
};

/// The memory a dialect writes an audio message into. One for each stream; it grows to the largest
/// message and stays, so that a packet allocates nothing in steady state.
using Scratch = std::vector<std::byte>;

/// One stream's dialect, from its `start` to its end, over all connections. It is made with the
/// StreamFacts.
///
/// Every function runs on the stream's I/O thread, except understand_text() and
/// understand_binary(): a worker runs them for long messages while the I/O thread calls the others.
/// They are const, and an implementation keeps what they read unchanged.
///
/// An optional Message that is empty: this dialect has no message for that.
class Dialect {
 public:
  Dialect() = default;
  Dialect(const Dialect&) = delete;
  Dialect& operator=(const Dialect&) = delete;
  virtual ~Dialect() = default;

  // What we say.

  /// The first messages of a connection, before any audio. `position_ms`: of the first sample that
  /// the connection will bring, rounded so that the server computes the same sample.
  virtual std::vector<Message> open(std::uint64_t position_ms) = 0;
  /// The message that carries a packet. The view may point into the packet or into `scratch`, and
  /// holds until either changes. A packet whose connection broke is asked for again.
  virtual MessageView audio(const PacketView& packet, Scratch& scratch) = 0;
  /// Audio that was lost, in front of the next packet.
  virtual std::optional<Message> gap(std::uint64_t position_ms, std::uint64_t length_ms) = 0;
  virtual std::optional<Message> note(const Note& note) = 0;
  virtual std::optional<Message> digit(char digit, std::uint32_t duration_ms) = 0;
  /// The last message of a stream, behind all audio and the text of `stop`.
  virtual std::optional<Message> end() = 0;

  // What the server says.

  [[nodiscard]] virtual Incoming understand_text(std::string&& text) const = 0;
  [[nodiscard]] virtual Incoming understand_binary(std::string_view bytes) const = 0;
  /// Binary messages are audio in the format the stream has down, which is played part by part.
  [[nodiscard]] virtual bool plays_binary() const noexcept = 0;
};

}  // namespace audio_stream::dialect
