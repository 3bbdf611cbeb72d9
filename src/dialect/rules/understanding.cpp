#include "dialect/rules/understanding.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <simdjson.h>

#include "audio/rate_name.hpp"
#include "base/base64.hpp"
#include "base/blanks.hpp"
#include "base/letter_case.hpp"
#include "base/overloaded.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "dialect/event_text.hpp"
#include "dialect/json_depth.hpp"
#include "dialect/piece_audio.hpp"

namespace audio_stream::dialect::rules {
namespace {

namespace dom = simdjson::dom;
using audio::codec::Encoding;

// Longer names of the server are cut: they are keys of tables.
constexpr std::size_t kMostItemBytes = 256;
// A server's rate may be wrong: piece_audio() says so.
constexpr std::uint32_t kMostHz = 1'000'000'000;
// The reason in an `error` event.
constexpr std::size_t kMostReasonBytes = 500;

/// A parser keeps its memory, for the next message of whichever stream on this thread.
dom::parser& parser() {
  thread_local dom::parser own;
  return own;
}

/// Gives back what a message of megabytes took.
void shrink(dom::parser& own) {
  constexpr std::size_t kKept = std::size_t{1024} * 1024;
  if (own.capacity() > kKept) own = dom::parser{};
}

std::optional<double> number_at(const std::optional<JsonPath>& path, const dom::element& json) {
  if (!path) return std::nullopt;
  std::optional<double> number;
  path->find(json, [&](const dom::element& value) {
    double found = 0;
    if (!number && value.get(found) == simdjson::SUCCESS && std::isfinite(found)) number = found;
  });
  return number;
}

std::optional<std::uint64_t> ms_at(const std::optional<JsonPath>& path, bool in_ms,
                                   const dom::element& json) {
  constexpr double kDayMs = 86'400'000;
  const auto number = number_at(path, json);
  if (!number) return std::nullopt;
  const double ms = in_ms ? *number : *number * 1000;
  if (ms < 0 || ms > kDayMs * 365) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(ms));
}

/// The word of the vendor as one of ours, where it means one.
std::string speaker(std::string word) {
  constexpr std::array<std::string_view, 5> kCaller{"user", "human", "customer", "caller",
                                                    "client"};
  constexpr std::array<std::string_view, 6> kAgent{"assistant", "agent",  "bot",
                                                   "ai",        "system", "model"};
  const auto is = [&](std::string_view each) { return base::equals_ignoring_case(each, word); };
  if (std::ranges::any_of(kCaller, is)) return "caller";
  if (std::ranges::any_of(kAgent, is)) return "agent";
  return word;
}

}  // namespace

// ---- one message ------------------------------------------------------------------------------

/// The reading of one message.
class Understanding::Reader {
 public:
  Reader(Understanding& owner, const ServerMessage& message, std::uint32_t connection)
      : owner_{owner}, rules_{*owner.rules_}, message_{message}, connection_{connection} {}

  std::vector<Incoming> read() {
    const RuleSet& set = owner_.set();
    if (set.ready && set.ready->match.holds(message_)) add(StreamRequest{ServerReady{}});
    for (std::size_t i = 0; i < set.down.size(); ++i) {
      if (set.down[i].as == Form::text && set.down[i].match->holds(message_)) read_audio(i);
    }
    for (std::size_t i = 0; i < set.on.size(); ++i) {
      if (set.on[i].match.holds(message_)) apply(i);
    }
    for (const SendRule& rule : set.send) {
      if (rule.until && rule.until->holds(message_)) add(StreamRequest{ServerDone{}});
    }
    return std::move(all_);
  }

  /// The message is the application's business too.
  [[nodiscard]] bool for_application() const noexcept {
    return !is_audio_ && !is_mark_ && (message_.json != nullptr || all_.empty());
  }

  void read_binary_audio(std::size_t rule, std::string_view bytes) {
    add_piece(rule, std::string{bytes});
  }
  std::vector<Incoming> take() { return std::move(all_); }

 private:
  void add(Incoming incoming) { all_.push_back(std::move(incoming)); }

  [[nodiscard]] std::string value(const Word& word) const {
    if (!word.path) return word.constant;
    if (message_.json == nullptr) return {};
    std::string found = word.path->text(*message_.json);
    if (!word.compared) return found;
    return found == *word.compared ? "true" : "false";
  }

  [[nodiscard]] Answer answer(AnswerId::Text text, std::size_t rule,
                              const BoundTemplate& shown) const {
    Answer made;
    made.id = AnswerId{text, rule}.id();
    made.connection = connection_;
    shown.collect(message_, made.values);
    return made;
  }
  [[nodiscard]] Answer reply_of(std::size_t rule) const {
    return answer(AnswerId::Text::reply, rule, rules_.on[rule].reply.text);
  }

  // Audio.

