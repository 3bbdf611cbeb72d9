// Checks each scenario of raw_server.py byte by byte. Every scenario has a case here; one without
// fails the test that compares the two lists.
#include <cctype>
#include <memory>
#include <ostream>
#include <set>

#include <gtest/gtest.h>

#include "scenario_checks.hpp"

namespace test {
namespace {

using namespace std::string_literals;

struct Case {
  std::string target;  // "name?parameters"
  Check check;

  [[nodiscard]] std::string name() const { return target.substr(0, target.find('?')); }
};

void PrintTo(const Case& one, std::ostream* out) {
  *out << one.target;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"tcp-silent", stays_silent()},
      {"tcp-close", ends_at_once(End::eof)},
      {"tcp-reset", ends_at_once(End::reset)},
      {"tcp-garbage",
       [](const Play& play) {
         EXPECT_EQ(play.client.read_rest(short_while).bytes,
                   "\x00\xff\x15\x03 this is no protocol of yours \r\n\r\n"s);
       }},
      {"tls-garbage",
       [](const Play& play) {
         play.expect_silence();
         play.client.send("\x16\x03\x01"s);
         EXPECT_EQ(play.client.read_exactly(4), "\x00\xff\x15\x03"s);
       }},
      {"tls-stall", stays_silent("\x16\x03\x01")},
      {"tls-close",
       [](const Play& play) {
         play.expect_silence();
         play.client.send("\x16\x03\x01"s);
         play.expect_end(End::eof);
       }},

      {"handshake-silent", answers("")},
      {"handshake-half-silent", check_half_then_silence},
      {"handshake-half-close", check_half_then_close},
      {"handshake-slow?ms=0.1", check_slow_handshake},
      {"handshake-wrong-accept",
       answers_but_for(std::string{RawClient::accept}, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")},
      {"handshake-no-accept",
       answers_but_for("Sec-WebSocket-Accept: " + std::string{RawClient::accept} + "\r\n")},
      {"handshake-no-upgrade", answers_but_for("Upgrade: websocket\r\n")},
      {"handshake-no-connection", answers_but_for("Connection: Upgrade\r\n")},
      {"handshake-garbage", answers("\x00\x01\x02 nothing of HTTP here \xff\xfe\r\n\r\n"s)},
      {"handshake-huge-header", check_huge_header},
      {"handshake-many-headers", check_many_headers},
      {"handshake-deflate-unasked", answers_also("Sec-WebSocket-Extensions: permessage-deflate")},
      {"handshake-extension-unknown", answers_also("Sec-WebSocket-Extensions: x-nobody-asked")},
      {"handshake-subprotocol-unasked", answers_also("Sec-WebSocket-Protocol: nobody-asked")},
      {"handshake-then-reset", check_reset_after_upgrade},
      {"handshake-then-fin", drops(End::eof)},
      {"handshake-with-text", check_text_in_same_segment},
      {"status", refuses("403 Forbidden")},
      {"at-first?play=status%3Fcode%3D503&case=a", refuses("503 Service Unavailable")},
      {"status?code=401", refuses("401 Unauthorized", "WWW-Authenticate: Basic realm=\"test\"")},
      {"status?code=404", refuses("404 Not Found")},
      {"status?code=408", refuses("408 Request Timeout")},
      {"status?code=429&retry_after=7", refuses("429 Too Many Requests", "Retry-After: 7")},
      {"status?code=500", refuses("500 Internal Server Error")},
      {"status?code=503&retry_after=2", refuses("503 Service Unavailable", "Retry-After: 2")},
      {"status?code=200", refuses("200 OK", "Connection: close")},
      {"redirect", refuses("302 Found", "Location: ws://127.0.0.1:9/elsewhere")},
      {"redirect?code=301&location=ws://x/y",
       refuses("301 Moved Permanently", "Location: ws://x/y")},
      {"status-endless-body",
       answers("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 1073741824\r\n\r\nwait")},

      {"close", closes_with("\x03\xe8")},
      {"close?code=1001&reason=going", closes_with("\x03\xe9going")},
      {"close?code=1006", closes_with("\x03\xee")},
      {"close?code=999", closes_with("\x03\xe7")},
      {"close?code=4000", closes_with("\x0f\xa0")},
      {"close-empty", closes_with("")},
      {"close-one-byte", closes_with("\x03")},
      {"close-bad-utf8", closes_with("\x03\xe8\xff\xfe\xc0")},
      {"close-too-long",
       [](const Play& play) {
         play.upgrade();
         EXPECT_EQ(play.client.read_exactly(4 + 126),
                   "\x88\x7e\x00\x7e\x03\xe8"s + std::string(124, 'r'));
       }},
      {"close-then-text", check_close_then_text},
      {"close-keep-tcp", check_close_keeps_tcp},
      {"close-unanswered", check_close_unanswered},
      {"close-answered-by-reset", check_close_answered_by_reset},
      {"close-after-binary?n=3&code=1012", check_close_after_binary},
      {"drop-after?ms=30", drops(End::reset)},
      {"drop-after?ms=30&how=fin", drops(End::eof)},
      {"drop-after-binary?n=2", drops(End::reset, 2)},
      {"drop-after-binary?n=2&how=fin", drops(End::eof, 2)},

      {"text?data=x%26y&n=2", sends("\x81\x03x&y\x81\x03x&y")},
      {"text-fragments", sends("\x01\x06hello \x89\x07"
                               "between"
                               "\x00\x0b"
                               "fragmented \x80\x05world"s)},
      {"text-fragments-utf8",
       sends("\x01\x01g\x00\x01r\x00\x01\xc3\x00\x01\xbc\x00\x01\xc3\x00\x01\x9f\x00\x01 "
             "\x00\x01\xe2\x00\x01\x82\x00\x01\xac\x00\x01 "
             "\x00\x01\xf0\x00\x01\x9f\x00\x01\x98\x80\x01\x80"s)},
      {"text-fragments-empty", sends("\x01\x00\x00\x05"
                                     "alive\x80\x00"s)},
      {"text-byte-by-byte", check_byte_by_byte},
      {"text-nul", sends("\x81\x0c"
                         "before\0after"s)},
      {"text-empty", sends("\x81\x00\x81\x05"
                           "alive"s)},
      {"binary-empty", sends("\x82\x00\x81\x05"
                             "alive"s)},
      {"binary?size=300", check_binary},
      {"text-largest", sends_large({0x81}, 16 * mebibyte)},
      {"pong-unsolicited", sends("\x8a\x07unasked\x81\x05"
                                 "alive")},
      {"ping-flood", check_ping_flood},
      {"text-oversized-announced", check_oversized_announced},
      {"text-oversized", sends_large({0x81}, 17 * mebibyte)},
      {"text-oversized-fragments",
       sends_large({0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80}, 17 * mebibyte)},
      {"binary-oversized", sends_large({0x82}, 17 * mebibyte)},
      {"text-invalid-utf8", sends("\x81\x0b"
                                  "bad \xc3( text")},
      {"text-truncated-utf8", sends("\x81\x07"
                                    "euro \xe2\x82")},
      {"text-truncated-utf8-fragments", sends("\x01\x07"
                                              "euro \xe2\x82\x80\x00"s)},
      {"text-truncated-utf8-garbage", sends("\x01\x07"
                                            "euro \xe2\x82\x80\x00\x80\x07garbage"s)},
      {"text-masked", sends("\x81\x86\x12\x34\x56\x78\x7f\x55\x25\x13\x77\x50")},
      {"opcode-unknown", sends("\x83\x0cwhat is this")},
      {"opcode-unknown?opcode=11", sends("\x8b\x0cwhat is this")},
      {"reserved-bits", sends("\xf1\x08reserved")},
      {"reserved-bits?bits=4", sends("\xc1\x08reserved")},
      {"continuation-first", sends("\x80\x07of what")},
      {"fragments-interleaved", sends("\x01\x06"
                                      "begun \x81\x0binterrupted")},
      {"fragment-unfinished", check_fragment_unfinished},
      {"ping-too-long", sends("\x89\x7e\x00\x7e"s + std::string(126, 'p'))},
      {"ping-fragmented", sends("\x09\x05"
                                "first\x80\x06second")},
      {"length-high-bit", sends("\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x05hello"s)},
      {"length-not-minimal", sends("\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x05hello"s)},
      {"frame-cut-off", check_cut_off},

      {"deflate", check_deflate},
      {"deflate-broken", check_deflate_broken},
      {"deflate-bomb", check_deflate_bomb},
      {"deflate-announced", check_deflate_announced},
      {"deflate-continuation-marked", check_deflate_continuation_marked},

      {"normal", check_normal},
      {"never-reads", check_never_reads},
      {"slow-reader?rate=20000", check_slow_reader},
      {"no-pong", check_no_pong},
      {"silent-after?ms=400", check_silent_after},
      {"chatter?ms=5&n=2", check_chatter},
      {"speaker?n=1", check_speaker},
  };
  return all;
}

/// All cases share one server process.
class RawServerScenario : public testing::TestWithParam<Case> {
 public:
  static void SetUpTestSuite() { server_ = std::make_unique<RawServer>(); }
  static void TearDownTestSuite() { server_.reset(); }

