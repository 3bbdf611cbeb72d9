#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace audio_stream::dialect {

/// The values of the message that a dialect will send to the server when a mark is reached or audio
/// was heard. Made with the request and given back with the Note. Only the dialect that made it can
/// read it.
struct Answer {
  std::uint32_t id = 0;             ///< 0: none
  std::uint32_t connection = 0;     ///< on which the request came
  std::vector<std::string> values;  ///< of the request

  [[nodiscard]] bool empty() const noexcept { return id == 0; }
  /// The memory that it takes while it waits.
  [[nodiscard]] std::size_t bytes() const noexcept {
    std::size_t all = sizeof(Answer);
    for (const std::string& value : values) all += sizeof(std::string) + value.size();
    return all;
  }
};

}  // namespace audio_stream::dialect
