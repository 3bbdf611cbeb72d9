// A server's messages against each built-in dialect. The first byte chooses the dialect, the second
// how the rest arrives.
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/utf8.hpp"
#include "dialect/rules/catalog.hpp"
#include "dialect/rules/rule_dialect.hpp"
#include "must.hpp"
#include "stream/event.hpp"

namespace {

using namespace audio_stream;
using namespace audio_stream::dialect;

std::vector<std::shared_ptr<const rules::BoundRules>> all_dialects() {
  std::vector<std::shared_ptr<const rules::BoundRules>> all;
  for (const std::string& name : rules::Catalog::built_in().names()) {
    auto bound = rules::bind(rules::Catalog::built_in().find(name),
                             [](std::string_view) { return std::string{"{}"}; });
    all.push_back(std::make_shared<const rules::BoundRules>(std::move(*bound)));
  }
  return all;
}

/// What goes out is UTF-8 where it is a text.
void check(const Messages& messages) {
  for (const Message& message : messages) {
    must(message.kind == MessageKind::binary || base::is_utf8(message.bytes), "a text is UTF-8",
         message.bytes);
  }
}

void check(rules::RuleDialect& dialect, const Incoming& incoming) {
  if (const auto* reply = std::get_if<ServerReply>(&incoming)) {
    check(dialect.reply(reply->answer, {100, false, false}));
  } else if (const auto* piece = std::get_if<ServerPiece>(&incoming)) {
    must(piece->audio.has_value() || !piece->audio.error().empty(), "bad audio has a reason");
    must(piece->item.size() <= 256, "an item's name is bounded");
    check(dialect.note(MarkNote{piece->item, true, 1, piece->played, true}));
  } else if (const auto* request = std::get_if<ServerRequest>(&incoming)) {
    if (const auto* mark = std::get_if<MarkRequest>(&request->request)) {
      check(dialect.note(MarkNote{mark->name, true, 1, mark->answer, false}));
      check(dialect.note(MarkNote{mark->name, false, 1, mark->answer, false}));
    } else if (const auto* clear = std::get_if<ClearRequest>(&request->request)) {
      check(dialect.note(ClearedNote{"server", 1, 2, 3, {{"item", 4}}, {clear->answer}}));
    }
  } else if (const auto* transcript = std::get_if<ServerTranscript>(&incoming)) {
    const stream::Event event = stream::transcript_event(*transcript, 5, 1000);
    must(nlohmann::json::accept(event.body), "a transcript's body is JSON", event.body);
    for (const auto& [name, value] : event.headers) {
      must(value.find('\n') == std::string::npos, "a header has one line", value);
    }
  } else if (const auto* wish = std::get_if<StreamRequest>(&incoming)) {
    if (const auto* failure = std::get_if<ServerFailure>(wish)) {
      must(failure->reason.size() < 1000, "a reason is bounded");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto dialects = all_dialects();
  if (size < 2) return 0;
  const std::string_view message = as_text(data, size).substr(2);
  rules::RuleDialect dialect{dialects[data[0] % dialects.size()], {8000, {1000, true, 8000}}};
  check(dialect.open(0));
  const bool binary = data[1] % 2 == 1;
  if (!binary && !base::is_utf8(message)) return 0;  // the WebSocket refuses it
  const auto all =
      binary ? dialect.understand_binary(message) : dialect.understand_text(std::string{message});
  must(all.size() <= 64, "a message means no more than the rules have");
  for (const Incoming& each : all) check(dialect, each);
  check(dialect.note(DrainedNote{1}));
  check(dialect.end());
  return 0;
}
