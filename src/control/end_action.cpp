#include "control/end_action.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/letter_case.hpp"

namespace audio_stream::control {
namespace {

constexpr std::string_view kGoOn = "continue";
constexpr std::string_view kHangUp = "hangup";
constexpr std::string_view kTransfer = "transfer:";

/// Printable ASCII without blanks, as a destination number, a dialplan and a context are.
bool is_word(std::string_view part) {
  return std::ranges::all_of(part, [](char c) { return c > ' ' && c < '\x7F'; });
}

}  // namespace

std::optional<EndAction> parse_end_action(std::string_view text) {
  using base::equals_ignoring_case;
  using Kind = EndAction::Kind;
  if (equals_ignoring_case(text, kGoOn)) return EndAction{.kind = Kind::go_on};
  if (equals_ignoring_case(text, kHangUp)) return EndAction{.kind = Kind::hang_up};
  if (!equals_ignoring_case(text.substr(0, kTransfer.size()), kTransfer)) return std::nullopt;
  text.remove_prefix(kTransfer.size());
  std::array<std::string_view, 3> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    parts[i] = text.substr(0, colon);
    text.remove_prefix(std::min(colon + 1, text.size()));
  }
  const bool words = text.empty() && std::ranges::all_of(parts, is_word);
  if (!words || parts[0].empty() || equals_ignoring_case(parts[1], "inline")) return std::nullopt;
  return EndAction{.kind = Kind::transfer,
                   .to = std::string{parts[0]},
                   .dialplan = std::string{parts[1]},
                   .context = std::string{parts[2]}};
}

std::string to_string(const EndAction& action) {
  if (action.kind == EndAction::Kind::go_on) return std::string{kGoOn};
  if (action.kind == EndAction::Kind::hang_up) return std::string{kHangUp};
  std::string text = std::string{kTransfer} + action.to;
  if (!action.dialplan.empty() || !action.context.empty()) text += ":" + action.dialplan;
  if (!action.context.empty()) text += ":" + action.context;
  return text;
}

}  // namespace audio_stream::control
