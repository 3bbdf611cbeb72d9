#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/audio_type.hpp"
#include "dialect/incoming.hpp"
#include "dialect/rules/bound_rules.hpp"
#include "dialect/rules/match.hpp"

namespace audio_stream::dialect::rules {

/// What an Answer's id says: which text of which rule.
struct AnswerId {
  enum class Text : std::uint8_t { reply, ack, played };
  Text text = Text::reply;
  std::size_t rule = 0;  ///< its number among the `on` or `down` rules

  [[nodiscard]] std::uint32_t id() const noexcept {
    return (static_cast<std::uint32_t>(rule) << 2U) + static_cast<std::uint32_t>(text) + 1;
  }
  static AnswerId of(const Answer& answer) noexcept {
    const std::uint32_t number = answer.id - 1;
    return {static_cast<Text>(number & 3U), number >> 2U};
  }
};

/// Reads a server's messages by the rules of a dialect: applies each rule that matches, first
/// `ready`, then the `down` rules, then the `on` rules, each in the order of the file.
///
/// One message at a time, on any thread. Keeps the formats that the server announced.
class Understanding {
 public:
  struct Limits {
    std::size_t event_bytes = 0;     ///< a longer text for an event is cut
    bool json_events = true;         ///< texts are events too
    std::uint32_t down_rate_hz = 0;  ///< of audio without a rate
  };

  Understanding(std::shared_ptr<const BoundRules> rules, const Limits& limits);

  /// `connection`: goes into the Answers.
  std::vector<Incoming> text(std::string&& text, std::uint32_t connection);
  std::vector<Incoming> binary(std::string_view bytes, std::uint32_t connection);

 private:
  class Reader;

  [[nodiscard]] const RuleSet& set() const noexcept { return *rules_->set; }

  const std::shared_ptr<const BoundRules> rules_;
  const Limits limits_;
  NamedAudioType announced_;  // of the audio down
};

}  // namespace audio_stream::dialect::rules
