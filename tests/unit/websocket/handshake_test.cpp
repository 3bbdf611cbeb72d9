#include "websocket/handshake.hpp"

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64.hpp"

namespace audio_stream::websocket {
namespace {

using Outcome = ClientHandshake::Outcome;

/// The value of a header in a request. None unless it occurs exactly once.
std::optional<std::string> header_in(const std::string& request, const std::string& name) {
  const std::string begin = "\r\n" + name + ": ";
  const std::size_t at = request.find(begin);
  if (at == std::string::npos || request.find(begin, at + 1) != std::string::npos) {
    return std::nullopt;
  }
  const std::size_t value = at + begin.size();
  return request.substr(value, request.find("\r\n", value) - value);
}

std::string right_accept(const ClientHandshake& handshake) {
  const std::string text = header_in(handshake.request(), "Sec-WebSocket-Key").value_or("") +
                           "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return base::encode_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

/// A correct answer with additional headers. "$accept" in them stands for the accept of the key.
std::string answer_to(const ClientHandshake& handshake, const std::string& more = {}) {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         right_accept(handshake) + "\r\n" + more + "\r\n";
}

std::span<const std::byte> answer_bytes(std::string_view text) {
  return std::as_bytes(std::span{text});
}

struct Came {
  Outcome outcome;
  std::size_t consumed = 0;
};

/// Feeds `answer` in pieces of that size.
Came feed(ClientHandshake& handshake, std::string_view answer, std::size_t piece) {
  std::size_t consumed = 0;
  while (consumed < answer.size()) {
    auto step = handshake.feed(answer_bytes(answer.substr(consumed, piece)));
    consumed += step.consumed;
    if (!std::holds_alternative<NeedMore>(step.outcome)) return {std::move(step.outcome), consumed};
  }
  return {NeedMore{}, consumed};
}

std::string shown(const Outcome& outcome) {
  if (const auto* accepted = std::get_if<Accepted>(&outcome)) {
    std::string text = "accepted " + accepted->subprotocol;
    if (const auto& deflate = accepted->deflate) {
      text += " deflate " + std::to_string(deflate->client_max_window_bits) + ' ' +
              std::to_string(deflate->server_max_window_bits);
      if (deflate->client_no_context_takeover) text += " client_no_context_takeover";
      if (deflate->server_no_context_takeover) text += " server_no_context_takeover";
    }
    return text;
  }
  if (const auto* refused = std::get_if<Refused>(&outcome)) {
    return "refused HTTP/1." + std::to_string(refused->minor_version) + ' ' +
           std::to_string(refused->status) + " (" + refused->reason + ") body: " + refused->body +
           (refused->location.empty() ? "" : " location: " + refused->location);
  }
  if (const auto* malformed = std::get_if<Malformed>(&outcome)) {
    return std::to_string(malformed->status) + ' ' + malformed->what;
  }
  return "need more";
}

UpgradeRequest request_with(DeflateOffer deflate, std::vector<std::string> subprotocols = {}) {
  return {.host = "example.com",
          .target = "/",
          .headers = {},
          .subprotocols = std::move(subprotocols),
          .deflate = deflate,
          .hide_secrets = {}};
}

/// The result of an answer with `more` headers, the same for every size of pieces.
std::string outcome_of(const UpgradeRequest& request, const std::string& more) {
  std::string first;
  for (const std::size_t piece : {100'000U, 1U, 7U, 64U}) {
    ClientHandshake handshake{request};
    const std::string frames = "\x81\x02hi\x89";
    const std::string answer = answer_to(handshake, more);
    const Came came = feed(handshake, answer + frames, piece);
    const std::string now = shown(came.outcome);
    if (first.empty()) first = now;
    EXPECT_EQ(now, first) << "in pieces of " << piece;
    if (now.starts_with("accepted")) {
      EXPECT_EQ(came.consumed, answer.size()) << "frames follow";
    }
  }
  return first;
}

/// The result of a complete answer that needs no accept.
std::string outcome_of_answer(const std::string& answer, bool ends = false) {
  std::string first;
  for (const std::size_t piece : {100'000U, 1U, 7U, 64U}) {
    ClientHandshake handshake{request_with(DeflateOffer::none)};
    Outcome outcome = feed(handshake, answer, piece).outcome;
    if (ends && std::holds_alternative<NeedMore>(outcome)) outcome = handshake.end();
    if (first.empty()) first = shown(outcome);
    EXPECT_EQ(shown(outcome), first) << "in pieces of " << piece;
  }
  return first;
}

TEST(ClientHandshakeRequest, IsThatOfTheRfc) {
  const ClientHandshake handshake{{.host = "example.com:8080",
                                   .target = "/stream?x=1",
                                   .headers = {{"User-Agent", "us/1"}, {"X-One", "1"}},
                                   .subprotocols = {"b", "a"},
                                   .deflate = DeflateOffer::none,
                                   .hide_secrets = {}}};
  const std::string& request = handshake.request();
  EXPECT_TRUE(request.starts_with("GET /stream?x=1 HTTP/1.1\r\n"));
  EXPECT_TRUE(request.ends_with("\r\n\r\n"));
  EXPECT_EQ(header_in(request, "Host"), "example.com:8080");
  EXPECT_EQ(header_in(request, "Upgrade"), "websocket");
  EXPECT_EQ(header_in(request, "Connection"), "Upgrade");
  EXPECT_EQ(header_in(request, "Sec-WebSocket-Version"), "13");
  EXPECT_EQ(header_in(request, "Sec-WebSocket-Protocol"), "b, a");
  EXPECT_EQ(header_in(request, "User-Agent"), "us/1");
  EXPECT_EQ(header_in(request, "X-One"), "1");
  EXPECT_EQ(header_in(request, "Sec-WebSocket-Extensions"), std::nullopt);
  const auto key = base::decode_base64(header_in(request, "Sec-WebSocket-Key").value_or(""));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->size(), 16U);
}

TEST(ClientHandshakeRequest, HasANewKeyEachTime) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    seen.insert(ClientHandshake{request_with(DeflateOffer::none)}.request());
  }
  EXPECT_EQ(seen.size(), 100U);
}

TEST(ClientHandshakeRequest, OffersCompressionAsConfigured) {
  const auto offer = [](DeflateOffer deflate) {
    return header_in(ClientHandshake{request_with(deflate)}.request(), "Sec-WebSocket-Extensions");
  };
  EXPECT_EQ(offer(DeflateOffer::none), std::nullopt);
  EXPECT_EQ(offer(DeflateOffer::bare), "permessage-deflate");
  EXPECT_EQ(offer(DeflateOffer::full),
            "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12");
}

TEST(ClientHandshakeRequest, ALaterHeaderReplacesAnEarlierOneButNoneOfTheHandshake) {
  UpgradeRequest request = request_with(DeflateOffer::none, {"ours"});
  request.headers = {{"User-Agent", "us/1"},
                     {"Authorization", "Basic x"},
                     {"user-agent", "theirs"},
                     {"HOST", "elsewhere"},
                     {"upgrade", "h2c"},
                     {"Connection", "close"},
                     {"Content-Length", "7"},
                     {"Transfer-Encoding", "chunked"},
                     {"sec-websocket-key", "x"},
                     {"Sec-WebSocket-Version", "8"},
                     {"Sec-WebSocket-Accept", "x"},
                     {"Sec-WebSocket-Extensions", "x-one"},
                     {"sec-websocket-protocol", "theirs"}};
  const std::string text = ClientHandshake{request}.request();
  EXPECT_EQ(header_in(text, "user-agent"), "theirs");
  EXPECT_EQ(header_in(text, "Authorization"), "Basic x");
  EXPECT_EQ(header_in(text, "Sec-WebSocket-Protocol"), "ours");
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = text.find("\r\n", at)) != std::string::npos; ++at) ++lines;
  EXPECT_EQ(lines, 1U + 5 + 2 + 1 + 1) << text;
}

