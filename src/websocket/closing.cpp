#include "websocket/closing.hpp"

#include <algorithm>
#include <cstring>

namespace audio_stream::websocket {
namespace {

constexpr std::size_t kCodeBytes = 2;

/// At most `most` bytes of `text`, whole characters.
std::string_view cut(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return text;
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80;
  };
  while (most > 0 && continues(most)) --most;
  return text.substr(0, most);
}

}  // namespace

ClosePayload::ClosePayload(int code, std::string_view reason) noexcept {
  if (!is_close_code(code)) return;
  const auto wide = static_cast<unsigned>(code);
  bytes_[0] = static_cast<std::byte>(wide >> 8U);
  bytes_[1] = static_cast<std::byte>(wide & 0xFFU);
  const std::string_view whole = cut(reason, bytes_.size() - kCodeBytes);
  if (!whole.empty()) std::memcpy(bytes_.data() + kCodeBytes, whole.data(), whole.size());
  size_ = kCodeBytes + whole.size();
}

}  // namespace audio_stream::websocket
