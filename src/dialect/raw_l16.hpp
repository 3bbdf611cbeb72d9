#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dialect/dialect.hpp"
#include "dialect/stream_facts.hpp"

namespace audio_stream::dialect {

/// The default dialect. Servers of mod_audio_stream 1.0 and mod_audio_fork speak it.
///
/// Up: the metadata as a text, then each packet as one binary message of L16 samples in host order
/// (little-endian on every machine FreeSWITCH runs on), without a header, and those texts of
/// raw_words.hpp that the user asked for.
///
/// Down: a text becomes an event; `streamAudio` texts carry audio for the caller. A binary message
/// of readable text counts as a text, because servers of mod_audio_stream 1.0 send such messages.
/// Other binary messages are not understood.
///
/// With playback on, a binary message is audio for the call in the encoding of the facts, unless it
/// is a JSON object: some servers send all their texts so. `streamAudio` and `playAudio` are audio
/// for the call too. The requests of playback_request.hpp control it.
class RawL16 final : public Dialect {
 public:
  explicit RawL16(StreamFacts facts)
      : facts_{std::move(facts)}, playback_{facts_.down_rate_hz.has_value()} {}

  Messages open(std::uint64_t position_ms) override;
  MessageView audio(const PacketView& packet, Scratch& scratch) override;
  std::optional<Message> gap(std::uint64_t position_ms, std::uint64_t length_ms) override;
  std::optional<Message> part(std::uint64_t position_ms) override;
  Messages note(const Note& note) override;
  Messages digit(char digit, std::uint32_t duration_ms) override;
  Messages caller(const CallerNote& note) override;
  Messages end() override { return {}; }

  [[nodiscard]] std::vector<Incoming> understand_text(std::string&& text) override;
  [[nodiscard]] std::vector<Incoming> understand_binary(std::string_view bytes) override;
  [[nodiscard]] bool plays_binary(std::string_view begin) const noexcept override;

 private:
  [[nodiscard]] Incoming meaning_of_text(std::string&& text) const;
  [[nodiscard]] Incoming meaning_of_binary(std::string_view bytes) const;

  const StreamFacts facts_;
  const bool playback_;
};

}  // namespace audio_stream::dialect
