#include "base/base64.hpp"

#include <openssl/evp.h>

#include <limits>

namespace audio_stream::base {
namespace {

const unsigned char* as_uchar(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool is_alphabet(std::string_view text) {
  return text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") ==
         std::string_view::npos;
}

}  // namespace

std::optional<std::vector<std::byte>> decode_base64(std::string_view text) {
  if (text.empty()) return std::vector<std::byte>{};
  if (text.size() % 4 != 0 || text.size() > std::numeric_limits<int>::max()) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  // EVP_DecodeBlock() accepts blanks around the text. A strict decoder must not.
  if (!is_alphabet(text.substr(0, text.size() - padding))) return std::nullopt;
  std::vector<std::byte> bytes(text.size() / 4 * 3);
  const int written = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                      as_uchar(text), static_cast<int>(text.size()));
  if (written < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(written) - padding);
  return bytes;
}

std::optional<std::vector<std::byte>> decode_lenient_base64(std::string_view text) {
  if (auto bytes = decode_base64(text)) return bytes;
  std::string strict;
  strict.reserve(text.size() + 3);
  for (const char character : text) {
    if (character == ' ' || character == '\t' || character == '\r' || character == '\n') continue;
    strict += character == '-' ? '+' : character == '_' ? '/' : character;
  }
  strict.erase(strict.find_last_not_of('=') + 1);
  // One character alone has six bits: less than a byte.
  if (strict.size() % 4 == 1) return std::nullopt;
  strict.append((4 - strict.size() % 4) % 4, '=');
  return decode_base64(strict);
}

void append_base64(std::string& text, std::span<const std::byte> bytes) {
  const std::size_t before = text.size();
  text.resize(before + (bytes.size() + 2) / 3 * 4 + 1);  // EVP_EncodeBlock adds a NUL
  const int written = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data() + before),
                                      reinterpret_cast<const unsigned char*>(bytes.data()),
                                      static_cast<int>(bytes.size()));
  text.resize(before + static_cast<std::size_t>(written));
}

std::string encode_base64(std::string_view bytes) {
  std::string text;
  append_base64(text, std::as_bytes(std::span{bytes}));
  return text;
}

}  // namespace audio_stream::base
