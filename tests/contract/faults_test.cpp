// Every failure in every state of a stream. Audio within the bounds must arrive sample by sample,
// the rest is counted, there is one final event, and nothing is left behind.
#include "fault_stage.hpp"

#include "support/certificates.hpp"
#include "support/wait.hpp"

namespace contract {
namespace {

using End = Fault::End;

class Faults : public FaultTest {
 protected:
  static const test::Certificates& certificates() {
    static const test::Certificates made;
    return made;
  }
};

/// The call speaks for `ms`, and the server has read all of it but the last 100 ms. What it has not
/// read when it aborts is lost, although its TCP has acknowledged it.
void pass_with_server(FaultScene& scene, std::uint32_t ms) {
  scene.pass(ms);
  EXPECT_TRUE(test::eventually([&] { return scene.server().count("binary") >= ms / 20 - 5; }));
}

/// The server works after `times` failures and gets the speech from the first word on.
Fault recovers(std::string name, std::string server, std::string told, int times = 1) {
  return {.name = std::move(name),
          .server = std::move(server),
          .times = times,
          .told = std::move(told)};
}

/// As recovers(), for a failure after connecting: the next connection continues where the last one
/// ended.
Fault goes_on(std::string name, std::string server, std::string told, int times = 1) {
  Fault fault = recovers(std::move(name), std::move(server), std::move(told), times);
  fault.connects = static_cast<std::size_t>(times) + 1;
  return fault;
}

/// As goes_on(), for a connection that is reset or cut: its audio in flight is lost although it was
/// sent.
Fault breaks(std::string name, std::string server, std::string told, int times = 1) {
  Fault fault = goes_on(std::move(name), std::move(server), std::move(told), times);
  fault.in_flight_ms = 1000;
  return fault;
}

Fault ends(std::string name, std::string server, std::string told, std::string reason) {
  return {.name = std::move(name),
          .server = std::move(server),
          .times = 1000,
          .told = std::move(told),
          .end = End::by_itself,
          .reason = std::move(reason),
          .incomplete = true};
}

/// A case with its own server: without a request there is no path that selects the scenario.
Fault alone(Fault fault) {
  fault.own_server = true;
  return fault;
}

Fault with(Fault fault, const std::map<std::string, std::string>& variables) {
  for (const auto& [name, value] : variables) fault.variables[name] = value;
  return fault;
}

Fault secured(Fault fault, const test::Certificates& certificates,
              const char* certificate = "server") {
  fault.own_server = true;
  fault.tls = certificates.tls(certificate);
  fault.variables["STREAM_TLS_CA_FILE"] = certificates.ca();
  return fault;
}

// A longer buffer, because five seconds of silence fill the default one.
const std::map<std::string, std::string> kPatient{{"STREAM_OUTAGE_BUFFER", "20000"}};

TEST_F(Faults, OfTcp) {
  Fault refused{.name = "refused", .told = "error 6", .own_server = true, .deaf = true};
  refused.meanwhile = [](FaultScene& scene) {
    scene.wait_for("error", 2);
    scene.server().listen_again();
  };
  Fault no_name{.name = "no-such-name",
                .told = "error 6",
                .end = End::by_itself,
                .reason = "network",
                .incomplete = true,
                .variables = {{"STREAM_RECONNECT_MAX", "2"}},
                .host = "nowhere.invalid"};
  play({with(alone(recovers("tcp-silent", "tcp-silent", "error 10")), kPatient),
        alone(recovers("tcp-close", "tcp-close", "error 1", 2)),
        // On a busy machine the reset may come before the module looks at the connection.
        alone(recovers("tcp-reset", "tcp-reset", "error 1 or error 6", 2)),
        alone(recovers("tcp-garbage", "tcp-garbage", "error 1")), refused, no_name});
}

TEST_F(Faults, OfTheHandshake) {
  play({with(recovers("silent", "handshake-silent", "error 10"), kPatient),
        with(recovers("half-silent", "handshake-half-silent", "error 10"), kPatient),
        recovers("half-close", "handshake-half-close", "error 1", 2),
        recovers("slow", "handshake-slow", ""),
        recovers("wrong-accept", "handshake-wrong-accept", "error 2"),
        recovers("no-accept", "handshake-no-accept", "error 2"),
        recovers("no-upgrade", "handshake-no-upgrade", "error 2"),
        recovers("no-connection", "handshake-no-connection", "error 2"),
        recovers("garbage", "handshake-garbage", "error 1"),
        recovers("huge-header", "handshake-huge-header", "error 1"),
        recovers("many-headers", "handshake-many-headers", "error 1"),
        goes_on("then-fin", "handshake-then-fin", "disconnect 1006"),
        breaks("then-reset", "handshake-then-reset", "disconnect 1006", 2)});
}

TEST_F(Faults, OfHttp) {
  play({ends("400", "status?code=400", "error 11", "refused"),
        ends("401", "status?code=401", "error 11", "refused"),
        ends("403", "status?code=403", "error 11", "refused"),
        ends("404", "status?code=404", "error 11", "refused"),
        recovers("408", "status?code=408", "error 11"),
        recovers("429", "status?code=429", "error 11"),
        recovers("500", "status?code=500", "error 11", 2),
        recovers("502", "status?code=502", "error 11"),
        recovers("503", "status?code=503", "error 11", 3),
        recovers("200", "status?code=200", "error 11"),
        ends("302", "redirect", "error 11", "refused"),
        recovers("endless-body", "status-endless-body", "error 11")});
}

TEST_F(Faults, OfTheClose) {
  play({ends("1000", "close?code=1000", "disconnect 1000", "server"),
        ends("no-code", "close-empty", "disconnect 1005", "server"),
        ends("keeps-tcp", "close-keep-tcp", "disconnect 1000", "server"),
        goes_on("1001", "close?code=1001", "disconnect 1001", 2),
        goes_on("1008", "close?code=1008&reason=policy", "disconnect 1008"),
        goes_on("1009", "close?code=1009", "disconnect 1009"),
        goes_on("1011", "close-after-binary?n=4&code=1011", "disconnect 1011"),
        goes_on("1012", "close-after-binary?n=2&code=1012", "disconnect 1012", 2),
        goes_on("1013", "close-after-binary?n=8&code=1013", "disconnect 1013"),
        goes_on("4000", "close-after-binary?n=1&code=4000", "disconnect 4000", 3),
        goes_on("close-too-long", "close-too-long", "disconnect 1002"),
        goes_on("close-one-byte", "close-one-byte", "disconnect 1002"),
        breaks("in-a-message", "frame-cut-off", "disconnect 1006"),
        breaks("in-fragments", "fragments-interleaved", "disconnect 1002")});
}

TEST_F(Faults, OfTheProtocol) {
  const std::map<std::string, std::string> squeezed{{"STREAM_MESSAGE_DEFLATE", "false"}};
  play({breaks("masked", "text-masked", "disconnect 1002"),
        breaks("reserved-bits", "reserved-bits", "disconnect 1002"),
        breaks("opcode", "opcode-unknown", "disconnect 1002"),
        breaks("continuation", "continuation-first", "disconnect 1002"),
        breaks("ping-too-long", "ping-too-long", "disconnect 1002"),
        breaks("ping-fragmented", "ping-fragmented", "disconnect 1002"),
        breaks("high-bit", "length-high-bit", ""),
        breaks("utf8", "text-invalid-utf8", "disconnect 1007"),
        breaks("half-a-character", "text-truncated-utf8", "disconnect 1007"),
        breaks("oversized", "text-oversized-announced", "disconnect 1009"),
        breaks("oversized-whole", "text-oversized", "disconnect 1009"),
        breaks("oversized-fragments", "text-oversized-fragments", "disconnect 1009"),
        breaks("oversized-binary", "binary-oversized", "disconnect 1009"),
        ends("close-then-text", "close-then-text", "disconnect 1000", "server"),
        ends("fragment-unfinished", "fragment-unfinished", "disconnect 1000", "server"),
        breaks("close-bad-utf8", "close-bad-utf8", "disconnect 1007"),
        breaks("length-not-minimal", "length-not-minimal", "disconnect 1002"),
        recovers("deflate-unasked", "handshake-deflate-unasked", ""),
        recovers("extension-unknown", "handshake-extension-unknown", ""),
        with(breaks("deflate-continuation", "deflate-continuation-marked", ""), squeezed),
        with(breaks("deflate-broken", "deflate-broken", ""), squeezed),
        with(breaks("deflate-bomb", "deflate-bomb", "disconnect 1009"), squeezed),
        with(breaks("deflate-announced", "deflate-announced", "disconnect 1009"), squeezed)});
}

/// Fills TCP with texts, so that the server's stall shows, and before there is any audio, which
/// would count as sent.
void fill_tcp(FaultScene& scene) {
  EXPECT_EQ(scene.api("pause"), kOk);
  scene.wait_for("connect", 1);
  // The system decides how much TCP holds. It is full if it takes nothing of the queue for a while,
  // and at the latest after 16 MB.
  const std::string text = "send_text " + std::string(1000000, 'x');
  bool full = false;
  for (int i = 0; i < 16 && !full; ++i) {
    if (scene.api(text) == kOk) continue;
    scene.pass(200);
    full = scene.api(text) != kOk;
  }
  EXPECT_EQ(scene.api("resume"), kOk);
}

TEST_F(Faults, OfTheFlow) {
  Fault stalls = breaks("stalls", "never-reads", "disconnect 1006");
  stalls.variables = {{"STREAM_STALL_TIME", "3"}, {"STREAM_OUTAGE_BUFFER", "20000"}};
  // At 8 kHz in mono TCP holds seconds of audio. The stall shows without filling it.
  Fault stalls_with_room = stalls;
  stalls_with_room.name = "stalls-with-room";
  stalls.before_speech = fill_tcp;
  // Each has a server of its own, because a connection's loss is measured by what its own server
  // had not read.
  play({stalls, stalls_with_room,
        alone(breaks("half-close", "drop-after-binary?n=5&how=fin", "disconnect 1006")),
        alone(breaks("reset", "drop-after-binary?n=5", "disconnect 1006")),
        with(alone(breaks("reset-often", "drop-after-binary?n=3", "disconnect 1006", 5)),
             {{"STREAM_OUTAGE_BUFFER", "60000"}}),  // for the sum of the waits
        recovers("trickle", "slow-reader?rate=40000", ""),
        recovers("ping-flood", "ping-flood?n=3000", ""),
        recovers("chatter", "chatter?ms=1&n=500", ""),
        recovers("big-texts", "text?n=40&data=" + std::string(20000, 'y'), ""),
        recovers("byte-by-byte", "text-byte-by-byte", ""),
        recovers("largest-text", "text-largest", "")});
}

TEST_F(Faults, OfTheServersMachine) {
  Fault restarts{.name = "restart-under-load",
                 .told = "disconnect 1006",
                 .connects = 3,
                 .in_flight_ms = 1000,
                 .variables = kPatient,
                 .speech_ms = 3000,
                 .own_server = true};
  restarts.meanwhile = [](FaultScene& scene) {
    for (std::size_t i = 1; i <= 2; ++i) {
      scene.wait_for("connect", i);
      scene.pass(600);
      scene.restart_server(std::nullopt);
    }
  };
  // Longer than the buffer: the oldest audio is dropped, and the gap is reported.
  Fault long_outage{.name = "long-outage",
                    .told = "disconnect 1006",
                    .connects = 2,
                    .in_flight_ms = 200,
                    .variables = {{"STREAM_OUTAGE_BUFFER", "800"}, {"STREAM_GAP_TEXT", "true"}},
                    .speech_ms = 5000,
                    .own_server = true};
  long_outage.meanwhile = [](FaultScene& scene) {
    const int connection = scene.server().wait_open().connection;
    pass_with_server(scene, 400);
    scene.server().stop_listening();
    scene.server().abort(connection);
    scene.wait_for("error", 1);
    scene.pass(2000);
    scene.server().listen_again();
    const int next = scene.server().wait_open(std::chrono::seconds{20}).connection;
    const auto gap = nlohmann::json::parse(scene.server().wait_text(next));
    EXPECT_EQ(gap["type"], "gap");
    const auto told = scene.wait_for("gap", 1);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].json()["message"]["length_ms"], gap["length_ms"]);
    EXPECT_EQ(told[0].json()["message"]["position_ms"], gap["position_ms"]);
    EXPECT_GT(gap["length_ms"], 500);
  };
  play({restarts, long_outage});
}

