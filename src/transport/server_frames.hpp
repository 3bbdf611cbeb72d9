#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace audio_stream::transport {

/// Follows what a server sends, from its answer to the handshake on, frame by frame (RFC
/// 6455, 5.2), and finds the messages that a library is not needed for: binary ones of one frame
/// that keep to all rules and are there as a whole. All others are for Beast, byte by byte.
class ServerFrames {
 public:
  /// What the next bytes are.
  struct Part {
    std::size_t size = 0;                ///< of it, in bytes; never beyond a frame's end
    bool message = false;                ///< a message; else for Beast
    std::span<const std::byte> payload;  ///< the message's
  };

  /// A frame begins here that is no part of a message which has begun.
  [[nodiscard]] bool at_message() const noexcept {
    return answered_ && left_ == 0 && known_ == 0 && !in_message_;
  }

  /// Of `bytes`, at least one, which follow those of the parts before. A message is found only if
  /// it has no more bytes than `most`, and none if there is no `most`.
  [[nodiscard]] Part next(std::span<const std::byte> bytes,
                          std::optional<std::size_t> most) noexcept;

 private:
  static constexpr std::size_t kLongestHeader = 14;

  struct Header {
    std::size_t size = 0;  ///< its own; 0: not all of it is there
    std::uint64_t payload = 0;
    bool masked = false;
    bool shortest = true;  ///< as it has to be
  };
  [[nodiscard]] static Header header_of(std::span<const std::byte> bytes) noexcept;
  [[nodiscard]] std::size_t rest_of_answer(std::span<const std::byte> bytes) noexcept;
  void begin(const Header& header, std::byte first) noexcept;

  bool answered_ = false;    // the handshake
  unsigned line_ends_ = 0;   // how much of CR LF CR LF there was
  bool in_message_ = false;  // of several frames
  std::uint64_t left_ = 0;   // of a frame that is for Beast
  std::size_t known_ = 0;    // of a header that is, of which not all is there
  std::array<std::byte, kLongestHeader> header_{};
};

}  // namespace audio_stream::transport
