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

/// The bytes given so far make no event.
struct Nothing {};

/// A whole text message. It is UTF-8.
struct Text {
  std::string text;
};

/// A part of a binary message, as it came. The parts of a message come in their order; `last` ends
/// it. A part may be empty only if it is the last.
struct Binary {
  std::string_view part;
  bool last = false;
};

/// To be answered by a pong with the same payload, of at most 125 bytes (RFC 6455, 5.5.3).
struct Ping {
  std::string_view payload;
};

struct Pong {
  std::string_view payload;
};

/// The server's close frame. The code is 1005 if it has none; else a close frame may carry it.
/// `reason` is UTF-8 of at most 123 bytes, and may hold control characters.
struct Close {
  int code = 0;
  std::string reason;
};

/// The server broke a rule or a limit. `close_code` (1002, 1007 or 1009) is for our close frame.
/// `what` says what the server did, for people: "a masked frame". It holds nothing of the
/// server's bytes but numbers.
struct Violation {
  int close_code = 0;
  std::string what;
};

using Event = std::variant<Nothing, Text, Binary, Ping, Pong, Close, Violation>;

/// Reads what a server sends after its handshake: frames (RFC 6455, 5) and compressed messages (RFC
/// 7692), into events. It does no input or output itself. The I/O thread's.
///
/// Memory: less than 200 bytes between messages; the text that is arriving, no more than the limit;
/// and from the first compressed message on an Inflater with 4 KiB of its output. Where the server
/// agreed to server_no_context_takeover the latter is given back after each message.
class MessageReader {
 public:
  struct Limits {
    std::size_t message_bytes = 0;  ///< of one message, inflated; more is a violation (1009)
  };

  struct Step {
    std::size_t consumed = 0;  ///< of `bytes`
    Event event;
    /// The reader has more to do without further bytes: next() is to be called again, with what is
    /// left of `bytes` or with none.
    bool again = false;
  };

  /// A call makes no more output than this: copied text, or inflated bytes. So a caller can give
  /// way to other work between two calls.
  static constexpr std::size_t kMostAtOnce = std::size_t{16} * 1024;

  /// `deflate`: as negotiated. Without it a compressed message is a violation.
  MessageReader(Limits limits, std::optional<DeflateParameters> deflate) noexcept;
  ~MessageReader();
  MessageReader(const MessageReader&) = delete;
  MessageReader& operator=(const MessageReader&) = delete;

  /// Takes from `bytes`, which follow those consumed before, as much as makes one event, or all.
  /// A caller calls it until all bytes are consumed and the step does not say `again`:
  ///
  ///     do {
  ///       step = reader.next(bytes);
  ///       bytes = bytes.subspan(step.consumed);
  ///     } while (!bytes.empty() || step.again);
  ///
  /// If there are bytes, or `again` was said, a call does something, so that loop ends.
  /// Views in an event refer to `bytes` or to the reader, and are valid until the next call. After
  /// Close or Violation all bytes are consumed and nothing comes of them. Throws std::bad_alloc;
  /// the reader is of no use after that.
  [[nodiscard]] Step next(std::span<const std::byte> bytes);

 private:
  struct Inflation;  // an Inflater and its output
  struct Work;       // of one call: its input and its event

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
  std::unique_ptr<Inflation> inflation_;  // from the first compressed message on
  std::uint64_t left_ = 0;                // of the frame's payload
  std::size_t message_bytes_ = 0;         // of the message so far, inflated
  std::string text_;                      // of the message so far
  std::string control_;                   // a control frame's payload that came in pieces
  std::array<std::byte, kLongestHeader> header_{};
  std::uint8_t header_known_ = 0;  // bytes of header_
  base::Utf8Check utf8_;
  Opcode opcode_ = Opcode::continuation;   // the frame's
  Opcode message_ = Opcode::continuation;  // the message's kind; continuation: none has begun
  bool final_ = false;                     // the frame's
  bool compressed_ = false;                // the message is
  bool in_frame_ = false;                  // its header is known, and its payload is not over
  bool inflating_ = false;                 // the inflater has more without further bytes
  bool ended_ = false;                     // by Close or Violation
};

}  // namespace audio_stream::websocket
