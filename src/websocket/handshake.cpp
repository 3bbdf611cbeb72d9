#include "websocket/handshake.hpp"

#include <openssl/rand.h>
#include <openssl/sha.h>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/base64.hpp"
#include "base/letter_case.hpp"
#include "base/printable.hpp"
#include "websocket/http_words.hpp"

namespace audio_stream::websocket {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kKeyBytes = 16;
constexpr std::size_t kMostShownBody = 200;
constexpr std::size_t kMostShownLocation = 1024;
constexpr std::size_t kMostShownWords = 64;
constexpr int kSwitchingProtocols = 101;

std::string_view as_text(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// RFC 6455, 4.1. Without randomness the key is all zeros. Such a nonce repeats, but still shows
/// that the server read this request.
std::string make_key() {
  std::array<unsigned char, kKeyBytes> key{};
  RAND_bytes(key.data(), key.size());
  return base::encode_base64(as_text(key.data(), key.size()));
}

/// RFC 6455, 4.2.2.
std::string accept_for(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return base::encode_base64(as_text(digest.data(), digest.size()));
}

bool is_reserved(std::string_view name) {
  constexpr std::array<std::string_view, 9> kNames{"host",
                                                   "connection",
                                                   "upgrade",
                                                   "content-length",
                                                   "transfer-encoding",
                                                   "sec-websocket-key",
                                                   "sec-websocket-version",
                                                   "sec-websocket-accept",
                                                   "sec-websocket-extensions"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view own) { return base::equals_ignoring_case(own, name); });
}

bool is_subprotocol_header(std::string_view name) {
  return base::equals_ignoring_case(name, "sec-websocket-protocol");
}

std::string joined(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

/// The headers to send: of each name, the last one.
std::vector<std::pair<std::string, std::string>> chosen_headers(const UpgradeRequest& request) {
  std::vector<std::pair<std::string, std::string>> chosen;
  for (const auto& header : request.headers) {
    const std::string_view name = header.first;
    if (is_reserved(name)) continue;
    if (is_subprotocol_header(name) && !request.subprotocols.empty()) continue;
    std::erase_if(chosen,
                  [&](const auto& other) { return base::equals_ignoring_case(other.first, name); });
    chosen.push_back(header);
  }
  return chosen;
}

}  // namespace

/// An HTTP answer as it arrives: its header section and the beginning of its body.
class ClientHandshake::Answer {
 public:
  using Message = http::response_parser<http::buffer_body>::value_type;

  Answer() { begin(); }

  /// Takes the next bytes. Returns how many of them belong to the answer.
  std::size_t take(std::span<const std::byte> bytes) {
    const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    unread_ += text;
    while (!over_ && !failed() && parse()) {
    }
    // Bytes after the header section of an answer without a body do not belong to the answer.
    return over_ && parser_->is_done() ? bytes.size() - std::min(unread_.size(), bytes.size())
                                       : bytes.size();
  }

  void end() noexcept { over_ = parser_->is_header_done(); }

  [[nodiscard]] bool has_head() const noexcept { return parser_->is_header_done(); }
  [[nodiscard]] bool over() const noexcept { return over_; }
  [[nodiscard]] bool failed() const noexcept { return !why_.empty(); }
  [[nodiscard]] const std::string& why() const noexcept { return why_; }
  /// The beginning of an answer that is not HTTP; empty if it is HTTP.
  [[nodiscard]] std::string_view non_http_beginning() const noexcept {
    return not_http_ ? std::string_view{unread_} : std::string_view{};
  }

  [[nodiscard]] const Message& message() const { return parser_->get(); }
  [[nodiscard]] int status() const { return static_cast<int>(message().result_int()); }
  [[nodiscard]] std::string_view body() const {
    return std::string_view{body_.data(), body_.size()}.substr(0, body_.size() - room());
  }

  /// The values of a header that may occur several times, as one list; nullopt if it does not
  /// occur.
  [[nodiscard]] std::optional<std::string> list(http::field name) const {
    const auto found = message().equal_range(name);
    if (found.first == found.second) return std::nullopt;
    std::string list;
    for (auto at = found.first; at != found.second; ++at) {
      if (at != found.first) list += ", ";
      list += std::string_view{at->value().data(), at->value().size()};
    }
    return list;
  }