TEST_F(Faults, AtTheEnd) {
  Fault stop_connecting{.name = "stop-while-connecting",
                        .server = "handshake-silent",
                        .connects = 0,
                        .incomplete = true,
                        .variables = {{"STREAM_LINGER", "300"}}};
  Fault hangup_connecting = stop_connecting;
  hangup_connecting.name = "hangup-while-connecting";
  hangup_connecting.end = End::hangup;
  hangup_connecting.reason = "hangup";
  Fault stop_waiting{.name = "stop-while-waiting",
                     .server = "status?code=503",
                     .times = 1000,
                     .told = "error 11",
                     .connects = 0,
                     .incomplete = true,
                     .variables = {{"STREAM_LINGER", "300"}}};
  stop_waiting.meanwhile = [](FaultScene& scene) { scene.wait_for("error", 5); };
  Fault hangup_waiting = stop_waiting;
  hangup_waiting.name = "hangup-while-waiting";
  hangup_waiting.end = End::hangup;
  hangup_waiting.reason = "hangup";
  Fault hangup{.name = "hangup", .end = End::hangup, .reason = "hangup"};
  Fault limit = ends("no-more-attempts", "status?code=503", "error 11", "network");
  limit.variables = {{"STREAM_RECONNECT_MAX", "3"}};
  Fault no_reconnect = ends("no-reconnect", "drop-after-binary?n=5", "disconnect 1006", "network");
  no_reconnect.variables = {{"STREAM_NO_RECONNECT", "true"}};
  no_reconnect.in_flight_ms = 1000;
  const auto at_stop = [](std::string name, std::string server) {
    Fault fault{.name = std::move(name), .server = std::move(server)};
    fault.variables = {{"STREAM_LINGER", "1500"}};
    return fault;
  };
  play({stop_connecting, hangup_connecting, stop_waiting, hangup_waiting, hangup, limit,
        no_reconnect, at_stop("close-unanswered", "close-unanswered"),
        at_stop("close-answered-by-reset", "close-answered-by-reset"),
        at_stop("close-answered", "")});
}

