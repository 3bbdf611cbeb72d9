#include "audio/codec/l16_decoder.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace audio_stream::audio::codec {
namespace {

void append_samples(std::string_view bytes, std::vector<std::int16_t>& samples) {
  if (bytes.size() < 2) return;
  const std::size_t begin = samples.size();
  samples.resize(begin + bytes.size() / 2);
  std::memcpy(samples.data() + begin, bytes.data(), (samples.size() - begin) * 2);
  if constexpr (std::endian::native == std::endian::big) {
    for (auto i = samples.begin() + static_cast<std::ptrdiff_t>(begin); i != samples.end(); ++i) {
      const auto swapped = static_cast<std::uint16_t>(*i);
      *i = static_cast<std::int16_t>(swapped << 8 | swapped >> 8);
    }
  }
}

}  // namespace

bool L16Decoder::decode(std::string_view bytes, bool last, std::vector<std::int16_t>& samples) {
  if (skips_byte_ && !bytes.empty()) {
    bytes.remove_prefix(1);
    skips_byte_ = false;
  }
  in_message_ = !last;
  if (last) skips_byte_ = false;
  if (bytes.empty()) return false;
  if (half_sample_) {
    const std::array<char, 2> sample{*half_sample_, bytes.front()};
    append_samples({sample.data(), sample.size()}, samples);
    half_sample_.reset();
    bytes.remove_prefix(1);
  }
  append_samples(bytes, samples);
  if (bytes.size() % 2 != 0) half_sample_ = bytes.back();
  return true;
}

}  // namespace audio_stream::audio::codec
