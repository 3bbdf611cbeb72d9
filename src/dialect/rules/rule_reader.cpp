#include "dialect/rules/rule_reader.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <utility>

#include <pugixml.hpp>

#include "audio/codec/encoding_name.hpp"
#include "audio/rate_name.hpp"
#include "base/blanks.hpp"
#include "base/whole_number.hpp"
#include "dialect/audio_type.hpp"
#include "dialect/speech.hpp"

namespace audio_stream::dialect::rules {
namespace {

using audio::codec::Encoding;

/// What is wrong with a rule. Thrown within this file only: a rule has a dozen parts, and each may
/// be wrong.
struct Wrong {
  std::string what;
};

std::string in_quotes(std::string_view text) {
  return "'" + std::string{text} + "'";
}

std::string list_of(std::span<const std::string_view> words) {
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) list += i + 1 == words.size() ? " and " : ", ";
    list += words[i];
  }
  return list;
}

/// An element whose attributes are taken one by one, so that one nobody took is an error.
class Element {
 public:
  explicit Element(const pugi::xml_node& node) : node_{node} {}

  [[nodiscard]] std::optional<std::string> take(const char* name) {
    known_.emplace_back(name);
    const pugi::xml_attribute attribute = node_.attribute(name);
    if (!attribute) return std::nullopt;
    return std::string{attribute.value()};
  }
  [[nodiscard]] std::string need(const char* name) {
    auto value = take(name);
    if (!value || value->empty()) throw Wrong{"lacks its attribute " + in_quotes(name)};
    return std::move(*value);
  }
  [[nodiscard]] std::uint32_t number(const char* name, std::uint32_t otherwise, long low,
                                     long high) {
    const auto value = take(name);
    if (!value) return otherwise;
    const auto number = base::whole_number(*value, low, high);
    if (!number) {
      throw Wrong{"has " + std::string{name} + "=" + in_quotes(*value) + ": must be from " +
                  std::to_string(low) + " to " + std::to_string(high)};
    }
    return static_cast<std::uint32_t>(*number);
  }
  /// In Hz, or as "24k".
  [[nodiscard]] std::uint32_t rate(const char* name, std::uint32_t otherwise, std::uint32_t low,
                                   std::uint32_t high) {
    const auto value = take(name);
    if (!value) return otherwise;
    return rate_of(*value, name, low, high);
  }
  static std::uint32_t rate_of(std::string_view value, std::string_view name, std::uint32_t low,
                               std::uint32_t high) {
    const auto rate_hz = audio::rate_named(value, low, high);
    if (!rate_hz) {
      throw Wrong{"has " + std::string{name} + "=" + in_quotes(value) + ": must be from " +
                  std::to_string(low) + " to " + std::to_string(high) + ", or as 24k"};
    }
    return *rate_hz;
  }
  [[nodiscard]] bool boolean(const char* name, bool otherwise) {
    const auto value = take(name);
    if (!value) return otherwise;
    if (*value != "true" && *value != "false") {
      throw Wrong{"has " + std::string{name} + "=" + in_quotes(*value) + ": must be true or false"};
    }
    return *value == "true";
  }
  /// One of `words`, by its number.
  [[nodiscard]] std::size_t one_of(const char* name, std::span<const std::string_view> words,
                                   std::size_t otherwise) {
    const auto value = take(name);
    if (!value) return otherwise;
    const auto found = std::ranges::find(words, *value);
    if (found == words.end()) {
      throw Wrong{"has " + std::string{name} + "=" + in_quotes(*value) + "; there are " +
                  list_of(words)};
    }
    return static_cast<std::size_t>(found - words.begin());
  }
  void expect_no_others() const {
    for (const pugi::xml_attribute& attribute : node_.attributes()) {
      const std::string_view name = attribute.name();
      if (std::ranges::find(known_, name) == known_.end()) {
        throw Wrong{"has an unknown attribute " + in_quotes(name) + "; there are " +
                    list_of(known_)};
      }
    }
  }
  /// The element's own text. A line break and the blanks around it are for the reader of the file.
  [[nodiscard]] std::string text() const {
    std::string whole;
    for (const pugi::xml_node& child : node_.children()) {
      if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
        whole += child.value();
      }
    }
    std::string text;
    for (std::string_view rest = whole; !rest.empty();) {
      const std::size_t end = rest.find('\n');
      std::string_view line = rest.substr(0, end);
      if (end != std::string_view::npos || !text.empty()) line = base::trimmed(line);
      text += line;
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return std::string{base::trimmed(text)};
  }
  [[nodiscard]] std::string text_of(const char* child) const {
    return Element{node_.child(child)}.text();
  }
  void expect_no_children_but(std::initializer_list<std::string_view> names) const {
    for (const pugi::xml_node& child : node_.children()) {
      if (child.type() != pugi::node_element) continue;
      if (std::ranges::find(names, child.name()) == names.end()) {
        throw Wrong{"has an unknown element <" + std::string{child.name()} + "> in it"};
      }
    }
  }