TEST(ClientHandshakeAnswer, IsAccepted) {
  const auto plain = request_with(DeflateOffer::none);
  EXPECT_EQ(outcome_of(plain, ""), "accepted ");
  EXPECT_EQ(outcome_of(plain, "Server: x\r\nDate: today\r\n"), "accepted ");
  EXPECT_EQ(outcome_of(plain, "Sec-WebSocket-Extensions:\r\n"), "accepted ");
}

/// Hides a word that is longer than the quoted part of a server's text.
std::string hide_long_word(std::string_view text) {
  std::string out{text};
  const std::string word(400, 's');
  for (auto at = out.find(word); at != std::string::npos; at = out.find(word)) {
    out.replace(at, word.size(), "HIDDEN");
  }
  return out;
}

// A word that was cut before would not be found.
TEST(ClientHandshakeAnswer, SecretsAreHiddenBeforeTheAnswerIsCut) {
  const std::string word(400, 's');
  for (const std::string& more :
       {"Sec-WebSocket-Protocol: x-" + word + "\r\n", "Sec-WebSocket-Extensions: " + word + "\r\n",
        "Sec-WebSocket-Extensions: permessage-deflate; " + word + "=1\r\n",
        "Sec-WebSocket-Extensions: permessage-deflate, " + word + "\r\n"}) {
    UpgradeRequest request = request_with(DeflateOffer::full, {"ours"});
    request.hide_secrets = hide_long_word;
    const std::string outcome = outcome_of(request, more);
    EXPECT_EQ(outcome.find("sss"), std::string::npos) << outcome;
    EXPECT_NE(outcome.find("HIDDEN"), std::string::npos) << outcome;
  }
}

