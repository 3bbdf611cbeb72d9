#pragma once

#include <zlib.h>

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace audio_stream::websocket {

/// What a server agreed to (RFC 7692, 7.1). Window bits are 8 to 15: a window of 2^bits bytes.
struct DeflateParameters {
  bool client_no_context_takeover = false;
  bool server_no_context_takeover = false;
  int client_max_window_bits = 15;
  int server_max_window_bits = 15;

  bool operator==(const DeflateParameters&) const = default;
};

/// Compresses our messages (RFC 7692, 7.2.1). It takes its memory when it is made: 16 KiB with 9
/// window bits, 30 KiB with 12. Make it with the first message that is compressed.
///
/// A sender need not refer to what it sent before. So a new Deflater may follow another one on the
/// same connection, and one with a fresh context for each message may serve all connections of a
/// thread.
class Deflater {
 public:
  enum class Context : bool {
    fresh,  ///< each message by itself: right for every connection
    /// A message may refer to those before it, which saves bytes. For the messages of one
    /// connection, where the server did not ask for client_no_context_takeover.
    kept,
  };

  /// `window_bits`, 8 to 15: at most the client_max_window_bits that were agreed. Throws
  /// std::bad_alloc.
  Deflater(Context context, int window_bits);
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  /// Writes into `out` what goes into a frame with RSV1 for the whole message. False if that is not
  /// shorter than the message. Then the message is to be sent as it is, and the context is fresh.
  /// Throws std::bad_alloc.
  [[nodiscard]] bool compress(std::span<const std::byte> message, std::vector<std::byte>& out);

  /// Forgets the messages before. For a kept context, if a compressed message was not sent.
  void reset() noexcept;

 private:
  const Context context_;
  z_stream stream_{};
};

/// Decompresses a server's messages, piece by piece (RFC 7692, 7.2.2). It takes 7 KiB when it is
/// made, and 2^window_bits bytes with the first message.
class Inflater {
 public:
  /// `window_bits`, 8 to 15: at least the server_max_window_bits that were agreed. Throws
  /// std::bad_alloc.
  explicit Inflater(int window_bits);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  struct Step {
    std::size_t consumed = 0;  ///< bytes of `in`
    std::size_t made = 0;      ///< bytes of `out`
    bool done = false;         ///< the message is complete; only finish() says so
    /// Why the data is no message, for people; empty if all is well. After an error the inflater is
    /// of no use.
    std::string_view error;
  };

  /// Takes from `in`, the next compressed bytes of the message, until all are consumed or `out` is
  /// full. If `out` is full, more may come without further input. Throws std::bad_alloc.
  [[nodiscard]] Step inflate(std::span<const std::byte> in, std::span<std::byte> out);

  /// The message has no more compressed bytes: makes the rest of it. It is to be called until it is
  /// done; if it is not, `out` is full. Then the next message may begin, which may refer to this
  /// one. Throws std::bad_alloc.
  [[nodiscard]] Step finish(std::span<std::byte> out);

 private:
  z_stream stream_{};
  std::size_t tail_given_ = 0;  // of the four bytes that the sender left out
  bool in_stream_ = false;      // compressed bytes came since a message or a final block ended
};

}  // namespace audio_stream::websocket
