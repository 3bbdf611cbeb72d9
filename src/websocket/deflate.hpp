#pragma once

#include <zlib.h>

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace audio_stream::websocket {

/// The parameters that a server agreed to (RFC 7692, 7.1). Window bits are 8 to 15: a window of
/// 2^bits bytes.
struct DeflateParameters {
  bool client_no_context_takeover = false;
  bool server_no_context_takeover = false;
  int client_max_window_bits = 15;
  int server_max_window_bits = 15;

  bool operator==(const DeflateParameters&) const = default;
};

/// Compresses our messages (RFC 7692, 7.2.1). The constructor allocates the memory: 16 KiB with 9
/// window bits, 30 KiB with 12. Construct it for the first message that is compressed.
///
/// A sender need not refer to earlier messages. So a new Deflater may replace another one on the
/// same connection, and one Deflater with Context::fresh may serve all connections of a thread.
class Deflater {
 public:
  enum class Context : bool {
    fresh,  ///< each message stands alone; suits every connection
    /// A message may refer to earlier ones, which saves bytes. For the messages of one connection
    /// whose server did not ask for client_no_context_takeover.
    kept,
  };

  /// `window_bits`, 8 to 15: at most the negotiated client_max_window_bits. Throws std::bad_alloc.
  Deflater(Context context, int window_bits);
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  /// Writes the payload of a frame with RSV1 for the whole message to `out`. False if that is not
  /// shorter than the message: then send the message uncompressed; the context is reset. Throws
  /// std::bad_alloc.
  [[nodiscard]] bool compress(std::span<const std::byte> message, std::vector<std::byte>& out);

  /// Drops the reference to earlier messages. For a kept context, if a compressed message was not
  /// sent.
  void reset() noexcept;

 private:
  const Context context_;
  z_stream stream_{};
};

/// Decompresses a server's messages, piece by piece (RFC 7692, 7.2.2). The constructor allocates 7
/// KiB, the first message 2^window_bits bytes.
class Inflater {
 public:
  /// `window_bits`, 8 to 15: at least the negotiated server_max_window_bits. Throws std::bad_alloc.
  explicit Inflater(int window_bits);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  struct Step {
    std::size_t consumed = 0;  ///< bytes of `in`
    std::size_t made = 0;      ///< bytes of `out`
    bool done = false;         ///< the message is complete; only finish() sets it
    /// Why the data is invalid, for people; empty if it is valid. After an error the inflater is
    /// unusable.
    std::string_view error;
  };

  /// Consumes `in`, the next compressed bytes of the message, until `in` is used up or `out` is
  /// full. If `out` is full, more output may follow without further input. Throws std::bad_alloc.
  [[nodiscard]] Step inflate(std::span<const std::byte> in, std::span<std::byte> out);

  /// Call when the message has no more compressed bytes. Produces the rest of the message. Call it
  /// until `done`; while it is not done, `out` is full. Then the next message may begin, which may
  /// refer to this one. Throws std::bad_alloc.
  [[nodiscard]] Step finish(std::span<std::byte> out);

 private:
  z_stream stream_{};
  std::size_t tail_given_ = 0;  // of the four bytes that the sender omitted
  bool in_stream_ = false;      // compressed bytes came after the last message or final block
};

}  // namespace audio_stream::websocket
