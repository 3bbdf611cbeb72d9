#include "websocket/closing.hpp"

#include <cstring>

#include "base/utf8.hpp"

namespace audio_stream::websocket {
namespace {

constexpr std::size_t kCodeBytes = 2;

}  // namespace

ClosePayload::ClosePayload(int code, std::string_view reason) noexcept {
  if (!is_close_code(code)) return;
  const auto wide = static_cast<unsigned>(code);
  bytes_[0] = static_cast<std::byte>(wide >> 8U);
  bytes_[1] = static_cast<std::byte>(wide & 0xFFU);
  const std::string_view whole = base::utf8_prefix(reason, bytes_.size() - kCodeBytes);
  if (!whole.empty()) std::memcpy(bytes_.data() + kCodeBytes, whole.data(), whole.size());
  size_ = kCodeBytes + whole.size();
}

}  // namespace audio_stream::websocket