TEST(ClientHandshakeAnswer, TheCaseOfItsWordsDoesNotMatter) {
  ClientHandshake handshake{request_with(DeflateOffer::none)};
  EXPECT_EQ(shown(feed(handshake,
                       "HTTP/1.1 101 whatever\r\nUPGRADE: WebSocket\r\n"
                       "connection: keep-alive, upgrade\r\nSEC-WEBSOCKET-ACCEPT:  " +
                           right_accept(handshake) + " \r\n\r\n",
                       1000)
                      .outcome),
            "accepted ");
}

TEST(ClientHandshakeAnswer, AWrongAcceptIsMalformed) {
  const std::string why =
      "101 is not a WebSocket handshake: its Sec-WebSocket-Accept does not match our key";
  const auto with = [](const std::string& accept) {
    return "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           accept + "\r\n\r\n";
  };
  EXPECT_EQ(outcome_of_answer(with("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")), why);
  EXPECT_EQ(outcome_of_answer(with("")), why);
  EXPECT_EQ(outcome_of(request_with(DeflateOffer::none), "Sec-WebSocket-Accept: another\r\n"), why);
  ClientHandshake handshake{request_with(DeflateOffer::none)};
  std::string accept = right_accept(handshake);
  for (char& c : accept) {  // base64 is case-sensitive
    if (c >= 'a' && c <= 'z') {
      c = static_cast<char>(c - 'a' + 'A');
      break;
    }
  }
  EXPECT_EQ(shown(feed(handshake, with(accept), 1000).outcome), why);
}

