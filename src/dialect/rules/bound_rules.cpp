#include "dialect/rules/bound_rules.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <variant>

namespace audio_stream::dialect::rules {
namespace {

/// The name of a setting that a text lacks. Thrown within this file only.
struct Lacks {
  std::string name;
};

}  // namespace

std::vector<std::string> captured_names(const RuleSet& set) {
  std::vector<std::string> names;
  for (const OnRule& rule : set.on) {
    const auto* keeps = std::get_if<DoSet>(&rule.action);
    if (keeps == nullptr || std::ranges::find(names, keeps->variable) != names.end()) continue;
    names.push_back(keeps->variable);
  }
  return names;
}

void for_each_text(const RuleSet& set, const std::function<void(const TextTemplate&)>& each) {
  each(set.url);
  for (const HeaderRule& header : set.headers) each(header.value);
  for (const SendRule& rule : set.send) each(rule.text);
  if (set.up) each(set.up->text);
  for (const DownRule& rule : set.down) {
    each(rule.ack);
    each(rule.played);
  }
  for (const OnRule& rule : set.on) {
    each(rule.reply);
    if (const auto* clear = std::get_if<DoClear>(&rule.action)) each(clear->each_item);
  }
}

tl::expected<BoundRules, std::string> bind(std::shared_ptr<const RuleSet> set,
                                           const TextTemplate::Settings& settings) {
  BoundRules bound;
  bound.captured = captured_names(*set);
  const auto bound_text = [&](const TextTemplate& text) {
    auto made = text.bind(bound.captured, settings);
    if (!made) throw Lacks{std::move(made.error())};
    const bool uses_seq = made->uses(Live::seq);
    return BoundText{std::move(*made), uses_seq};
  };
  try {
    for (const SendRule& rule : set->send) bound.send.push_back(bound_text(rule.text));
    if (set->up) bound.up = bound_text(set->up->text);
    for (const DownRule& rule : set->down) {
      bound.down.push_back({bound_text(rule.ack), bound_text(rule.played)});
    }
    for (const OnRule& rule : set->on) {
      const auto* clear = std::get_if<DoClear>(&rule.action);
      bound.on.push_back(
          {bound_text(rule.reply), clear == nullptr ? BoundText{} : bound_text(clear->each_item)});
    }
  } catch (Lacks& lacks) {
    return tl::unexpected(std::move(lacks.name));
  }
  bound.set = std::move(set);
  return bound;
}

}  // namespace audio_stream::dialect::rules
