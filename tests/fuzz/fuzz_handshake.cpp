// A server's answer to the handshake: the result does not depend on how the bytes are split, and
// reported text breaks no line.
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/base64.hpp"
#include "must.hpp"
#include "websocket/handshake.hpp"

namespace {

using namespace audio_stream::websocket;

/// Options from the first byte of an input.
struct Manner {
  explicit Manner(std::uint8_t byte)
      : offer{static_cast<DeflateOffer>(std::min(byte & 3U, 2U))},
        own_answer{(byte & 4U) != 0},
        subprotocols{(byte & 8U) != 0},
        ends{(byte & 16U) != 0},
        piece{std::size_t{1} << (byte >> 5U)} {}
  DeflateOffer offer;
  bool own_answer;    ///< the input is the whole answer; else lines in a correct one
  bool subprotocols;  ///< subprotocols are offered
  bool ends;          ///< the server closes the connection after it
  std::size_t piece;  ///< bytes that arrive at a time
};

std::string accept_for(std::string_view request) {
  constexpr std::string_view kName = "Sec-WebSocket-Key: ";
  const auto begin = request.find(kName);
  must(begin != std::string_view::npos, "a request has a key");
  const std::string text = std::string{request.substr(begin + kName.size(), 24)} +
                           "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return audio_stream::base::encode_base64(
      {reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string answer_of(const Manner& manner, std::string_view input, std::string_view accept) {
  std::string answer{input};
  if (!manner.own_answer) {
    answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: $accept\r\n" +
        answer + "\r\n\r\n";
  }
  constexpr std::string_view kPlace = "$accept";
  const auto place = answer.find(kPlace);
  if (place != std::string::npos) answer.replace(place, kPlace.size(), accept);
  return answer;
}

void must_be_shown(std::string_view text, std::size_t most) {
  if (!text.empty()) must_be_a_line(text);
  must(text.size() <= most, "what is told is short");
}

bool is_window(int bits) {
  return bits >= 8 && bits <= 15;
}

/// Checks an outcome, and turns it into one string.
struct Checks {
  const Manner& manner;

  std::string operator()(const NeedMore& /*outcome*/) const { return "more"; }
  std::string operator()(const Accepted& accepted) const {
    std::string text = "accepted " + accepted.subprotocol;
    must(accepted.subprotocol.empty() ||
             (manner.subprotocols && (accepted.subprotocol == "a" || accepted.subprotocol == "b")),
         "a subprotocol was offered", accepted.subprotocol);
    if (const auto& deflate = accepted.deflate) {
      must(manner.offer != DeflateOffer::none, "compression was offered");
      must(is_window(deflate->client_max_window_bits), "a window has a right size");
      must(is_window(deflate->server_max_window_bits), "a window has a right size");
      text += std::to_string(deflate->client_max_window_bits) + ' ' +
              std::to_string(deflate->server_max_window_bits) +
              (deflate->client_no_context_takeover ? "c" : "") +
              (deflate->server_no_context_takeover ? "s" : "");
    }
    return text;
  }
  std::string operator()(const Refused& refused) const {
    must(refused.status != 101 && refused.status / 100 != 1, "a refusal has a final status");
    must_be_shown(refused.reason, 200);
    must_be_shown(refused.body, 200);
    must_be_shown(refused.location, 1024);
    return "refused " + std::to_string(refused.status) + refused.reason + refused.body +
           refused.location;
  }
  std::string operator()(const Malformed& malformed) const {
    must_be_a_line(malformed.what);
    must(malformed.what.size() <= 512, "what is told is short");
    const bool quotes = contains(malformed.what, "it begins with");  // up to the last read
    return "malformed " + (quotes ? std::string{} : malformed.what);
  }
};

std::string outcome_of(const Manner& manner, std::string_view input, std::size_t piece) {
  UpgradeRequest request;
  request.host = "server";
  request.target = "/";
  request.deflate = manner.offer;
  if (manner.subprotocols) request.subprotocols = {"a", "b"};
  ClientHandshake handshake{request};
  const std::string accept = accept_for(handshake.request());
  std::string answer = answer_of(manner, input, accept);
  if (piece == 0) piece = answer.size();
  ClientHandshake::Outcome outcome = NeedMore{};
  std::size_t consumed = 0;
  while (consumed < answer.size() && std::holds_alternative<NeedMore>(outcome)) {
    const auto bytes = std::as_bytes(std::span{answer}).subspan(consumed);
    auto step = handshake.feed(bytes.first(std::min(piece, bytes.size())));
    must(step.consumed <= bytes.size(), "no more is consumed than there is");
    consumed += step.consumed;
    outcome = std::move(step.outcome);
  }
  if (manner.ends && std::holds_alternative<NeedMore>(outcome)) outcome = handshake.end();
  std::string text = std::visit(Checks{manner}, outcome);
  if (std::holds_alternative<Accepted>(outcome)) {
    must(contains(std::string_view{answer}.substr(0, consumed), accept), "a key is answered");
    must(std::string_view{answer}.substr(0, consumed).ends_with("\r\n\r\n"), "frames are left");
    text += " at " + std::to_string(consumed);
  }
  // The key is random, and so is the effect of an accept in a wrong place.
  const bool random = manner.own_answer && contains(input, "$accept");
  if (random && !std::holds_alternative<Accepted>(outcome)) return "not accepted";
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Manner manner{data[0]};
  const std::string_view input = as_text(data + 1, size - 1);
  const std::string whole = outcome_of(manner, input, 0);
  const std::string pieces = outcome_of(manner, input, manner.piece);
  must(whole == pieces, "what comes does not depend on how it is cut", whole + "\n" + pieces);
  return 0;
}
