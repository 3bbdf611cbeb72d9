#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/utf8.hpp"
#include "websocket/deflate.hpp"
#include "websocket/frame.hpp"

namespace audio_stream::websocket {

/// The bytes so far make no event.
struct Nothing {};

/// A complete text message, in UTF-8.
struct Text {
  std::string text;
};

/// A part of a binary message, as it arrived. Parts come in order; `last` ends the message. Only
/// the last part may be empty.
struct Binary {
  std::string_view part;
  bool last = false;
};

/// The caller must answer with a pong of the same payload, of at most 125 bytes (RFC 6455, 5.5.3).
struct Ping {
  std::string_view payload;
};

struct Pong {
  std::string_view payload;
};

/// The server's close frame. `code` is valid in a close frame, or 1005 if the frame has none.
/// `reason` is UTF-8 of at most 123 bytes and may hold control characters.
struct Close {
  int code = 0;
  std::string reason;
};

/// The server violated the protocol or a limit. `close_code` (1002, 1007 or 1009) is for our close
/// frame. `what` says what the server sent, for people: "a masked frame". It holds none of the
/// server's bytes, only numbers.
struct Violation {
  int close_code = 0;
  std::string what;
};

using Event = std::variant<Nothing, Text, Binary, Ping, Pong, Close, Violation>;

/// Turns the bytes that a server sends after its handshake into events: frames (RFC 6455, 5) and
/// compressed messages (RFC 7692). No I/O. The I/O thread only.
///
/// Memory: less than 200 bytes between messages. During a text message, the text, within the limit.
/// From the first compressed message on, an Inflater and 4 KiB for its output; if the server agreed
/// to server_no_context_takeover, these are freed after each message.
class MessageReader {
 public:
  struct Limits {
    std::size_t message_bytes = 0;  ///< of one message, decompressed; more is a violation (1009)
  };

  struct Step {
    std::size_t consumed = 0;  ///< of `bytes`
    Event event;
    /// The reader has more to do without further bytes. Call next() again, with the rest of `bytes`
    /// or with none.
    bool again = false;
  };

  /// The most output of one call: copied text or decompressed bytes. A caller can do other work
  /// between two calls.
  static constexpr std::size_t kMostAtOnce = std::size_t{16} * 1024;

  /// `deflate`: as negotiated. Without it, a compressed message is a violation.
  MessageReader(Limits limits, std::optional<DeflateParameters> deflate) noexcept;
  ~MessageReader();
  MessageReader(const MessageReader&) = delete;
  MessageReader& operator=(const MessageReader&) = delete;

  /// Consumes `bytes`, which follow those consumed before, until one event is complete or all are
  /// consumed. Call it until all bytes are consumed and the step does not say `again`:
  ///
  ///     do {
  ///       step = reader.next(bytes);
  ///       bytes = bytes.subspan(step.consumed);
  ///     } while (!bytes.empty() || step.again);
  ///
  /// The loop ends, because every call makes progress if there are bytes or `again` was set. Views
  /// in an event point into `bytes` or the reader, and are valid until the next call. After Close
  /// or Violation, all further bytes are consumed without an event. Throws std::bad_alloc; the
  /// reader is unusable afterwards.
  [[nodiscard]] Step next(std::span<const std::byte> bytes);

 private:
  struct Inflation;  // an Inflater and its output
  struct Work;       // one call's input and event

  static constexpr std::size_t kLongestHeader = 10;  // a server's frames have no masking key

  void take_header(Work& work);
  void take_control(Work& work);
  void take_plain(Work& work);
  void take_compressed(Work& work);
  void deliver(std::string_view part, bool last, Work& work);
  void end_frame() noexcept;
  void end() noexcept;
  void fail(int close_code, std::string what, Work& work);
  [[nodiscard]] const char* wrong_first_byte() const noexcept;
  [[nodiscard]] const char* wrong_second_byte() const noexcept;
  [[nodiscard]] bool begin_frame(Work& work);
  [[nodiscard]] std::size_t header_size() const noexcept;
  [[nodiscard]] bool is_control() const noexcept;
  [[nodiscard]] bool in_message() const noexcept { return message_ != Opcode::continuation; }

  const Limits limits_;
  const std::optional<DeflateParameters> deflate_;
  std::unique_ptr<Inflation> inflation_;  // set at the first compressed message
  std::uint64_t left_ = 0;                // bytes left of the frame's payload
  std::size_t message_bytes_ = 0;         // bytes of the message so far, decompressed
  std::string text_;                      // the message so far
  std::string control_;                   // payload of a control frame that arrived in pieces
  std::array<std::byte, kLongestHeader> header_{};
  std::uint8_t header_known_ = 0;  // bytes of header_
  base::Utf8Check utf8_;
  Opcode opcode_ = Opcode::continuation;   // of the frame
  Opcode message_ = Opcode::continuation;  // kind of the message; continuation: none has begun
  bool final_ = false;                     // of the frame
  bool compressed_ = false;                // the message is compressed
  bool in_frame_ = false;   // the frame's header is known and its payload is incomplete
  bool inflating_ = false;  // the inflater has more output without further bytes
  bool ended_ = false;      // by Close or Violation
};

}  // namespace audio_stream::websocket
