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

/// What is asked of a server. All of it can be sent as it stands: `host` and `target` hold no blank
/// and no control character, names of headers and subprotocols are tokens (RFC 9110, 5.6.2), and
/// values hold no control character but tabs.
struct UpgradeRequest {
  std::string host;    ///< "example.com" or "example.com:8080"
  std::string target;  ///< path and query: "/stream?x=1"
  /// In this order. A name that comes again, in whatever case, replaces the one before. Names that
  /// belong to the handshake (Host, Upgrade, Connection, Content-Length, Transfer-Encoding,
  /// Sec-WebSocket-Key, -Version, -Accept, -Extensions) are left out. `subprotocols` replace a
  /// Sec-WebSocket-Protocol. If there are none, that header goes out as it is, and what the server
  /// takes of it is not checked.
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::string> subprotocols;  ///< in order of preference
  DeflateOffer deflate = DeflateOffer::none;
  /// Takes what nobody may see out of a text of the server's. An outcome quotes the server only
  /// through it, and cuts a text after it. If it is empty, texts stay as they are.
  std::function<std::string(std::string_view)> hide_secrets;
};

/// The answer is not complete.
struct NeedMore {};

/// The connection stands. What follows the answer are frames.
struct Accepted {
  std::optional<DeflateParameters> deflate;  ///< agreed upon, if any
  std::string subprotocol;                   ///< empty if the server took none
};

/// HTTP, but not the status 101.
struct Refused {
  int status = 0;         ///< 200 to 599
  int minor_version = 1;  ///< of HTTP: 1 for HTTP/1.1, 0 for HTTP/1.0
  std::string reason;     ///< the phrase after the status
  /// The beginning of the body, at most 200 bytes, on one line: each run of blanks and control
  /// characters is one blank, and it is UTF-8.
  std::string body;
  std::string location;  ///< of a redirect (3xx), made printable likewise; empty if there is none
};

/// The answer breaks a rule.
struct Malformed {
  int status = 0;           ///< of HTTP, if it got as far
  std::string what;         ///< for people, on one line, to stand after "The answer of <URL> "
  bool of_deflate = false;  ///< it is about compression: with another offer it may be right
};

/// The client's side of the opening handshake (RFC 6455, 4.1). It does no input or output itself.
class ClientHandshake {
 public:
  /// Of the answer's head; more is malformed.
  static constexpr std::size_t kMostHeaderBytes = std::size_t{16} * 1024;

  /// Makes the key.
  explicit ClientHandshake(const UpgradeRequest& request);
  ~ClientHandshake();
  ClientHandshake(const ClientHandshake&) = delete;
  ClientHandshake& operator=(const ClientHandshake&) = delete;

  /// What to send. It holds secrets.
  [[nodiscard]] const std::string& request() const noexcept { return request_; }

  using Outcome = std::variant<NeedMore, Accepted, Refused, Malformed>;
  struct Step {
    std::size_t consumed = 0;  ///< of `bytes`; all of them unless the outcome is Accepted
    Outcome outcome;
  };

  /// Takes the next bytes of the answer. Once the outcome is another than NeedMore it is not called
  /// again.
  [[nodiscard]] Step feed(std::span<const std::byte> bytes);

  /// The head of a refusal came, and its body did not end yet. The body only explains: a caller
  /// gives it little time, and calls end() then.
  [[nodiscard]] bool refusing() const noexcept;

  /// No more bytes come: the server closed the connection, or the deadline is over. A refusal whose
  /// head is known is Refused, with as much of the body as came; NeedMore if not even that.
  [[nodiscard]] Outcome end();

 private:
  class Answer;  // of HTTP

  [[nodiscard]] Outcome judge() const;
  [[nodiscard]] Outcome refusal() const;
  [[nodiscard]] std::string shown(std::string_view text, std::size_t most) const;
  [[nodiscard]] std::string hidden(std::string_view text) const;

  const std::function<std::string(std::string_view)> hide_secrets_;
  std::string request_;
  std::string accept_;                     // the one right Sec-WebSocket-Accept
  std::vector<std::string> subprotocols_;  // as offered
  bool subprotocol_unchecked_ = false;     // a header offers them
  DeflateOffer deflate_;
  std::unique_ptr<Answer> answer_;
};

}  // namespace audio_stream::websocket