 private:
  pugi::xml_node node_;
  std::vector<std::string_view> known_;
};

template <class Value>
Value or_wrong(tl::expected<Value, std::string> value) {
  if (!value) throw Wrong{"is wrong: " + value.error()};
  return std::move(*value);
}

TextTemplate template_of(std::string_view text) {
  return or_wrong(TextTemplate::compile(text));
}

std::optional<Match> match_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return or_wrong(Match::compile(*text));
}

std::optional<JsonPath> path_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return or_wrong(JsonPath::compile(*text));
}

Word word_of(std::string text) {
  if (!text.starts_with('@')) return {std::move(text), std::nullopt, std::nullopt};
  std::string_view path = std::string_view{text}.substr(1);
  Word word;
  const std::size_t bracket = path.rfind(']');
  const std::size_t equals = path.find('=', bracket == std::string_view::npos ? 0 : bracket);
  if (equals != std::string_view::npos) word.compared = std::string{path.substr(equals + 1)};
  word.path = or_wrong(JsonPath::compile(path.substr(0, equals)));
  return word;
}

constexpr std::array<std::string_view, 2> kForms{"text", "binary"};

/// The names of audio::codec::kEncodings.
constexpr auto kUpCodecs = [] {
  std::array<std::string_view, audio::codec::kEncodings.size()> names{};
  std::ranges::transform(audio::codec::kEncodings, names.begin(),
                         &audio::codec::EncodingName::name);
  return names;
}();

