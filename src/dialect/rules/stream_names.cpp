#include "dialect/rules/stream_names.hpp"

#include <openssl/rand.h>

#include <cstddef>

#include "audio/codec/encoding_name.hpp"
#include "audio/mix_name.hpp"
#include "base/hex.hpp"

namespace audio_stream::dialect::rules {
namespace {

/// 32 hexadecimal digits. RAND_bytes() fails only on a machine without any entropy; then all are 0.
std::string random_hex() {
  std::array<unsigned char, 16> bytes{};
  static_cast<void>(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())));
  return base::to_hex(bytes);
}

std::string without_dashes(std::string text) {
  std::erase(text, '-');
  return text;
}

/// As a UUID is written: 8-4-4-4-12 digits.
std::string with_dashes(std::string hex) {
  for (const std::size_t at : {20U, 16U, 12U, 8U}) hex.insert(at, 1, '-');
  return hex;
}

}  // namespace

StreamNames::StreamNames(const StreamFacts& facts, audio::codec::Encoding encoding) {
  const std::string stream_hex = random_hex();
  values_ = {facts.call,
             without_dashes(facts.call),
             with_dashes(stream_hex),
             stream_hex,
             random_hex(),
             std::to_string(facts.rate_hz),
             std::string{name_of(encoding)},
             std::string{name_of(facts.mix)},
             std::to_string(facts.down_rate_hz.value_or(facts.rate_hz)),
             facts.metadata};
}

std::optional<std::string> StreamNames::value(std::string_view name) const {
  const auto* const found = std::ranges::find(kStreamNames, name);
  if (found == kStreamNames.end()) return std::nullopt;
  return values_[static_cast<std::size_t>(found - kStreamNames.begin())];
}

}  // namespace audio_stream::dialect::rules
