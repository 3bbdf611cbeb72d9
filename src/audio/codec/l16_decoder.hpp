#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace audio_stream::audio::codec {

/// Decodes little-endian L16 that arrives in messages and parts of messages, of any number of
/// bytes.
///
/// A sample may be split between two parts or two messages. The first byte of a split sample
/// belongs to its utterance: the end of the utterance drops it.
class L16Decoder {
 public:
  /// Appends the samples of a message part to `samples`. `last` ends the message. False if the part
  /// holds no bytes, or only the byte that drop_half_sample() discards.
  bool decode(std::string_view bytes, bool last, std::vector<std::int16_t>& samples);

  /// True between the first and the last part of a message.
  [[nodiscard]] bool in_message() const noexcept { return in_message_; }
  /// The next byte is the first of a sample.
  void end_utterance() noexcept { half_sample_.reset(); }
  /// Call on a clear. Within a message, later samples keep their byte positions, so the second byte
  /// of the dropped sample is dropped too.
  void drop_half_sample() noexcept {
    skips_byte_ = skips_byte_ || (half_sample_ && in_message_);
    half_sample_.reset();
  }
  /// Call on a new connection: the rest of a message will not arrive.
  void new_connection() noexcept {
    half_sample_.reset();
    in_message_ = false;
    skips_byte_ = false;
  }

 private:
  std::optional<char> half_sample_;  // the first byte of a split sample
  bool in_message_ = false;
  bool skips_byte_ = false;
};

}  // namespace audio_stream::audio::codec
