#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "websocket/deflate.hpp"
#include "websocket/deflate_offer.hpp"

namespace audio_stream::websocket {

/// The request to a server. Every part can be sent unchanged: `host` and `target` hold no blank and
/// no control character, names of headers and subprotocols are tokens (RFC 9110, 5.6.2), and values
/// hold no control character but tabs.
struct UpgradeRequest {
  std::string host;    ///< "example.com" or "example.com:8080"
  std::string target;  ///< path and query: "/stream?x=1"
  /// Sent in this order. A later header replaces an earlier one of the same name, in any letter
  /// case. Names that belong to the handshake (Host, Upgrade, Connection, Content-Length,
  /// Transfer-Encoding, Sec-WebSocket-Key, -Version, -Accept, -Extensions) are left out.
  /// `subprotocols` replace a Sec-WebSocket-Protocol header. Without `subprotocols` that header is
  /// sent unchanged, and the server's choice is not checked.
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::string> subprotocols;  ///< in order of preference
  DeflateOffer deflate = DeflateOffer::none;
  /// Removes secrets from a text of the server's. An outcome quotes the server only through it, and
  /// cuts a text only afterwards. If it is empty, texts stay unchanged.
  std::function<std::string(std::string_view)> hide_secrets;
};

/// The answer is incomplete.
struct NeedMore {};

/// The connection is open. Frames follow the answer.
struct Accepted {
  std::optional<DeflateParameters> deflate;  ///< as negotiated, if at all
  std::string subprotocol;                   ///< the server's choice; empty if it chose none
};

/// The answer is HTTP, but its status is not 101.
struct Refused {
  int status = 0;         ///< 200 to 599
  int minor_version = 1;  ///< of HTTP: 1 for HTTP/1.1, 0 for HTTP/1.0
  std::string reason;     ///< the phrase after the status
  /// The beginning of the body, at most 200 bytes of UTF-8 on one line: each run of blanks and
  /// control characters is one blank.
  std::string body;
  std::string location;  ///< of a redirect (3xx), made printable likewise; empty if none
};

/// The answer violates the protocol.
struct Malformed {
  int status = 0;           ///< of HTTP; 0 if the answer has none
  std::string what;         ///< for people, on one line, to follow "The answer of <URL> "
  bool of_deflate = false;  ///< the fault is in compression; another offer may help
};

/// The client's side of the opening handshake (RFC 6455, 4.1), without I/O.
class ClientHandshake {
 public:
  /// Limit of the answer's header section. A longer one is malformed.
  static constexpr std::size_t kMostHeaderBytes = std::size_t{16} * 1024;

  /// Generates the key.
  explicit ClientHandshake(const UpgradeRequest& request);
  ~ClientHandshake();
  ClientHandshake(const ClientHandshake&) = delete;
  ClientHandshake& operator=(const ClientHandshake&) = delete;

  /// The bytes to send. They hold secrets.
  [[nodiscard]] const std::string& request() const noexcept { return request_; }

  using Outcome = std::variant<NeedMore, Accepted, Refused, Malformed>;
  struct Step {
    std::size_t consumed = 0;  ///< of `bytes`; all of them unless the outcome is Accepted
    Outcome outcome;
  };

  /// Takes the next bytes of the answer. After an outcome other than NeedMore, do not call it
  /// again.
  [[nodiscard]] Step feed(std::span<const std::byte> bytes);

  /// True if the header section of a refusal has arrived and its body is not complete. The body
  /// only explains the refusal: a caller gives it little time, then calls end().
  [[nodiscard]] bool refusing() const noexcept;

  /// No more bytes come: the server closed the connection, or the deadline passed. Refused, with
  /// the body so far, if the header section of a refusal has arrived; otherwise NeedMore.
  [[nodiscard]] Outcome end();

 private:
  class Answer;  // the HTTP answer

  [[nodiscard]] Outcome judge() const;
  [[nodiscard]] Outcome refusal() const;
  [[nodiscard]] std::string shown(std::string_view text, std::size_t most) const;
  [[nodiscard]] std::string hidden(std::string_view text) const;

  const std::function<std::string(std::string_view)> hide_secrets_;
  std::string request_;
  std::string accept_;                     // the only valid Sec-WebSocket-Accept
  std::vector<std::string> subprotocols_;  // as offered
  bool subprotocol_unchecked_ = false;     // a header offers the subprotocols
  DeflateOffer deflate_;
  std::unique_ptr<Answer> answer_;
};

}  // namespace audio_stream::websocket
