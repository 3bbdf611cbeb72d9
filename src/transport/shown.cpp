#include "transport/shown.hpp"

#include <algorithm>

namespace audio_stream::transport {

std::string shown(std::string_view text, std::size_t most) {
  std::string out{text.substr(0, most)};
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x20 || c >= 0x7F; }, '?');
  if (text.size() > most) out += "...";
  return out;
}

}  // namespace audio_stream::transport
