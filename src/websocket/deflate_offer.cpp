#include "websocket/deflate_offer.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/letter_case.hpp"
#include "base/printable.hpp"
#include "websocket/http_words.hpp"

namespace audio_stream::websocket {
namespace {

using Error = tl::unexpected<std::string>;

constexpr std::string_view kExtension = "permessage-deflate";
constexpr std::string_view kFullOffer =
    "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12";
constexpr int kFullBits = 12;
constexpr int kFewest = 8;
constexpr int kMost = 15;

/// RFC 7692, 7.1.2.1: 8 to 15, without leading zeros.
std::optional<int> window_bits(std::string_view value) {
  for (int bits = kFewest; bits <= kMost; ++bits) {
    if (value == std::to_string(bits)) return bits;
  }
  return std::nullopt;
}

std::string quoted(std::string_view words) {
  return "\"" + base::one_line(words, 64) + "\"";
}

/// Reads the parameters of one extension.
class Parameters {
 public:
  explicit Parameters(DeflateOffer offer) : offer_{offer} {}

  /// False if `name` with `value` (nullopt: without "=") is not allowed in the answer.
  bool take(std::string_view name, std::optional<std::string_view> value) {
    if (name == "client_no_context_takeover") {
      return flag(client_takeover_seen_, agreed_.client_no_context_takeover, value);
    }
    if (name == "server_no_context_takeover") {
      return flag(server_takeover_seen_, agreed_.server_no_context_takeover, value);
    }
    if (name == "client_max_window_bits") {
      // Allowed only if it was offered (RFC 7692, 7.1.2.2).
      return offer_ == DeflateOffer::full &&
             bits(client_bits_seen_, agreed_.client_max_window_bits, value, kFullBits);
    }
    if (name == "server_max_window_bits") {
      return bits(server_bits_seen_, agreed_.server_max_window_bits, value,
                  offer_ == DeflateOffer::full ? kFullBits : kMost);
    }
    return false;
  }

  [[nodiscard]] const DeflateParameters& agreed() const noexcept { return agreed_; }

 private:
  static bool flag(bool& seen, bool& parameter, std::optional<std::string_view> value) {
    if (seen || value) return false;
    parameter = true;
    return seen = true;
  }

  static bool bits(bool& seen, int& parameter, std::optional<std::string_view> value, int most) {
    const auto number = value ? window_bits(*value) : std::nullopt;
    if (seen || !number || *number > most) return false;
    parameter = *number;
    return seen = true;
  }

  const DeflateOffer offer_;
  DeflateParameters agreed_;
  bool client_takeover_seen_ = false;
  bool server_takeover_seen_ = false;
  bool client_bits_seen_ = false;
  bool server_bits_seen_ = false;
};

}  // namespace

std::string_view offer_text(DeflateOffer offer) noexcept {
  switch (offer) {
    case DeflateOffer::none:
      return {};
    case DeflateOffer::bare:
      return kExtension;
    case DeflateOffer::full:
      return kFullOffer;
  }
  return {};
}

tl::expected<DeflateParameters, std::string> read_deflate_answer(DeflateOffer offer,
                                                                 std::string_view extensions) {
  Words words{extensions};
  if (!base::equals_ignoring_case(words.token(), kExtension) || offer == DeflateOffer::none) {
    return Error("agrees to the extension " + quoted(extensions) + ", which was not offered");
  }
  Parameters parameters{offer};
  while (words.next(';')) {
    const std::string_view name = words.token();
    std::optional<std::string_view> value;
    if (words.next('=')) value = words.value();
    if (!words.good() || !parameters.take(name, value)) {
      return Error("agrees to compression with the wrong parameter " + quoted(name) + " in " +
                   quoted(extensions));
    }
  }
  if (!words.at_end()) return Error("agrees to more than was offered: " + quoted(extensions));
  return parameters.agreed();
}

}  // namespace audio_stream::websocket