/// The connection is lost after the speech, so that no speech is missing.
Fault breaks_when_quiet(std::string name, Fault::Play first) {
  Fault fault{.name = std::move(name),
              .told = "disconnect 1006",
              .connects = 2,
              .in_flight_ms = 1000,
              .own_server = true};
  fault.meanwhile = [first = std::move(first)](FaultScene& scene) {
    const int connection = scene.server().wait_open().connection;
    scene.wait_until_said();
    first(scene);
    scene.server().abort(connection);
  };
  return fault;
}

TEST_F(Faults, InOtherStates) {
  const Fault paused =
      breaks_when_quiet("paused", [](FaultScene& scene) { EXPECT_EQ(scene.api("pause"), kOk); });
  Fault catching_up = breaks("catching-up", "drop-after-binary?n=5", "disconnect 1006", 2);
  catching_up.own_server = true;
  catching_up.deaf = true;
  catching_up.variables = {{"STREAM_CATCHUP", "2"}};
  catching_up.meanwhile = [](FaultScene& scene) {
    scene.wait_for("error", 3);
    scene.server().listen_again();
  };
  // The audio waits behind the data in TCP, so the next connection gets it.
  Fault draining{.name = "draining",
                 .server = "never-reads",
                 .told = "disconnect 1006",
                 .in_flight_ms = 1000,
                 .own_server = true};
  draining.before_speech = fill_tcp;
  draining.afterwards = [](FaultScene& scene) { scene.server().abort(1); };
  Fault listening{.name = "listening", .end = End::drain, .in_flight_ms = 200, .own_server = true};
  listening.afterwards = [](FaultScene& scene) { scene.server().abort(1); };
  Fault unanswered{.name = "no-pong",
                   .server = "no-pong",
                   .told = "disconnect 1011",
                   .connects = 2,
                   .variables = {{"STREAM_HEART_BEAT", "1"}}};
  unanswered.meanwhile = [](FaultScene& scene) {
    scene.wait_until_said();
    EXPECT_EQ(scene.api("pause"), kOk);
  };
  Fault silent = unanswered;
  silent.name = "silent-after";
  silent.server = "silent-after";
  silent.in_flight_ms = 1000;
  silent.incomplete = true;  // TCP had taken the audio
  play({paused,
        catching_up,
        draining,
        listening,
        unanswered,
        silent,
        {.name = "drain", .end = End::drain}});
}

