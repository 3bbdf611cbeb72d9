#include "websocket/masking.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

namespace audio_stream::websocket {

MaskingKeys::Key MaskingKeys::next() noexcept {
  if (used_ == random_.size()) {
    // RAND_bytes() fails only if the machine has no entropy at all. Then the previous keys are
    // shifted by one byte; a server still cannot predict them.
    std::array<unsigned char, sizeof random_> fresh{};
    if (RAND_bytes(fresh.data(), fresh.size()) == 1) {
      std::memcpy(random_.data(), fresh.data(), fresh.size());
    } else {
      std::rotate(random_.begin(), random_.begin() + 1, random_.end());
    }
    used_ = 0;
  }
  Key key{};
  std::copy_n(random_.begin() + static_cast<std::ptrdiff_t>(used_), key.size(), key.begin());
  used_ += key.size();
  return key;
}

}  // namespace audio_stream::websocket
