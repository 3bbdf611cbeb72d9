#include "dialect/rules/rule_dialect.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/blanks.hpp"
#include "base/overloaded.hpp"
#include "dialect/audio_type.hpp"

namespace audio_stream::dialect::rules {
namespace {

bool plays_l16(const RuleSet& set) {
  const auto rule = std::ranges::find(set.down, Form::binary, &DownRule::as);
  return rule != set.down.end() && !rule->codec.path &&
         audio_type(rule->codec.constant).type == AudioType::raw;
}

}  // namespace

RuleDialect::RuleDialect(std::shared_ptr<const BoundRules> rules, const Facts& facts)
    : rules_{std::move(rules)},
      rate_hz_{facts.rate_hz},
      plays_binary_{plays_l16(*rules_->set)},
      json_in_binary_{rules_->set->json_in.value_or(RuleSet::JsonIn::text) !=
                      RuleSet::JsonIn::text},
      understanding_{rules_, facts.limits},
      captured_(rules_->captured.size()),
      repetitions_(rules_->send.size()) {}

LiveValues RuleDialect::values() const noexcept {
  LiveValues values;
  values.seq = seq_;
  values.chunk = frames_;
  values.frames = frames_;
  values.samples = samples_;
  values.ms = samples_ * 1000 / rate_hz_;
  values.bytes = bytes_;
  values.in_frames = in_frames_;
  values.captured = captured_;
  return values;
}

/// A text that is empty without its placeholders' values is not sent.
void RuleDialect::append(Messages& messages, const BoundText& text, LiveValues values,
                         MessageKind kind) {
  if (text.text.empty()) return;
  if (text.uses_seq) values.seq = ++seq_;
  const std::string bytes = text.text.text(values);
  const std::string_view trimmed = base::trimmed(bytes);
  if (!trimmed.empty()) messages.push_back({kind, std::string{trimmed}});
}

Messages RuleDialect::sent_on(SendRule::On event, const LiveValues& values) {
  Messages messages;
  for (std::size_t i = 0; i < set().send.size(); ++i) {
    const SendRule& rule = set().send[i];
    if (rule.on != event) continue;
    const MessageKind kind = rule.as == Form::text ? MessageKind::text : MessageKind::binary;
    if (rule.is_empty) {
      messages.push_back({kind, {}});
    } else {
      append(messages, rules_->send[i], values, kind);
    }
  }
  return messages;
}

// ---- up ---------------------------------------------------------------------------------------

Messages RuleDialect::open(std::uint64_t /*position_ms*/) {
  connection_.fetch_add(1, std::memory_order_relaxed);
  seq_ = frames_ = bytes_ = in_frames_ = samples_ = 0;
  first_position_.reset();
  armed_ = false;
  std::ranges::fill(repetitions_, Repetition{});
  return sent_on(SendRule::On::open);
}

MessageView RuleDialect::audio(const PacketView& packet, Scratch& /*scratch*/) {
  if (!first_position_) first_position_ = packet.position;
  const std::uint64_t position = packet.position - std::min(*first_position_, packet.position);
  MessageView message{MessageKind::binary, packet.audio};
  if (set().up && set().up->as == Form::text) {
    LiveValues live = values();
    live.audio = packet.audio;
    live.chunk = frames_ + 1;
    live.samples = position;
    live.ms = position * 1000 / rate_hz_;
    if (rules_->up.uses_seq) live.seq = ++seq_;
    text_.clear();
    rules_->up.text.expand(live, text_);
    message = {MessageKind::text, std::as_bytes(std::span{text_})};
  }
  ++frames_;
  bytes_ += packet.audio.size();
  samples_ = position + packet.samples;
  return message;
}

std::optional<Message> RuleDialect::gap(std::uint64_t /*position_ms*/,
                                        std::uint64_t /*length_ms*/) {
  return std::nullopt;
}

Messages RuleDialect::digit(char digit, std::uint32_t duration_ms) {
  LiveValues live = values();
  live.digit = digit;
  live.duration_ms = duration_ms;
  return sent_on(SendRule::On::dtmf, live);
}

/// A dialect has no words for a mask.
Messages RuleDialect::caller(const CallerNote& note) {
  if (note.what == CallerNote::What::speech_started) return sent_on(SendRule::On::speech_started);
  if (note.what == CallerNote::What::speech_stopped) return sent_on(SendRule::On::speech_stopped);
  return {};
}

Messages RuleDialect::on_time(std::uint64_t now_ms) {
  Messages messages;
  for (std::size_t i = 0; i < set().send.size(); ++i) {
    const SendRule& rule = set().send[i];
    const bool idle = rule.on == SendRule::On::idle;
    if (!idle && rule.on != SendRule::On::timer) continue;
    Repetition& repetition = repetitions_[i];
    if (!repetition.is_running || (idle && repetition.frames != frames_)) {
      repetition = {now_ms, frames_, true};
      continue;
    }
    if (now_ms - repetition.since_ms < rule.every_ms) continue;
    repetition.since_ms = now_ms;
    append(messages, rules_->send[i], values(),
           rule.as == Form::text ? MessageKind::text : MessageKind::binary);
  }
  return messages;
}

bool RuleDialect::has_end() const noexcept {
  return std::ranges::any_of(set().send,
                             [](const SendRule& rule) { return rule.on == SendRule::On::end; });
}

std::uint32_t RuleDialect::linger_ms() const noexcept {
  std::uint32_t longest = 0;
  for (const SendRule& rule : set().send) longest = std::max(longest, rule.linger_ms);
  return longest;
}

// ---- answers ----------------------------------------------------------------------------------

bool RuleDialect::is_current(const Answer& answer) const noexcept {
  return !answer.empty() && answer.connection == connection_.load(std::memory_order_relaxed);
}

Messages RuleDialect::reply(const Answer& answer, const QueueFacts& queue) {
  Messages messages;
  if (!is_current(answer)) return messages;
  const AnswerId id = AnswerId::of(answer);
  LiveValues live = values();
  live.of_message = answer.values;
  live.queued_ms = queue.queued_ms;
  live.paused = queue.paused;
  live.full = queue.full;
  if (id.text == AnswerId::Text::ack) {
    live.in_frames = ++in_frames_;
    append(messages, rules_->down[id.rule].ack, live);
    return messages;
  }
  const OnRule& rule = set().on[id.rule];
  if (const auto* keeps = std::get_if<DoSet>(&rule.action)) {
    const auto at = std::ranges::find(rules_->captured, keeps->variable);
    captured_[static_cast<std::size_t>(at - rules_->captured.begin())] = answer.values.back();
  }
  if (std::holds_alternative<DoArm>(rule.action)) {
    armed_ = queue.queued_ms > 0;
    if (!armed_) messages = sent_on(SendRule::On::drained_once, live);
  }
  append(messages, rules_->on[id.rule].reply, live);
  return messages;
}

Messages RuleDialect::note(const Note& note) {
  return std::visit(base::Overloaded{
                        [this](const MarkNote& mark) { return note_of(mark); },
                        [this](const ClearedNote& cleared) { return note_of(cleared); },
                        [this](const DrainedNote& drained) { return note_of(drained); },
                        [this](const FlowNote& flow) { return note_of(flow); },
                        [](const PausedNote&) { return Messages{}; },
                        [](const RefusedNote&) { return Messages{}; },
                    },
                    note);
}

Messages RuleDialect::note_of(const MarkNote& mark) {
  Messages messages;
  if (!is_current(mark.answer)) return messages;
  const AnswerId id = AnswerId::of(mark.answer);
  LiveValues live = values();
  live.of_message = mark.answer.values;
  live.name = mark.name;
  if (id.text == AnswerId::Text::played) {
    live.item = mark.name;
    if (mark.played) append(messages, rules_->down[id.rule].played, live);
    return messages;
  }
  const auto& rule = std::get<DoMark>(set().on[id.rule].action);
  live.outcome = mark.played ? rule.played : rule.cleared;
  append(messages, rules_->on[id.rule].reply, live);
  return messages;
}

/// A clear of this side (the API, barge-in) is told as the first `clear` rule tells one.
Messages RuleDialect::note_of(const ClearedNote& cleared) {
  Messages messages;
  const auto current = std::ranges::find_if(
      cleared.answers, [this](const Answer& answer) { return is_current(answer); });
  std::optional<std::size_t> rule;
  if (current != cleared.answers.end()) rule = AnswerId::of(*current).rule;
  for (std::size_t i = 0; i < set().on.size() && !rule; ++i) {
    if (std::holds_alternative<DoClear>(set().on[i].action)) rule = i;
  }
  LiveValues live = values();
  live.heard_ms = cleared.heard_ms;
  live.thrown_ms = cleared.thrown_ms;
  if (rule) {
    for (const CutItem& item : cleared.items) {
      live.item = item.id;
      live.item_heard_ms = item.heard_ms;
      append(messages, rules_->on[*rule].each_item, live);
    }
  }
  for (const Answer& answer : cleared.answers) {
    if (!is_current(answer)) continue;
    live.of_message = answer.values;
    append(messages, rules_->on[AnswerId::of(answer).rule].reply, live);
  }
  live.of_message = {};
  for (Message& message : sent_on(SendRule::On::cleared, live)) {
    messages.push_back(std::move(message));
  }
  return messages;
}

Messages RuleDialect::note_of(const DrainedNote& /*drained*/) {
  Messages messages = sent_on(SendRule::On::drained);
  if (!std::exchange(armed_, false)) return messages;
  for (Message& message : sent_on(SendRule::On::drained_once)) {
    messages.push_back(std::move(message));
  }
  return messages;
}

Messages RuleDialect::note_of(const FlowNote& flow) {
  return sent_on(flow.go ? SendRule::On::xon : SendRule::On::xoff);
}

// ---- down -------------------------------------------------------------------------------------

bool RuleDialect::plays_binary(std::string_view begin) const noexcept {
  return plays_binary_ && !(json_in_binary_ && base::trimmed(begin).starts_with('{'));
}

}  // namespace audio_stream::dialect::rules
