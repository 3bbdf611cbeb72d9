#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/dialect.hpp"
#include "dialect/rules/bound_rules.hpp"
#include "dialect/rules/understanding.hpp"

namespace audio_stream::dialect::rules {

/// Speaks as a list of rules says; docs/dialects/rules.md describes them.
///
/// Each connection is a new conversation: it begins with the `open` texts, its counters begin
/// anew, and marks of the old one get no answer.
class RuleDialect final : public Dialect {
 public:
  struct Facts {
    std::uint32_t rate_hz = 8000;  ///< of the packets' positions
    Understanding::Limits limits;
  };

  RuleDialect(std::shared_ptr<const BoundRules> rules, const Facts& facts);

  Messages open(std::uint64_t position_ms) override;
  [[nodiscard]] bool waits_for_ready() const noexcept override { return set().ready.has_value(); }
  [[nodiscard]] std::uint32_t ready_timeout_ms() const noexcept override {
    return set().ready ? set().ready->timeout_ms : 0;
  }
  Messages ready() override { return sent_on(SendRule::On::ready); }
  MessageView audio(const PacketView& packet, Scratch& scratch) override;
  std::optional<Message> gap(std::uint64_t position_ms, std::uint64_t length_ms) override;
  Messages note(const Note& note) override;
  Messages digit(char digit, std::uint32_t duration_ms) override;
  Messages reply(const Answer& answer, const QueueFacts& queue) override;
  Messages on_time(std::uint64_t now_ms) override;
  Messages caller(const CallerNote& note) override;
  Messages end() override { return sent_on(SendRule::On::end); }
  [[nodiscard]] bool has_end() const noexcept override;
  [[nodiscard]] std::uint32_t linger_ms() const noexcept override;
  [[nodiscard]] RemoteClose remote_close() const noexcept override {
    return set().remote_close.value_or(RemoteClose::ends);
  }
  [[nodiscard]] bool notes_outlive_connections() const noexcept override { return false; }

  [[nodiscard]] std::vector<Incoming> understand_text(std::string&& text) override {
    return understanding_.text(std::move(text), connection_.load(std::memory_order_relaxed));
  }
  [[nodiscard]] std::vector<Incoming> understand_binary(std::string_view bytes) override {
    return understanding_.binary(bytes, connection_.load(std::memory_order_relaxed));
  }
  [[nodiscard]] bool plays_binary(std::string_view begin) const noexcept override;

 private:
  [[nodiscard]] const RuleSet& set() const noexcept { return *rules_->set; }
  [[nodiscard]] LiveValues values() const noexcept;
  void append(Messages& messages, const BoundText& text, LiveValues values,
              MessageKind kind = MessageKind::text);
  Messages sent_on(SendRule::On event, const LiveValues& values);
  Messages sent_on(SendRule::On event) { return sent_on(event, values()); }
  Messages note_of(const MarkNote& mark);
  Messages note_of(const ClearedNote& cleared);
  Messages note_of(const DrainedNote& drained);
  Messages note_of(const FlowNote& flow);
  [[nodiscard]] bool is_current(const Answer& answer) const noexcept;

  const std::shared_ptr<const BoundRules> rules_;
  const std::uint32_t rate_hz_;
  const bool plays_binary_;  // L16 in binary messages
  const bool json_in_binary_;
  Understanding understanding_;

  std::atomic<std::uint32_t> connection_{0};
  std::vector<std::optional<std::string>> captured_;
  bool armed_ = false;  // the next DrainedNote causes `drained-once`

  // Of this connection.
  std::uint64_t seq_ = 0;
  std::uint64_t frames_ = 0;  // audio messages
  std::uint64_t bytes_ = 0;   // of audio
  std::uint64_t in_frames_ = 0;
  std::optional<std::uint64_t> first_position_;  // in samples
  std::uint64_t samples_ = 0;                    // position behind the last audio

  std::string text_;  // of the last audio message; keeps its size
  struct Repetition {
    std::uint64_t since_ms = 0;
    std::uint64_t frames = 0;  // at that time
    bool is_running = false;
  };
  std::vector<Repetition> repetitions_;  // of `idle` and `timer`, by the number of the send rule
};

}  // namespace audio_stream::dialect::rules