SendRule read_send(Element& element) {
  constexpr std::array<std::string_view, 13> kEvents{
      "open", "ready", "dtmf",    "speech-started", "speech-stopped", "drained", "drained-once",
      "xoff", "xon",   "cleared", "idle",           "timer",          "end"};
  SendRule rule;
  static_cast<void>(element.need("on"));
  rule.on = static_cast<SendRule::On>(element.one_of("on", kEvents, 0));
  constexpr std::array<std::string_view, 4> kSendForms{"text", "binary", "empty-text",
                                                       "empty-binary"};
  const std::size_t form = element.one_of("as", kSendForms, 0);
  rule.as = static_cast<Form>(form % 2);
  rule.is_empty = form >= 2;
  const bool repeats = rule.on == SendRule::On::idle || rule.on == SendRule::On::timer;
  rule.every_ms = element.number("every", 0, 100, 600'000);
  if (repeats && rule.every_ms == 0) throw Wrong{"lacks its attribute 'every' (ms)"};
  if (!repeats && rule.every_ms != 0) throw Wrong{"has 'every', which only idle and timer have"};
  rule.linger_ms = element.number("linger", 0, 0, 60'000);
  rule.until = match_of(element.take("until"));
  if (rule.on != SendRule::On::end && (rule.linger_ms != 0 || rule.until)) {
    throw Wrong{"has 'linger' or 'until', which only on=\"end\" has"};
  }
  if (rule.until && rule.linger_ms == 0) throw Wrong{"has 'until' but no 'linger' (ms)"};
  const std::string text = element.text();
  if (rule.is_empty != text.empty()) {
    throw Wrong{rule.is_empty ? "is empty by its 'as', and has a text"
                              : "lacks its text; as=\"empty-text\" sends an empty message"};
  }
  rule.text = template_of(text);
  return rule;
}

ReadyRule read_ready(Element& element) {
  ReadyRule rule{or_wrong(Match::compile(element.need("match"))), 0};
  rule.timeout_ms = element.number("timeout", 10'000, 100, 120'000);
  return rule;
}

UpRule read_up(Element& element) {
  UpRule rule;
  rule.as = static_cast<Form>(element.one_of("as", kForms, 1));
  rule.codec = audio::codec::kEncodings[element.one_of("codec", kUpCodecs, 0)].value;
  const bool is_g711 = rule.codec == Encoding::pcmu || rule.codec == Encoding::pcma;
  rule.rate_hz = element.rate("rate", is_g711 ? 8000 : 0, 8000, 48'000);
  if (is_g711 && rule.rate_hz != 8000) throw Wrong{"has G.711 at another rate than 8000"};
  rule.chunk_ms = element.number("chunk", 0, 10, 1000);
  const std::string text = element.text();
  rule.text = template_of(text);
  const bool has_audio = text.find("${audio}") != std::string::npos;
  if (rule.as == Form::text && !has_audio) throw Wrong{"lacks ${audio} in its text"};
  if (rule.as == Form::binary && !text.empty()) {
    throw Wrong{"has a text, and as=\"binary\" sends the audio alone"};
  }
  return rule;
}

DownRule read_down(Element& element) {
  constexpr std::array<std::string_view, 3> kDrops{"no", "same", "upto"};
  DownRule rule;
  rule.match = match_of(element.take("match"));
  rule.as = static_cast<Form>(element.one_of("as", kForms, rule.match ? 0 : 1));
  rule.path = path_of(element.take("path"));
  rule.codec = word_of(element.take("codec").value_or("l16"));
  if (!rule.codec.path && audio_type(rule.codec.constant).type == AudioType::unknown) {
    throw Wrong{"has codec=" + in_quotes(rule.codec.constant) +
                "; there are l16, pcmu, pcma, f32, opus and wav, and @path"};
  }
  rule.rate = word_of(element.take("rate").value_or(""));
  if (!rule.rate.path && !rule.rate.constant.empty()) {
    rule.rate.constant =
        std::to_string(Element::rate_of(rule.rate.constant, "rate", kLowestRate, kHighestRate));
  }
  rule.item = path_of(element.take("item"));
  rule.late = static_cast<LateAudio>(element.one_of("drop", kDrops, 0));
  rule.replace_unless = match_of(element.take("replace-unless"));
  rule.ack = template_of(element.text_of("ack"));
  rule.played = template_of(element.text_of("played"));
  if (rule.as == Form::text && (!rule.match || !rule.path)) {
    throw Wrong{"lacks 'match' or 'path'; audio in texts needs both"};
  }
  if (rule.as == Form::binary && (rule.match || rule.path || rule.item)) {
    throw Wrong{"has 'match', 'path' or 'item', which binary audio cannot have"};
  }
  if (rule.late != LateAudio::plays && !rule.item) {
    throw Wrong{"has 'drop' but no 'item'"};
  }
  return rule;
}

Action read_action(Element& element) {
  constexpr std::array<std::string_view, 14> kActions{
      "ignore", "clear", "mark",   "forget-marks", "pause",      "resume", "arm",
      "hangup", "close", "format", "set",          "transcript", "fail",   "reply"};
  constexpr std::array<std::string_view, 2> kMarks{"return", "drop"};
  constexpr std::array<std::string_view, 2> kUnits{"s", "ms"};
  switch (element.one_of("do", kActions, 13)) {
    case 1: {
      DoClear clear;
      clear.return_marks = element.one_of("marks", kMarks, 0) == 0;
      clear.cut = path_of(element.take("cut"));
      clear.each_item = template_of(element.text_of("each-item"));
      return clear;
    }
    case 2: {
      DoMark mark;
      mark.name = word_of(element.take("name").value_or(""));
      if (!mark.name.constant.empty() && mark.name.constant != "${rest}") {
        // A path without '@': a mark's name is always from the message.
        mark.name = word_of("@" + mark.name.constant);
      }
      mark.played = element.take("played").value_or(mark.played);
      mark.cleared = element.take("cleared").value_or(mark.cleared);
      return mark;
    }
    case 3:
      return DoForgetMarks{};
    case 4:
      return DoPause{true};
    case 5:
      return DoPause{false};
    case 6:
      return DoArm{};
    case 7:
      return DoHangup{};
    case 8:
      return DoClose{};
    case 9: {
      DoFormat format{path_of(element.take("down")), path_of(element.take("up")),
                      path_of(element.take("rate"))};
      if (!format.down && !format.up && !format.rate) {
        throw Wrong{"lacks 'down', 'up' or 'rate': the path of a format"};
      }
      return format;
    }
    case 10: {
      DoSet set;
      set.variable = element.need("var");
      auto path = element.take("path");
      set.value = path ? word_of("@" + *path) : word_of(element.need("value"));
      return set;
    }
    case 11: {
      DoTranscript transcript{word_of(element.need("who")),
                              or_wrong(JsonPath::compile(element.need("text"))),
                              word_of(element.take("final").value_or("true")),
                              path_of(element.take("start")),
                              path_of(element.take("end")),
                              element.one_of("unit", kUnits, 0) == 1,
                              path_of(element.take("confidence"))};
      return transcript;
    }
    case 12:
      return DoFail{path_of(element.take("reason")), element.boolean("soft", false)};
    default:
      return DoNothing{};
  }
}

OnRule read_on(Element& element) {
  std::string match = element.need("match");
  OnRule rule{or_wrong(Match::compile(match)), match, read_action(element),
              template_of(element.text())};
  return rule;
}

/// `Name: value`
HeaderRule read_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view name = base::trimmed(line.substr(0, colon));
  if (colon == std::string_view::npos || name.empty()) {
    throw Wrong{"is no line like 'Name: value'"};
  }
  return {std::string{name}, template_of(base::trimmed(line.substr(colon + 1)))};
}

void read_rule(const pugi::xml_node& node, RuleSet& set) {
  Element element{node};
  const std::string_view kind = node.name();
  if (kind == "send") {
    set.send.push_back(read_send(element));
  } else if (kind == "ready") {
    if (set.ready) throw Wrong{"is the second of its kind"};
    set.ready = read_ready(element);
  } else if (kind == "up") {
    if (set.up) throw Wrong{"is the second of its kind"};
    set.up = read_up(element);
  } else if (kind == "down") {
    set.down.push_back(read_down(element));
    element.expect_no_children_but({"ack", "played"});
  } else if (kind == "on") {
    set.on.push_back(read_on(element));
    element.expect_no_children_but({"each-item"});
  } else {
    throw Wrong{"is unknown; there are send, ready, up, down and on"};
  }
  element.expect_no_others();
}

/// The element as its author wrote it.
std::string text_of(const pugi::xml_node& node) {
  struct Writer final : pugi::xml_writer {
    void write(const void* data, std::size_t size) override {
      text.append(static_cast<const char*>(data), size);
    }
    std::string text;
  } writer;
  node.print(writer, "", pugi::format_raw);
  return std::move(writer.text);
}

RuleSet read_set(const pugi::xml_node& node, std::string& name) {
  constexpr std::array<std::string_view, 3> kCloses{"continue", "hangup", "reconnect"};
  constexpr std::array<std::string_view, 3> kJsonIn{"text", "binary", "both"};
  Element element{node};
  RuleSet set;
  name = set.name = element.need("name");
  set.base = element.take("base").value_or("");
  set.url = template_of(element.take("url").value_or(""));
  set.subprotocol = element.take("subprotocol").value_or("");
  if (node.attribute("remote-close")) {
    set.remote_close = static_cast<RemoteClose>(element.one_of("remote-close", kCloses, 0));
  } else {
    static_cast<void>(element.take("remote-close"));
  }
  if (node.attribute("json-in")) {
    set.json_in = static_cast<RuleSet::JsonIn>(element.one_of("json-in", kJsonIn, 0));
  } else {
    static_cast<void>(element.take("json-in"));
  }
  if (node.attribute("text-only")) {
    set.text_only = element.boolean("text-only", false);
  } else {
    static_cast<void>(element.take("text-only"));
  }
  std::size_t number = 0;
  std::string rule;
  try {
    for (const pugi::xml_node& child : node.children()) {
      if (child.type() != pugi::node_element) continue;
      rule = "rule " + std::to_string(++number) + ", <" + child.name() + ">, ";
      if (std::string_view{child.name()} == "header") {
        set.headers.push_back(read_header(Element{child}.text()));
        continue;
      }
      read_rule(child, set);
    }
  } catch (Wrong& wrong) {
    throw Wrong{rule + wrong.what};
  }
  element.expect_no_others();
  set.source = text_of(node);
  return set;
}

}  // namespace

ReadDialects read_dialects(std::string_view xml, std::string_view file) {
  ReadDialects read;
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(
      xml.data(), xml.size(), pugi::parse_default | pugi::parse_ws_pcdata, pugi::encoding_utf8);
  const std::string where = std::string{file} + ": ";
  if (!parsed) {
    const auto line =
        1 + std::ranges::count(xml.substr(0, static_cast<std::size_t>(parsed.offset)), '\n');
    read.faults.push_back(std::string{file} + ", line " + std::to_string(line) + ": " +
                          parsed.description());
    return read;
  }
  const auto read_one = [&](const pugi::xml_node& node) {
    std::string name;
    try {
      read.sets.push_back(read_set(node, name));
    } catch (const Wrong& wrong) {
      read.faults.push_back(
          where + (name.empty() ? "a dialect " : "dialect " + in_quotes(name) + ": ") + wrong.what);
    }
  };
  const pugi::xml_node root = document.document_element();
  if (std::string_view{root.name()} == "dialect") {
    read_one(root);
    return read;
  }
  if (std::string_view{root.name()} != "dialects") {
    read.faults.push_back(where + "it begins with <" + root.name() +
                          ">; must be <dialect> or <dialects>");
    return read;
  }
  for (const pugi::xml_node& node : root.children()) {
    if (node.type() != pugi::node_element) continue;
    if (std::string_view{node.name()} == "dialect") {
      read_one(node);
    } else {
      read.faults.push_back(where + "there is a <" + node.name() +
                            "> in <dialects>; must be <dialect>");
    }
  }
  return read;
}

}  // namespace audio_stream::dialect::rules