TEST_F(Faults, AtAnUnload) {
  const auto at_unload = [](Fault fault) {
    fault.end = End::unload;
    fault.reason = "unload";
    return fault;
  };
  Fault connecting{.name = "unload-while-connecting",
                   .server = "handshake-silent",
                   .connects = 0,
                   .incomplete = true};
  Fault waiting{.name = "unload-while-waiting",
                .server = "status?code=503",
                .times = 1000,
                .told = "error 11",
                .connects = 0,
                .incomplete = true};
  play({at_unload({.name = "unload"}), at_unload(connecting), at_unload(waiting),
        at_unload({.name = "unload-unanswered", .server = "close-unanswered"}),
        at_unload(
            goes_on("unload-after-1011", "close-after-binary?n=4&code=1011", "disconnect 1011"))});
}

TEST_F(Faults, AnOutageAtTheEnd) {
  // The call hangs up during a restart of the server. All speech is delivered when the server is
  // back.
  Fault hangup{.name = "hangup-in-a-restart",
               .told = "disconnect 1006",
               .end = End::hangup,
               .reason = "hangup",
               .in_flight_ms = 200,
               .own_server = true};
  hangup.meanwhile = [](FaultScene& scene) {
    const int connection = scene.server().wait_open().connection;
    pass_with_server(scene, 400);
    scene.server().stop_listening();
    scene.server().abort(connection);
    scene.wait_for("error", 1);
  };
  hangup.afterwards = [](FaultScene& scene) { scene.server().listen_again(); };
  Fault stop = hangup;
  stop.name = "stop-in-a-restart";
  stop.end = End::stop;
  stop.reason = "stop";
  // 150 ms before the end of the restart.
  Fault late = hangup;
  late.name = "hangup-after-150-ms";
  late.meanwhile = [](FaultScene& scene) {
    const int connection = scene.server().wait_open().connection;
    pass_with_server(scene, 800);
    scene.server().stop_listening();
    scene.server().abort(connection);
    scene.pass(150);
  };
  Fault drain = stop;
  drain.name = "drain-in-a-restart";
  drain.end = End::drain;
  // Without a linger the rest is lost and counted.
  Fault at_once = stop;
  at_once.name = "no-linger";
  at_once.incomplete = true;
  at_once.variables = {{"STREAM_LINGER", "0"}};
  play({hangup, stop, late, drain, at_once});
}

