#include "dialect/rules/rule.hpp"

#include <algorithm>
#include <utility>

namespace audio_stream::dialect::rules {

RuleSet based_on(const RuleSet& base, RuleSet set) {
  if (set.url.empty()) set.url = base.url;
  if (set.headers.empty()) set.headers = base.headers;
  if (set.subprotocol.empty()) set.subprotocol = base.subprotocol;
  if (!set.remote_close) set.remote_close = base.remote_close;
  if (!set.json_in) set.json_in = base.json_in;
  if (!set.text_only) set.text_only = base.text_only;
  if (!set.ready) set.ready = base.ready;
  if (!set.up) set.up = base.up;
  if (set.down.empty()) set.down = base.down;

  std::vector<SendRule> send;
  std::ranges::copy_if(base.send, std::back_inserter(send), [&](const SendRule& rule) {
    return std::ranges::none_of(set.send, [&](const SendRule& own) { return own.on == rule.on; });
  });
  std::ranges::move(set.send, std::back_inserter(send));
  set.send = std::move(send);

  std::vector<OnRule> on;
  std::ranges::copy_if(base.on, std::back_inserter(on), [&](const OnRule& rule) {
    return std::ranges::none_of(
        set.on, [&](const OnRule& own) { return own.written_match == rule.written_match; });
  });
  std::ranges::move(set.on, std::back_inserter(on));
  set.on = std::move(on);
  return set;
}

}  // namespace audio_stream::dialect::rules
