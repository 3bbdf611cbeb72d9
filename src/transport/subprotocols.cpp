#include "transport/subprotocols.hpp"

#include <algorithm>

#include "base/blanks.hpp"
#include "base/letter_case.hpp"
#include "websocket/http_words.hpp"

namespace audio_stream::transport {
namespace {

using Error = tl::unexpected<std::string>;

}  // namespace

tl::expected<Subprotocols, std::string> parse_subprotocols(std::string_view list) {
  Subprotocols names;
  if (list.size() > kMostSubprotocolBytes) {
    return Error("it has " + std::to_string(list.size()) + " bytes; at most " +
                 std::to_string(kMostSubprotocolBytes) + " can be sent");
  }
  if (base::equals_ignoring_case(base::trimmed(list), "none")) return names;
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view name = base::trimmed(list.substr(0, comma));
    const std::string which = "name " + std::to_string(names.size() + 1) + " of its list ";
    if (name.empty()) return Error(which + "is empty");
    if (!websocket::is_token(name)) return Error(which + "is not a token (RFC 9110, 5.6.2)");
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return Error(which + "repeats an earlier name");
    }
    if (names.size() == kMostSubprotocols) {
      return Error("it has more than " + std::to_string(kMostSubprotocols) + " names");
    }
    names.emplace_back(name);
    if (comma == list.size()) return names;
    list.remove_prefix(comma + 1);
  }
}

std::string offer_of(const Subprotocols& subprotocols) {
  std::string offer;
  for (const std::string& name : subprotocols) offer += (offer.empty() ? "" : ", ") + name;
  return offer;
}

}  // namespace audio_stream::transport
