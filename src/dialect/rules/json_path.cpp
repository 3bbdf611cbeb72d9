#include "dialect/rules/json_path.hpp"

#include <charconv>
#include <utility>

#include <simdjson.h>

namespace audio_stream::dialect::rules {
namespace {

namespace dom = simdjson::dom;

tl::unexpected<std::string> wrong(std::string_view path, const std::string& what) {
  return tl::unexpected("the path '" + std::string{path} + "' " + what);
}

}  // namespace

tl::expected<JsonPath, std::string> JsonPath::compile(std::string_view text) {
  JsonPath path;
  path.written_ = text;
  std::string_view rest = text;
  while (true) {
    // A dot between brackets belongs to the value there.
    const std::size_t bracket = rest.find('[');
    std::size_t dot = rest.find('.');
    std::string_view filter;
    if (bracket < dot) {
      const std::size_t end = rest.find(']', bracket);
      if (end == std::string_view::npos) return wrong(text, "lacks a ']'");
      filter = rest.substr(bracket + 1, end - bracket - 1);
      dot = rest.find('.', end);
      if (end + 1 != std::min(dot, rest.size())) {
        return wrong(text, "has something between ']' and the next '.'");
      }
    }
    const std::string_view name = rest.substr(0, std::min({bracket, dot, rest.size()}));
    if (name.empty()) return wrong(text, "has an empty step");
    Step step;
    step.name = name;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), step.index);
    if (name == "*") {
      step.kind = Step::Kind::every;
    } else if (error == std::errc{} && end == name.data() + name.size()) {
      step.kind = Step::Kind::index;
    }
    path.steps_.push_back(std::move(step));
    if (bracket < dot) {
      const std::size_t equals = filter.find('=');
      if (equals == std::string_view::npos || equals == 0) {
        return wrong(text, "has no member=value between '[' and ']'");
      }
      path.steps_.push_back({Step::Kind::filter, std::string{filter.substr(0, equals)},
                             std::string{filter.substr(equals + 1)}, 0});
    }
    if (path.steps_.size() > kMaxSteps) {
      return wrong(text, "has more than " + std::to_string(kMaxSteps) + " steps");
    }
    if (dot == std::string_view::npos) return path;
    rest.remove_prefix(dot + 1);
  }
}

void JsonPath::follow(const dom::element& value, std::size_t number,
                      const std::function<void(const dom::element&)>& each) const {
  if (number == steps_.size()) {
    each(value);
    return;
  }
  const Step& step = steps_[number];
  dom::array array;
  const bool is_array = value.get(array) == simdjson::SUCCESS;
  dom::element next;
  switch (step.kind) {
    case Step::Kind::index:
      if (is_array) {
        if (array.at(step.index).get(next) == simdjson::SUCCESS) follow(next, number + 1, each);
        return;
      }
      [[fallthrough]];
    case Step::Kind::member:
      if (value.at_key(step.name).get(next) == simdjson::SUCCESS) follow(next, number + 1, each);
      return;
    case Step::Kind::every:
      if (!is_array) return;
      for (const dom::element& element : array) follow(element, number + 1, each);
      return;
    case Step::Kind::filter:
      if (!is_array) return;
      for (const dom::element& element : array) {
        if (element.at_key(step.name).get(next) == simdjson::SUCCESS &&
            text_of(next) == step.value) {
          follow(element, number + 1, each);
        }
      }
      return;
  }
}

void JsonPath::find(const dom::element& message,
                    const std::function<void(const dom::element&)>& each) const {
  follow(message, 0, each);
}

bool JsonPath::exists(const dom::element& message) const {
  bool found = false;
  find(message, [&](const dom::element& /*value*/) { found = true; });
  return found;
}

std::string JsonPath::text(const dom::element& message) const {
  std::string text;
  find(message, [&](const dom::element& value) { text += text_of(value); });
  return text;
}

std::string text_of(const dom::element& value) {
  std::string_view string;
  if (value.get(string) == simdjson::SUCCESS) return std::string{string};
  if (value.is_null()) return {};
  return simdjson::minify(value);
}

}  // namespace audio_stream::dialect::rules
