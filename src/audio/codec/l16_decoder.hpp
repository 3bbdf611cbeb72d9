#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace audio_stream::audio::codec {

/// Makes samples of L16, little-endian, that comes in messages and in parts of messages, of any
/// number of bytes.
///
/// A sample may be split between two parts, or two messages. Its first byte belongs to its
/// utterance: whatever ends the utterance drops that byte.
class L16Decoder {
 public:
  /// Appends the samples of a part of a message to `samples`. `last` ends the message. False if
  /// there are no bytes in it.
  bool decode(std::string_view bytes, bool last, std::vector<std::int16_t>& samples);

  /// A part of a message has come, and not its last one.
  [[nodiscard]] bool in_message() const noexcept { return in_message_; }
  /// The next byte is the first of a sample.
  void end_utterance() noexcept { half_sample_.reset(); }
  /// The same for a clear. In the middle of a message the samples after it keep their places, so
  /// the second byte of the dropped sample is dropped too.
  void drop_half_sample() noexcept {
    skips_byte_ = skips_byte_ || (half_sample_ && in_message_);
    half_sample_.reset();
  }
  /// The rest of a message will not come.
  void new_connection() noexcept {
    half_sample_.reset();
    in_message_ = false;
    skips_byte_ = false;
  }

 private:
  std::optional<char> half_sample_;  // its first byte
  bool in_message_ = false;
  bool skips_byte_ = false;
};

}  // namespace audio_stream::audio::codec