  [[nodiscard]] std::string_view value(http::field name) const {
    const auto value = message()[name];
    return {value.data(), value.size()};
  }

 private:
  void begin() {
    parser_.emplace();
    parser_->eager(true);
    parser_->header_limit(kMostHeaderBytes);
    parser_->body_limit(boost::none);
    parser_->get().body().data = body_.data();
    parser_->get().body().size = body_.size();
  }

  [[nodiscard]] std::size_t room() const { return parser_->get().body().size; }

  /// True if there is more to parse.
  bool parse() {
    if (!has_head() && !is_header_complete()) return false;
    error_code error;
    unread_.erase(0, parser_->put(boost::asio::buffer(unread_), error));
    if (!has_head()) {
      why_ = "its header is malformed (" + error.message() + ")";
      return false;
    }
    if (parser_->is_done() && is_interim()) {
      begin();
      return !unread_.empty();
    }
    // A body that is broken, or longer than what is shown, counts as complete.
    over_ = parser_->is_done() || room() == 0 || (error && error != http::error::need_more) ||
            unread_.size() > kMostHeaderBytes;
    return false;
  }

  /// Beast gets the header section as a whole, so its result does not depend on how the bytes were
  /// split.
  bool is_header_complete() {
    constexpr std::string_view kBegin = "HTTP/1.";
    constexpr std::string_view kEnd = "\r\n\r\n";
    const std::size_t known = std::min(unread_.size(), kBegin.size());
    if (unread_.compare(0, known, kBegin, 0, known) != 0) {
      why_ = "it is not HTTP/1; it begins with ";
      not_http_ = true;
      return false;
    }
    const std::size_t found = unread_.find(kEnd, searched_);
    const bool there = found != std::string::npos;
    const std::size_t bytes = there ? found + kEnd.size() : unread_.size();
    if (head_bytes_ + bytes > kMostHeaderBytes) {
      why_ = "its header has more than " + std::to_string(kMostHeaderBytes) + " bytes";
      return false;
    }
    if (there) head_bytes_ += bytes;
    searched_ = there ? 0 : bytes - std::min(bytes, kEnd.size() - 1);
    return there;
  }

  /// RFC 9110, 15.2: a client must accept interim answers even if it did not ask for them.
  [[nodiscard]] bool is_interim() const {
    return status() / 100 == 1 && status() != kSwitchingProtocols;
  }