TEST_F(Faults, OfTls) {
  const auto& made = certificates();
  Fault expires = secured({.name = "expires-in-mid-life",
                           .told = "error 8",
                           .connects = 2,
                           .in_flight_ms = 1000,
                           .variables = kPatient,
                           .speech_ms = 2500},
                          made);
  expires.meanwhile = [&made](FaultScene& scene) {
    scene.wait_for("connect", 1);
    scene.pass(400);
    scene.restart_server(made.tls("expired"));
    scene.wait_until_told();
    scene.restart_server(made.tls("server"));
  };
  Fault no_trust = secured({.name = "not-trusted",
                            .told = "error 8",
                            .end = End::by_itself,
                            .reason = "network",
                            .incomplete = true},
                           made, "other-server");
  no_trust.variables["STREAM_RECONNECT_MAX"] = "2";
  Fault wrong_name = no_trust;
  wrong_name.name = "wrong-name";
  wrong_name.tls = made.tls("wrong-name");
  Fault expired = no_trust;
  expired.name = "expired";
  expired.tls = made.tls("expired");
  Fault renewed =
      secured({.name = "renewed", .told = "error 8", .variables = kPatient}, made, "expired");
  renewed.meanwhile = [&made](FaultScene& scene) {
    scene.wait_until_told();
    scene.restart_server(made.tls("server"));
  };
  play({expires, no_trust, wrong_name, expired, renewed,
        with(secured(recovers("tls-stall", "tls-stall", "error 10"), made), kPatient),
        secured(recovers("tls-garbage", "tls-garbage", "error 8"), made),
        secured(recovers("tls-close", "tls-close", "error 8", 2), made),
        secured(goes_on("tls-1011", "close-after-binary?n=4&code=1011", "disconnect 1011"), made),
        secured(breaks("tls-reset", "drop-after-binary?n=4", "disconnect 1006"), made)});
}

}  // namespace
}  // namespace contract