  /// Texts of several values are one piece.
  void read_audio(std::size_t number) {
    const DownRule& rule = owner_.set().down[number];
    is_audio_ = true;
    std::string bytes;
    bool is_wrong = false;
    bool is_there = false;
    rule.path->find(*message_.json, [&](const dom::element& value) {
      std::string_view text;
      if (value.get(text) != simdjson::SUCCESS) return;
      is_there = true;
      const auto decoded = base::decode_lenient_base64(text);
      is_wrong = is_wrong || !decoded;
      if (!decoded) return;
      bytes.append(reinterpret_cast<const char*>(decoded->data()), decoded->size());
    });
    if (!is_there) return;
    if (rule.replace_unless && !rule.replace_unless->holds(message_)) {
      add(ServerRequest{ClearRequest{}});
    }
    if (is_wrong) {
      add(piece_of(number, tl::unexpected<std::string>("its audio is not base64")));
    } else {
      add_piece(number, std::move(bytes));
    }
    acknowledge(number);
  }

  void acknowledge(std::size_t number) {
    const BoundText& ack = rules_.down[number].ack;
    if (!ack.text.empty()) add(ServerReply{answer(AnswerId::Text::ack, number, ack.text)});
  }

  void add_piece(std::size_t number, std::string bytes) {
    const DownRule& rule = owner_.set().down[number];
    NamedAudioType type = audio_type(value(rule.codec));
    if (owner_.announced_.type != AudioType::unknown) type = owner_.announced_;
    const std::uint32_t rate_hz = rate_of(rule, type);
    add(piece_of(number, piece_audio(std::move(bytes), type.type, rate_hz)));
  }

  [[nodiscard]] std::uint32_t rate_of(const DownRule& rule, const NamedAudioType& type) const {
    std::uint32_t rate_hz = owner_.announced_.rate_hz.value_or(0);
    if (rate_hz == 0) {
      const std::string text = value(rule.rate);
      const std::string_view whole = std::string_view{text}.substr(0, text.find('.'));  // "8000.0"
      rate_hz = audio::rate_named(whole, 1, kMostHz).value_or(0);
    }
    if (rate_hz == 0) rate_hz = type.rate_hz.value_or(0);
    const bool is_g711 = type.type == AudioType::pcmu || type.type == AudioType::pcma;
    if (rate_hz == 0) rate_hz = is_g711 ? 8000 : owner_.limits_.down_rate_hz;
    return rate_hz;
  }

  using Audio = decltype(ServerPiece::audio);

  [[nodiscard]] ServerPiece piece_of(std::size_t number, Audio audio) const {
    const DownRule& rule = owner_.set().down[number];
    ServerPiece piece{std::move(audio), {}, rule.late, {}};
    if (rule.item && message_.json != nullptr) {
      piece.item = rule.item->text(*message_.json).substr(0, kMostItemBytes);
    }
    const BoundText& played = rules_.down[number].played;
    if (!played.text.empty()) piece.played = answer(AnswerId::Text::played, number, played.text);
    return piece;
  }

  // Requests.

  void apply(std::size_t number) {
    const OnRule& rule = owner_.set().on[number];
    std::visit(base::Overloaded{
                   [&](const DoNothing&) {},
                   [&](const DoClear& clear) { add_clear(number, clear); },
                   [&](const DoMark& mark) {
                     is_mark_ = true;
                     add(ServerRequest{MarkRequest{name_of(mark), reply_of(number)}});
                   },
                   [&](const DoForgetMarks&) {
                     is_mark_ = true;
                     add(ServerRequest{ForgetMarksRequest{}});
                   },
                   [&](const DoPause& pause) { add(ServerRequest{PauseRequest{pause.paused}}); },
                   [&](const DoArm&) { add(ServerReply{reply_of(number)}); },
                   [&](const DoHangup&) { add(StreamRequest{ServerEnd{true}}); },
                   [&](const DoClose&) { add(StreamRequest{ServerEnd{false}}); },
                   [&](const DoFormat& format) { add_format(format); },
                   [&](const DoSet& set) {
                     Answer made = reply_of(number);
                     made.values.push_back(value(set.value));
                     add(ServerReply{std::move(made)});
                   },
                   [&](const DoTranscript& transcript) { add_transcript(transcript); },
                   [&](const DoFail& fail) {
                     add(StreamRequest{ServerFailure{reason_of(fail), !fail.soft}});
                   },
               },
               rule.action);
    const bool replies = std::holds_alternative<DoNothing>(rule.action) ||
                         std::holds_alternative<DoForgetMarks>(rule.action) ||
                         std::holds_alternative<DoPause>(rule.action) ||
                         std::holds_alternative<DoFormat>(rule.action) ||
                         std::holds_alternative<DoTranscript>(rule.action);
    if (replies && !rules_.on[number].reply.text.empty()) add(ServerReply{reply_of(number)});
  }

  /// Without a path: the words behind the first of a text that is no JSON.
  [[nodiscard]] std::string name_of(const DoMark& mark) const {
    if (!mark.name.path) {
      return message_.json != nullptr ? "" : std::string{behind_first_word(message_.text)};
    }
    return value(mark.name);
  }