 protected:
  static bool reads_request(const std::string& name) {
    static const std::set<std::string> before_request{"tcp-silent",  "tcp-close",   "tcp-reset",
                                                      "tcp-garbage", "tls-garbage", "tls-stall",
                                                      "tls-close"};
    return !before_request.contains(name);
  }

  static std::unique_ptr<RawServer> server_;
};

std::unique_ptr<RawServer> RawServerScenario::server_;

TEST_P(RawServerScenario, SendsWhatItsNameSays) {
  if (!reads_request(GetParam().name())) server_->play(GetParam().target, 1);
  RawClient client{server_->port()};
  const int connection = server_->wait_connected();
  GetParam().check({*server_, client, connection, "/" + GetParam().target});
  EXPECT_EQ(server_->count([connection](const json& event) {
    return event.at("event") == "error" && event.value("conn", 0) == connection;
  }),
            0U);
}

std::string test_name(const testing::TestParamInfo<Case>& info) {
  std::string name;
  for (const char character : info.param.target) {
    name += std::isalnum(static_cast<unsigned char>(character)) != 0 ? character : '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Scenarios, RawServerScenario, testing::ValuesIn(cases()), test_name);

TEST(RawServer, EveryScenarioHasACaseAndADescription) {
  RawServer server;
  std::set<std::string> tested;
  for (const Case& one : cases()) tested.insert(one.name());
  std::set<std::string> existing;
  for (const ScenarioDescription& scenario : server.scenarios()) {
    existing.insert(scenario.name);
    EXPECT_FALSE(scenario.description.empty()) << scenario.name;
  }
  EXPECT_EQ(existing, tested);
}

}  // namespace
}  // namespace test
