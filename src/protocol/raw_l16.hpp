#pragma once

#include <string>

#include "protocol/dialect.hpp"

namespace audio_stream::protocol {

/// The seed's own dialect, spoken by servers of mod_audio_stream and mod_audio_fork alike.
///
/// Up: the metadata as a text, then each packet as one binary message of L16 samples in host order
/// (little-endian on every machine FreeSWITCH runs on), no header.
/// Down: any text becomes an event; `streamAudio` texts carry audio for the caller. A binary
/// message that is readable text is taken for a text, as that system's users have it; other ones
/// are not understood.
///
/// With playback on, every binary message is audio for the call (L16, little-endian), streamAudio
/// and playAudio join it, and the texts of playback.hpp control it.
class RawL16 final : public Dialect {
 public:
  explicit RawL16(std::string metadata, bool playback = false)
      : metadata_{std::move(metadata)}, playback_{playback} {}

  std::vector<std::string> opening() const override;
  std::span<const std::byte> message_of(std::span<const std::byte> packet) const override;
  ServerMessage understand_text(std::string&& text) override;
  ServerMessage understand_binary(std::string_view bytes) override;

 private:
  std::string metadata_;
  bool playback_;
};

}  // namespace audio_stream::protocol