  std::optional<http::response_parser<http::buffer_body>> parser_;
  std::array<char, std::size_t{1024}> body_{};
  std::string unread_;
  std::string why_;             // why the answer is invalid; empty if it is not
  bool not_http_ = false;       // the answer is not HTTP
  std::size_t head_bytes_ = 0;  // of the header sections of this answer and the interim ones
  std::size_t searched_ = 0;    // bytes of unread_ searched for the end of a header section
  bool over_ = false;
};

ClientHandshake::ClientHandshake(const UpgradeRequest& request)
    : hide_secrets_{request.hide_secrets},
      subprotocols_{request.subprotocols},
      deflate_{request.deflate},
      answer_{std::make_unique<Answer>()} {
  const std::string key = make_key();
  accept_ = accept_for(key);
  request_ = "GET " + request.target + " HTTP/1.1\r\nHost: " + request.host +
             "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key +
             "\r\nSec-WebSocket-Version: 13\r\n";
  const auto add = [this](std::string_view name, std::string_view value) {
    request_.append(name).append(": ").append(value).append("\r\n");
  };
  const std::string_view offer = offer_text(deflate_);
  if (!offer.empty()) add("Sec-WebSocket-Extensions", offer);
  for (const auto& [name, value] : chosen_headers(request)) {
    add(name, value);
    subprotocol_unchecked_ = subprotocol_unchecked_ || is_subprotocol_header(name);
  }
  if (!subprotocols_.empty()) add("Sec-WebSocket-Protocol", joined(subprotocols_));
  request_ += "\r\n";
}

ClientHandshake::~ClientHandshake() = default;

ClientHandshake::Step ClientHandshake::feed(std::span<const std::byte> bytes) {
  const std::size_t consumed = answer_->take(bytes);
  if (answer_->failed()) {
    std::string what = "is not a WebSocket handshake: " + answer_->why();
    if (const auto beginning = answer_->non_http_beginning(); !beginning.empty()) {
      what += "\"" + shown(beginning, kMostShownWords) + "\"";
    }
    return {bytes.size(), Malformed{0, std::move(what), false}};
  }
  if (!answer_->over()) return {bytes.size(), NeedMore{}};
  return {consumed, judge()};
}

bool ClientHandshake::refusing() const noexcept {
  return answer_->has_head() && !answer_->over();
}

ClientHandshake::Outcome ClientHandshake::end() {
  answer_->end();
  if (!answer_->over()) return NeedMore{};
  return judge();
}

/// RFC 6455, 4.1.
ClientHandshake::Outcome ClientHandshake::judge() const {
  const auto& message = answer_->message();
  const int status = answer_->status();
  if (status != kSwitchingProtocols) return refusal();
  const auto malformed = [&](std::string what) {
    return Malformed{status, std::move(what), false};
  };
  const auto no_handshake = [&](const char* why) {
    return malformed(std::string{"is not a WebSocket handshake: "} + why);
  };
  if (message.version() < 11) return no_handshake("it is HTTP/1.0");
  if (!has_word(answer_->list(http::field::upgrade).value_or(""), "websocket")) {
    return no_handshake("it has no \"Upgrade: websocket\"");
  }
  if (!has_word(answer_->list(http::field::connection).value_or(""), "upgrade")) {
    return no_handshake("it has no \"Connection: Upgrade\"");
  }
  const auto accept = answer_->list(http::field::sec_websocket_accept);
  if (!accept) return no_handshake("it has no Sec-WebSocket-Accept");
  if (*accept != accept_) {
    return no_handshake("its Sec-WebSocket-Accept does not match our key");
  }
  Accepted accepted;
  const auto extensions = answer_->list(http::field::sec_websocket_extensions);
  if (extensions && !extensions->empty()) {
    auto agreed = read_deflate_answer(deflate_, *extensions);
    if (!agreed) {  // the error quotes the answer, so secrets are hidden first
      const auto hiding = read_deflate_answer(deflate_, hidden(*extensions));
      return Malformed{status, hiding ? hidden(agreed.error()) : hiding.error(), true};
    }
    accepted.deflate = *agreed;
  }
  if (const auto answers = message.count(http::field::sec_websocket_protocol); answers > 0) {
    accepted.subprotocol = answer_->value(http::field::sec_websocket_protocol);
    const bool offered =
        subprotocol_unchecked_ || std::find(subprotocols_.begin(), subprotocols_.end(),
                                            accepted.subprotocol) != subprotocols_.end();
    if (answers > 1 || !offered) {
      return malformed("chose the subprotocol \"" + shown(accepted.subprotocol, kMostShownWords) +
                       "\"; it must be exactly one of the names offered");
    }
  }
  return accepted;
}

ClientHandshake::Outcome ClientHandshake::refusal() const {
  const auto& message = answer_->message();
  const auto reason = message.reason();
  Refused refused;
  refused.status = answer_->status();
  refused.minor_version = message.version() == 10 ? 0 : 1;
  refused.reason = shown({reason.data(), reason.size()}, kMostShownBody);
  refused.body = shown(answer_->body(), kMostShownBody);
  if (refused.status / 100 == 3) {
    refused.location = shown(answer_->value(http::field::location), kMostShownLocation);
  }
  return refused;
}

/// A text of the server's, made fit to show. Secrets are hidden before the text is cut: a cut
/// secret would not be found.
std::string ClientHandshake::shown(std::string_view text, std::size_t most) const {
  return base::one_line(hidden(text), most);
}

std::string ClientHandshake::hidden(std::string_view text) const {
  return hide_secrets_ ? hide_secrets_(text) : std::string{text};
}

}  // namespace audio_stream::websocket
