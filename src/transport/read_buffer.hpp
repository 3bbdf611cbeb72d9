#pragma once

#include <algorithm>
#include <cstddef>

#include <boost/beast/core/flat_buffer.hpp>

namespace audio_stream::transport {

/// What a connection reads messages into. Beast asks for room before there is anything to read,
/// and a connection waits for the server nearly always: it says then that there is next to none.
class ReadBuffer : public boost::beast::flat_buffer {
  using Flat = boost::beast::flat_buffer;

 public:
  using Flat::max_size;

  [[nodiscard]] std::size_t max_size() const noexcept {
    const std::size_t most = Flat::max_size();
    return size() > 0 ? most : std::min(most, std::max(kFirst, capacity()));
  }

  /// The message is taken. A buffer that grew for a large one is not kept.
  void clear_after_message() noexcept {
    clear();
    if (capacity() > kKept) shrink_to_fit();
  }

 private:
  static constexpr std::size_t kFirst = 64;
  static constexpr std::size_t kKept = 1024;  // 20 ms of audio at 16 kHz, and most texts
};

}  // namespace audio_stream::transport
