#include "dialect/rules/text_template.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include <simdjson.h>

#include "base/base64.hpp"
#include "base/json_string.hpp"
#include "base/overloaded.hpp"

namespace audio_stream::dialect::rules {
namespace {

constexpr std::string_view kOpen = "${";

std::optional<Live> live_value(std::string_view name) {
  const auto* const found =
      std::ranges::find(kLiveNames, name, [](const auto& row) { return row.first; });
  if (found == kLiveNames.end()) return std::nullopt;
  return found->second;
}

/// The position behind the brace that closes the one before `begin`.
std::optional<std::size_t> closing_brace(std::string_view text, std::size_t begin) {
  std::size_t open = 1;
  for (std::size_t at = begin; at < text.size(); ++at) {
    if (text[at] == '{') ++open;
    if (text[at] == '}' && --open == 0) return at;
  }
  return std::nullopt;
}

void append(std::string& text, std::uint64_t number) {
  std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  static_cast<void>(error);
  text.append(digits.data(), end);
}

}  // namespace

// ---- compiling --------------------------------------------------------------------------------

tl::expected<TextTemplate, std::string> TextTemplate::compile(std::string_view text) {
  TextTemplate made;
  std::size_t open_sections = 0;
  while (!text.empty()) {
    const std::size_t open = text.find(kOpen);
    if (open != 0) made.parts_.emplace_back(Literal{std::string{text.substr(0, open)}});
    if (open == std::string_view::npos) break;
    const auto close = closing_brace(text, open + kOpen.size());
    if (!close) {
      return tl::unexpected("'" + std::string{text.substr(open, 40)} + "' lacks its '}'");
    }
    const std::string_view inside = text.substr(open + kOpen.size(), *close - open - kOpen.size());
    auto part = compile_placeholder(inside);
    if (!part) return tl::unexpected(std::move(part.error()));
    if (std::holds_alternative<Section>(*part)) ++open_sections;
    if (std::holds_alternative<End>(*part) && open_sections-- == 0) {
      return tl::unexpected<std::string>("there is an ${end} without a ${when:...} before it");
    }
    made.parts_.push_back(std::move(*part));
    text.remove_prefix(*close + 1);
  }
  if (open_sections > 0) return tl::unexpected<std::string>("a ${when:...} lacks its ${end}");
  return made;
}

tl::expected<TextTemplate::Part, std::string> TextTemplate::compile_placeholder(
    std::string_view text) {
  const std::string written = "${" + std::string{text} + "}";
  if (text == "end") return End{};
  Placeholder made;
  const std::size_t default_at = text.find(":-");
  std::string_view name = text.substr(0, default_at);
  if (default_at != std::string_view::npos) made.otherwise = text.substr(default_at + 2);
  if (const std::size_t colon = name.find(':'); colon != std::string_view::npos) {
    const std::string_view form = name.substr(0, colon);
    name.remove_prefix(colon + 1);
    if (form == "when" || form == "unless") {
      Section section{std::string{name.substr(0, name.find('='))}, std::nullopt, form == "when"};
      if (name.size() > section.name.size()) section.value = name.substr(section.name.size() + 1);
      return section;
    }
    if (form == "q") {
      made.form = Form::quoted;
    } else if (form == "raw") {
      made.form = Form::raw;
    } else if (form == "file") {
      made.form = Form::file;
    } else if (form == "json") {
      made.form = Form::json;
      auto path = JsonPath::compile(name);
      if (!path) return tl::unexpected(std::move(path.error()));
      made.path = std::move(*path);
    } else {
      return tl::unexpected("'" + written + "' begins with '" + std::string{form} +
                            ":'; there are q:, raw:, json:, file:, when: and unless:");
    }
  }
  if (name.empty()) return tl::unexpected("'" + written + "' names nothing");
  made.name = name;
  if (live_value(name) && made.otherwise) {
    return tl::unexpected("'" + written + "' has a default, and '" + made.name +
                          "' always has a value");
  }
  return made;
}

// ---- binding ----------------------------------------------------------------------------------

void TextTemplate::for_each_setting(
    std::span<const std::string> captured,
    const std::function<void(std::string_view name, bool needed)>& each) const {
  const auto is_setting = [&](std::string_view name) {
    return !live_value(name) && std::ranges::find(captured, name) == captured.end();
  };
  for (const Part& part : parts_) {
    if (const auto* section = std::get_if<Section>(&part)) each(section->name, false);
    const auto* placeholder = std::get_if<Placeholder>(&part);
    if (placeholder == nullptr || placeholder->form == Form::json) continue;
    if (placeholder->form != Form::file && !is_setting(placeholder->name)) continue;
    each(placeholder->form == Form::file ? "file:" + placeholder->name : placeholder->name,
         !placeholder->otherwise && placeholder->form != Form::quoted);
  }
}

tl::expected<BoundTemplate, std::string> TextTemplate::bind(std::span<const std::string> captured,
                                                            const Settings& settings) const {
  BoundTemplate bound;
  std::vector<bool> sections;  // of the open ones: whether its text is wanted
  for (const Part& part : parts_) {
    const bool wanted = std::ranges::find(sections, false) == sections.end();
    if (const auto* section = std::get_if<Section>(&part)) {
      const auto value = settings(section->name);
      const bool holds = value && (section->value ? value == section->value : !value->empty());
      sections.push_back(holds == section->wanted);
      continue;
    }
    if (std::holds_alternative<End>(part)) {
      sections.pop_back();
      continue;
    }
    if (!wanted) continue;
    if (const auto* literal = std::get_if<Literal>(&part)) {
      bound.add(literal->text);
      continue;
    }
    const auto& placeholder = std::get<Placeholder>(part);
    if (placeholder.form == Form::json) {
      bound.parts_.emplace_back(BoundTemplate::OfMessage{placeholder.path, Form::raw});
      continue;
    }
    if (placeholder.form != Form::file) {
      if (const auto live = live_value(placeholder.name)) {
        if (*live == Live::rest) {
          bound.parts_.emplace_back(BoundTemplate::OfMessage{std::nullopt, placeholder.form});
        } else {
          bound.parts_.emplace_back(BoundTemplate::Value{*live, placeholder.form});
        }
        continue;
      }
      const auto found = std::ranges::find(captured, placeholder.name);
      if (found != captured.end()) {
        bound.parts_.emplace_back(
            BoundTemplate::Captured{static_cast<std::size_t>(found - captured.begin()),
                                    placeholder.form, placeholder.otherwise});
        continue;
      }
    }
    const std::string name =
        placeholder.form == Form::file ? "file:" + placeholder.name : placeholder.name;
    auto value = settings(name);
    if (!value) value = placeholder.otherwise;
    if (placeholder.form == Form::quoted) {
      bound.add(value ? base::json_string(*value) : "null");
      continue;
    }
    if (!value) return tl::unexpected(name);
    std::string text;
    if (placeholder.form == Form::raw) {
      text = std::move(*value);
    } else {
      base::append_json_escaped(text, *value);
    }
    bound.add(text);
  }
  return bound;
}

void BoundTemplate::add(std::string_view literal) {
  if (literal.empty()) return;
  if (!parts_.empty()) {
    if (auto* last = std::get_if<Literal>(&parts_.back())) {
      last->text += literal;
      return;
    }
  }
  parts_.emplace_back(Literal{std::string{literal}});
}

// ---- expanding --------------------------------------------------------------------------------

bool BoundTemplate::uses(Live value) const noexcept {
  return std::ranges::any_of(parts_, [&](const Part& part) {
    const auto* found = std::get_if<Value>(&part);
    return found != nullptr && found->value == value;
  });
}

namespace {

constexpr std::uint64_t kFrameMs = 20;

/// A live value that is a number. nullopt: it is a text.
std::optional<std::uint64_t> number_of(Live value, const LiveValues& values) noexcept {
  switch (value) {
    case Live::seq:
      return values.seq;
    case Live::chunk:
      return values.chunk;
    case Live::frames:
      return values.frames;
    case Live::samples:
      return values.samples;
    case Live::ms:
      return values.ms;
    case Live::bytes:
      return values.bytes;
    case Live::in_frames:
      return values.in_frames;
    case Live::duration_ms:
      return values.duration_ms;
    case Live::duration_8k:
      return values.duration_ms * 8;
    case Live::heard_ms:
      return values.heard_ms;
    case Live::thrown_ms:
      return values.thrown_ms;
    case Live::item_heard_ms:
      return values.item_heard_ms;
    case Live::queued_ms:
      return values.queued_ms;
    case Live::queued_frames:
      return (values.queued_ms + kFrameMs - 1) / kFrameMs;
    case Live::audio:
    case Live::digit:
    case Live::name:
    case Live::outcome:
    case Live::item:
    case Live::paused:
    case Live::full:
    case Live::rest:
      break;
  }
  return std::nullopt;
}

std::string_view text_value(Live value, const LiveValues& values) noexcept {
  switch (value) {
    case Live::digit:
      return {&values.digit, 1};
    case Live::name:
      return values.name;
    case Live::outcome:
      return values.outcome;
    case Live::item:
      return values.item;
    case Live::paused:
      return values.paused ? "true" : "false";
    case Live::full:
      return values.full ? "true" : "false";
    default:
      return {};
  }
}

}  // namespace

void BoundTemplate::collect(const ServerMessage& message, std::vector<std::string>& parts) const {
  for (const Part& part : parts_) {
    const auto* of_message = std::get_if<OfMessage>(&part);
    if (of_message == nullptr) continue;
    if (!of_message->path) {
      parts.emplace_back(behind_first_word(message.text));
      continue;
    }
    std::optional<std::string> found;
    if (message.json != nullptr) {
      of_message->path->find(*message.json, [&](const simdjson::dom::element& value) {
        if (!found) found = simdjson::minify(value);
      });
    }
    parts.push_back(found ? std::move(*found) : "null");
  }
}

void BoundTemplate::expand(const LiveValues& values, std::string& text) const {
  const auto put = [&](std::string_view value, Form form) {
    if (form == Form::raw) {
      text += value;
    } else if (form == Form::quoted) {
      text += base::json_string(value);
    } else {
      base::append_json_escaped(text, value);
    }
  };
  std::size_t collected = 0;
  for (const Part& part : parts_) {
    std::visit(base::Overloaded{
                   [&](const Literal& literal) { text += literal.text; },
                   [&](const Value& value) {
                     if (value.value == Live::audio) {
                       base::append_base64(text, values.audio);
                     } else if (const auto number = number_of(value.value, values)) {
                       append(text, *number);
                     } else {
                       put(text_value(value.value, values), value.form);
                     }
                   },
                   [&](const Captured& captured) {
                     const auto& value = values.captured[captured.number];
                     if (value) {
                       put(*value, captured.form);
                     } else if (captured.otherwise) {
                       put(*captured.otherwise, captured.form);
                     } else if (captured.form == Form::quoted) {
                       text += "null";
                     }
                   },
                   [&](const OfMessage& of_message) {
                     if (collected < values.of_message.size()) {
                       put(values.of_message[collected++], of_message.form);
                     }
                   },
               },
               part);
  }
}

}  // namespace audio_stream::dialect::rules
