#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dialect/dialect.hpp"

namespace audio_stream::dialect {

/// The dialect of mod_audio_stream 1.0, which servers of mod_audio_fork speak too.
///
/// Up: the metadata as a text, then each packet as one binary message of L16 samples in host order
/// (little-endian on every machine FreeSWITCH runs on), no header.
/// Down: any text becomes an event; `streamAudio` texts carry audio for the caller. A binary
/// message that is readable text is taken for a text, as mod_audio_stream 1.0 does; other ones are
/// not understood.
///
/// With playback on, every binary message is audio for the call (L16, little-endian), streamAudio
/// and playAudio join it, and the texts of playback.hpp control it.
class RawL16 final : public Dialect {
 public:
  static constexpr std::size_t kEventBytes = std::size_t{1024} * 1024;

  /// `event_bytes`: what is longer and meant for the application is cut.
  explicit RawL16(std::string metadata, bool playback = false,
                  std::size_t event_bytes = kEventBytes)
      : metadata_{std::move(metadata)}, playback_{playback}, event_bytes_{event_bytes} {}

  std::vector<std::string> opening() const override;
  std::span<const std::byte> message_of(std::span<const std::byte> packet) const override;
  ServerMessage understand_text(std::string&& text) const override;
  ServerMessage understand_binary(std::string_view bytes) const override;
  [[nodiscard]] bool plays_binary() const noexcept override { return playback_; }

 private:
  const std::string metadata_;
  const bool playback_;
  const std::size_t event_bytes_;
};

}  // namespace audio_stream::dialect