  void add_clear(std::size_t number, const DoClear& clear) {
    ClearRequest request;
    request.answer = reply_of(number);
    request.returns_marks = clear.return_marks;
    if (clear.cut && message_.json != nullptr) {
      request.cut_to = item_number(clear.cut->text(*message_.json));
    }
    add(ServerRequest{std::move(request)});
  }

  void add_format(const DoFormat& format) {
    if (message_.json == nullptr) return;
    if (format.down) {
      const NamedAudioType type = audio_type(format.down->text(*message_.json));
      if (type.type != AudioType::unknown) owner_.announced_ = type;
      if (type.rate_hz) add_rate(*type.rate_hz);
    }
    if (const auto rate = number_at(format.rate, *message_.json);
        rate && *rate >= kLowestRate && *rate <= kHighestRate) {
      owner_.announced_.rate_hz = static_cast<std::uint32_t>(*rate);
      add_rate(*owner_.announced_.rate_hz);
    }
    if (!format.up) return;
    const std::string name = format.up->text(*message_.json);
    const NamedAudioType type = audio_type(name);
    const auto encoding = encoding_of(type.type);
    if (!encoding || *encoding == Encoding::opus) {  // Opus is encoded for the whole stream or not
      if (!name.empty()) {
        add(StreamRequest{ServerFailure{"the server wants audio as '" +
                                            base::printable(name, kMostReasonBytes) +
                                            "', which is none of l16, pcmu, pcma and f32",
                                        true}});
      }
      return;
    }
    const bool is_g711 = type.type == AudioType::pcmu || type.type == AudioType::pcma;
    add(StreamRequest{ServerFormat{*encoding, type.rate_hz.value_or(is_g711 ? 8000 : 0)}});
  }

  /// Of binary messages.
  void add_rate(std::uint32_t rate_hz) {
    if (std::ranges::find(owner_.set().down, Form::binary, &DownRule::as) ==
        owner_.set().down.end()) {
      return;
    }
    add(ServerRequest{RateRequest{rate_hz}});
  }

  void add_transcript(const DoTranscript& transcript) {
    if (message_.json == nullptr) return;
    ServerTranscript made;
    made.text = transcript.text.text(*message_.json);
    if (base::trimmed(made.text).empty()) return;
    made.who = speaker(value(transcript.who));
    made.final = value(transcript.final) == "true";
    made.start_ms = ms_at(transcript.start, transcript.in_ms, *message_.json);
    made.end_ms = ms_at(transcript.end, transcript.in_ms, *message_.json);
    made.confidence = number_at(transcript.confidence, *message_.json);
    add(std::move(made));
  }

  [[nodiscard]] std::string reason_of(const DoFail& fail) const {
    std::string reason;
    if (fail.reason && message_.json != nullptr) reason = fail.reason->text(*message_.json);
    if (reason.empty()) reason = message_.text;
    return base::printable(reason, kMostReasonBytes);
  }

  Understanding& owner_;
  const BoundRules& rules_;
  const ServerMessage& message_;
  const std::uint32_t connection_;
  std::vector<Incoming> all_;
  bool is_audio_ = false;
  bool is_mark_ = false;
};

// ---- messages ---------------------------------------------------------------------------------

Understanding::Understanding(std::shared_ptr<const BoundRules> rules, const Limits& limits)
    : rules_{std::move(rules)}, limits_{limits} {}

std::vector<Incoming> Understanding::text(std::string&& text, std::uint32_t connection) {
  std::vector<Incoming> all;
  if (json_depth(text) > kMaxJsonDepth) {
    all.emplace_back(
        TooMuch{"JSON nested deeper than " + std::to_string(kMaxJsonDepth) + " levels"});
    return all;
  }
  bool for_application = false;
  {
    dom::element json;
    const bool is_json = parser().parse(text).get(json) == simdjson::SUCCESS &&
                         (json.is_object() || json.is_array());
    const ServerMessage message{text, is_json ? &json : nullptr};
    Reader reader{*this, message, connection};
    all = reader.read();
    for_application = limits_.json_events && reader.for_application();
  }
  shrink(parser());
  if (for_application) {
    all.insert(all.begin(), event_text(std::move(text), limits_.event_bytes));
  }
  return all;
}

std::vector<Incoming> Understanding::binary(std::string_view bytes, std::uint32_t connection) {
  const auto json_in = set().json_in.value_or(RuleSet::JsonIn::text);
  const bool may_be_text =
      json_in != RuleSet::JsonIn::text && base::trimmed(bytes).starts_with('{');
  if (may_be_text && base::is_utf8(bytes)) return text(std::string{bytes}, connection);
  const auto rule = std::ranges::find(set().down, Form::binary, &DownRule::as);
  std::vector<Incoming> all;
  if (set().text_only.value_or(false) || rule == set().down.end()) {
    all.emplace_back(Unusable{"a binary message of " + std::to_string(bytes.size()) +
                              " bytes, and the dialect " + set().name + " has none"});
    return all;
  }
  const ServerMessage message{};
  Reader reader{*this, message, connection};
  reader.read_binary_audio(static_cast<std::size_t>(rule - set().down.begin()), bytes);
  return reader.take();
}

}  // namespace audio_stream::dialect::rules