TEST(ClientHandshakeAnswer, AMissingHeaderIsNamed) {
  const std::string begin = "101 is not a WebSocket handshake: ";
  EXPECT_EQ(outcome_of_answer("HTTP/1.1 101 x\r\nConnection: Upgrade\r\n\r\n"),
            begin + "it has no \"Upgrade: websocket\"");
  EXPECT_EQ(outcome_of_answer("HTTP/1.1 101 x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
            begin + "it has no \"Upgrade: websocket\"");
  EXPECT_EQ(outcome_of_answer("HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n"),
            begin + "it has no \"Connection: Upgrade\"");
  EXPECT_EQ(
      outcome_of_answer("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
      begin + "it has no Sec-WebSocket-Accept");
  EXPECT_EQ(outcome_of_answer("HTTP/1.0 101 x\r\nUpgrade: websocket\r\n\r\n"),
            begin + "it is HTTP/1.0");
}

TEST(ClientHandshakeAnswer, AnAnswerThatIsNotHttpIsReportedWithItsFirstBytes) {
  ClientHandshake handshake{request_with(DeflateOffer::none)};
  EXPECT_EQ(
      shown(feed(handshake, "SSH-2.0-OpenSSH_9.2\r\n", 1000).outcome),
      "0 is not a WebSocket handshake: it is not HTTP/1; it begins with \"SSH-2.0-OpenSSH_9.2\"");
  ClientHandshake second{request_with(DeflateOffer::none)};
  EXPECT_EQ(shown(feed(second, "HTTP/2", 1).outcome),
            "0 is not a WebSocket handshake: it is not HTTP/1; it begins with \"HTTP/2\"");
  EXPECT_TRUE(outcome_of_answer("HTTP/1.1 101 x\r\nno header\r\n\r\n")
                  .starts_with("0 is not a WebSocket handshake: its header is malformed"));
  EXPECT_TRUE(outcome_of_answer("HTTP/1.1 abc\r\n\r\n")
                  .starts_with("0 is not a WebSocket handshake: its header is malformed"));
}

TEST(ClientHandshakeAnswer, ItsHeadIsBounded) {
  const std::string why = "0 is not a WebSocket handshake: its header has more than 16384 bytes";
  std::string headers;
  for (int i = 0; i < 2000; ++i) headers += "X-Filler-" + std::to_string(i) + ": x\r\n";
  EXPECT_EQ(outcome_of_answer("HTTP/1.1 101 x\r\n" + headers), why);
  EXPECT_EQ(outcome_of_answer("HTTP/1.1 101 x\r\n" + headers + "\r\n"), why);
  EXPECT_EQ(outcome_of_answer("HTTP/1.1 " + std::string(20'000, ' ')), why);
  EXPECT_EQ(outcome_of(request_with(DeflateOffer::none), "X: " + std::string(15'000, 'x') + "\r\n"),
            "accepted ");
}

TEST(ClientHandshakeAnswer, PreliminaryAnswersAreSkipped) {
  const std::string early = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
  ClientHandshake handshake{request_with(DeflateOffer::none)};
  const std::string answer = "HTTP/1.1 100 Continue\r\n\r\n" + early + answer_to(handshake);
  const Came came = feed(handshake, answer + "\x81", 10'000);
  EXPECT_EQ(shown(came.outcome), "accepted ");
  EXPECT_EQ(came.consumed, answer.size());
  std::string endless;
  while (endless.size() < 20'000) endless += early;
  EXPECT_EQ(outcome_of_answer(endless),
            "0 is not a WebSocket handshake: its header has more than 16384 bytes");
}

TEST(ClientHandshakeRefusal, IsTheStatusAndTheBeginningOfTheBody) {
  EXPECT_EQ(outcome_of_answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 12\r\n\r\nno such\r\nkey"),
            "refused HTTP/1.1 403 (Forbidden) body: no such key");
  EXPECT_EQ(outcome_of_answer("HTTP/1.0 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"),
            "refused HTTP/1.0 503 (Service Unavailable) body: ");
  EXPECT_EQ(outcome_of_answer("HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "5\r\nbad w\r\n6;x=y\r\nindow \r\n4\r\nbits\r\n0\r\n\r\n"),
            "refused HTTP/1.1 400 (Bad Request) body: bad window bits");
  EXPECT_EQ(outcome_of_answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
            "refused HTTP/1.1 200 (OK) body: hello");
}

TEST(ClientHandshakeRefusal, ALongBodyIsReadUpTo200Bytes) {
  const std::string begin = "refused HTTP/1.1 500 (x) body: ";
  EXPECT_EQ(outcome_of_answer("HTTP/1.1 500 x\r\nContent-Length: 1000000\r\n\r\n" +
                              std::string(2000, 'y')),
            begin + std::string(200, 'y'));
  EXPECT_EQ(outcome_of_answer("HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n7D0\r\n" +
                              std::string(2000, 'y')),
            begin + std::string(200, 'y'));
}

TEST(ClientHandshakeRefusal, AnUnfinishedBodyIsReportedAtTheEnd) {
  const std::string unbounded = "HTTP/1.1 502 Bad Gateway\r\n\r\nupstream";
  EXPECT_EQ(outcome_of_answer(unbounded), "need more");
  EXPECT_EQ(outcome_of_answer(unbounded, true),
            "refused HTTP/1.1 502 (Bad Gateway) body: upstream");
  EXPECT_EQ(outcome_of_answer("HTTP/1.1 502 x\r\nContent-Length: 100\r\n\r\nhalf", true),
            "refused HTTP/1.1 502 (x) body: half");
  EXPECT_EQ(
      outcome_of_answer("HTTP/1.1 502 x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf", true),
      "refused HTTP/1.1 502 (x) body: half");
  EXPECT_EQ(outcome_of_answer("HTTP/1.1 502 Bad", true), "need more");
}

TEST(ClientHandshakeRefusal, ABrokenBodyIsReportedUpToTheError) {
  EXPECT_EQ(outcome_of_answer("HTTP/1.1 502 x\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "4\r\ngood\r\nzz\r\nbad",
                              true),
            "refused HTTP/1.1 502 (x) body: good");
}

TEST(ClientHandshakeRefusal, IsKnownOnceItsHeadIsComplete) {
  ClientHandshake handshake{request_with(DeflateOffer::none)};
  EXPECT_FALSE(handshake.refusing());
  static_cast<void>(handshake.feed(answer_bytes("HTTP/1.1 502 Bad Gateway\r\n")));
  EXPECT_FALSE(handshake.refusing());
  static_cast<void>(handshake.feed(answer_bytes("\r\n")));
  EXPECT_TRUE(handshake.refusing());
}

TEST(ClientHandshakeRefusal, ARedirectHasItsTarget) {
  EXPECT_EQ(outcome_of_answer("HTTP/1.1 301 Moved\r\nLocation: wss://example.com/b\r\n"
                              "Content-Length: 0\r\n\r\n"),
            "refused HTTP/1.1 301 (Moved) body:  location: wss://example.com/b");
}

TEST(ClientHandshakeSubprotocol, AnOfferedSubprotocolOrNoneIsAccepted) {
  const auto two = request_with(DeflateOffer::none, {"audio.v2", "audio.v1"});
  EXPECT_EQ(outcome_of(two, ""), "accepted ");
  EXPECT_EQ(outcome_of(two, "Sec-WebSocket-Protocol: audio.v1\r\n"), "accepted audio.v1");
  const auto wrong = [](const std::string& taken) {
    return "101 chose the subprotocol \"" + taken +
           "\"; it must be exactly one of the names offered";
  };
  EXPECT_EQ(outcome_of(two, "Sec-WebSocket-Protocol: other\r\n"), wrong("other"));
  EXPECT_EQ(outcome_of(two, "Sec-WebSocket-Protocol: AUDIO.v1\r\n"), wrong("AUDIO.v1"));
  EXPECT_EQ(outcome_of(two, "Sec-WebSocket-Protocol: audio.v1, audio.v2\r\n"),
            wrong("audio.v1, audio.v2"));
  EXPECT_EQ(outcome_of(two,
                       "Sec-WebSocket-Protocol: audio.v1\r\n"
                       "Sec-WebSocket-Protocol: audio.v1\r\n"),
            wrong("audio.v1"));
  EXPECT_EQ(outcome_of(request_with(DeflateOffer::none), "Sec-WebSocket-Protocol: any\r\n"),
            wrong("any"));
}

TEST(ClientHandshakeSubprotocol, SubprotocolsOfferedByAHeaderAreNotChecked) {
  auto request = request_with(DeflateOffer::none);
  request.headers = {{"Sec-WebSocket-Protocol", "token, 3f5a"}};
  EXPECT_EQ(header_in(ClientHandshake{request}.request(), "Sec-WebSocket-Protocol"), "token, 3f5a");
  EXPECT_EQ(outcome_of(request, "Sec-WebSocket-Protocol: any\r\n"), "accepted any");
}

std::string agreed(DeflateOffer offer, const std::string& extensions) {
  return outcome_of(request_with(offer), "Sec-WebSocket-Extensions: " + extensions + "\r\n");
}

// RFC 7692, 7.1.
TEST(ClientHandshakeDeflate, AnOfferedParameterIsAccepted) {
  for (const auto offer : {DeflateOffer::bare, DeflateOffer::full}) {
    EXPECT_EQ(agreed(offer, "permessage-deflate"), "accepted  deflate 15 15");
    EXPECT_EQ(agreed(offer, "permessage-deflate; server_no_context_takeover"),
              "accepted  deflate 15 15 server_no_context_takeover");
    EXPECT_EQ(agreed(offer,
                     "permessage-deflate;client_no_context_takeover ;"
                     "server_no_context_takeover"),
              "accepted  deflate 15 15 client_no_context_takeover server_no_context_takeover");
    EXPECT_EQ(agreed(offer, "permessage-deflate; server_max_window_bits=8"),
              "accepted  deflate 15 8");
    EXPECT_EQ(agreed(offer, "permessage-deflate; server_max_window_bits=\"12\""),
              "accepted  deflate 15 12");
  }
  EXPECT_EQ(agreed(DeflateOffer::bare, "permessage-deflate; server_max_window_bits=15"),
            "accepted  deflate 15 15");
  for (int bits = 8; bits <= 12; ++bits) {
    EXPECT_EQ(agreed(DeflateOffer::full,
                     "permessage-deflate; client_max_window_bits=" + std::to_string(bits)),
              "accepted  deflate " + std::to_string(bits) + " 15");
  }
}

TEST(ClientHandshakeDeflate, AParameterThatWasNotOfferedIsMalformed) {
  EXPECT_EQ(agreed(DeflateOffer::none, "permessage-deflate"),
            "101 agrees to the extension \"permessage-deflate\", which was not offered");
  EXPECT_EQ(agreed(DeflateOffer::full, "x-nobody-asked"),
            "101 agrees to the extension \"x-nobody-asked\", which was not offered");
  EXPECT_EQ(agreed(DeflateOffer::full, "permessage-deflate, permessage-deflate"),
            "101 agrees to more than was offered: \"permessage-deflate, permessage-deflate\"");
  EXPECT_EQ(agreed(DeflateOffer::full, "permessage-deflate\r\nSec-WebSocket-Extensions: x-two"),
            "101 agrees to more than was offered: \"permessage-deflate, x-two\"");
}

TEST(ClientHandshakeDeflate, AWrongParameterIsMalformed) {
  const auto is_wrong = [](DeflateOffer offer, const std::string& parameters) {
    const std::string outcome = agreed(offer, "permessage-deflate; " + parameters);
    EXPECT_TRUE(outcome.starts_with("101 agrees to compression with the wrong parameter"))
        << outcome << " of " << parameters;
  };
  for (const std::string bits :
       {"0", "7", "16", "08", "012", "+9", "9x", "", "-9", "99999999999"}) {
    is_wrong(DeflateOffer::full, "client_max_window_bits=" + bits);
    is_wrong(DeflateOffer::full, "server_max_window_bits=" + bits);
    is_wrong(DeflateOffer::bare, "server_max_window_bits=" + bits);
  }
  is_wrong(DeflateOffer::bare, "client_max_window_bits=9");
  for (const char* parameters :
       {"client_max_window_bits", "server_max_window_bits", "client_max_window_bits=13",
        "server_max_window_bits=13", "server_no_context_takeover=1",
        "client_no_context_takeover=true", "unknown", "unknown=1", "", ";",
        "server_no_context_takeover; server_no_context_takeover",
        "client_no_context_takeover; client_no_context_takeover",
        "server_max_window_bits=9; server_max_window_bits=9",
        "client_max_window_bits=9; client_max_window_bits=9", "server_max_window_bits=\"9",
        "server_max_window_bits=\"\\9\"", "SERVER_MAX_WINDOW_BITS=9"}) {
    is_wrong(DeflateOffer::full, parameters);
  }
  EXPECT_TRUE(agreed(DeflateOffer::full, "permessage-deflate client_max_window_bits=9")
                  .starts_with("101 agrees to more than was offered"));
}

}  // namespace
}  // namespace audio_stream::websocket
