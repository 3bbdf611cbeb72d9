#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace audio_stream::websocket {

/// Whether a close frame may carry `code` (RFC 6455, 7.4, and IANA's registry): 1000 to 1003, 1007
/// to 1014, and 3000 to 4999. 1005, 1006 and 1015 never appear on the wire.
constexpr bool is_close_code(int code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

/// Stands for a close frame without a code (RFC 6455, 7.1.5).
inline constexpr int kNoCloseCode = 1005;

/// A close frame's payload (RFC 6455, 5.5.1).
class ClosePayload {
 public:
  /// `reason` is UTF-8. It is cut to 123 bytes, between two characters. If `code` may not appear on
  /// the wire, the payload is empty, which means "no code".
  ClosePayload(int code, std::string_view reason) noexcept;

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return std::span{bytes_}.first(size_);
  }

 private:
  std::array<std::byte, 125> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace audio_stream::websocket
