#include "stream/chosen_dialect.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "dialect/raw_l16.hpp"
#include "dialect/rules/rule_dialect.hpp"
#include "dialect/rules/stream_names.hpp"
#include "stream/facts.hpp"

namespace audio_stream::stream {

namespace rules = dialect::rules;

std::unique_ptr<dialect::Dialect> chosen_dialect(const Identity& identity,
                                                 const control::Options& options) {
  dialect::StreamFacts facts = facts_of(identity, options);
  const auto& chosen = options.dialect;
  if (!chosen.rules) return std::make_unique<dialect::RawL16>(std::move(facts));
  const rules::StreamNames names{facts, options.audio.encoding};
  auto bound = rules::bind(chosen.rules, [&](std::string_view name) -> std::optional<std::string> {
    if (rules::is_stream_name(name)) return names.value(name);
    const auto found = chosen.values.find(name);
    if (found == chosen.values.end()) return std::nullopt;
    return found->second;
  });
  // Options were made only with all values that the rules need.
  if (!bound) throw std::logic_error("the dialect lacks " + bound.error());
  return std::make_unique<rules::RuleDialect>(
      std::make_shared<const rules::BoundRules>(std::move(*bound)),
      rules::RuleDialect::Facts{
          facts.rate_hz, {facts.event_bytes, chosen.json_events, options.playback_rate_hz()}});
}

}  // namespace audio_stream::stream
