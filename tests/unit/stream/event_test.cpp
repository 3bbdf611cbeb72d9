#include "stream/event.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace audio_stream::stream {
namespace {

TEST(Event, SubclassesAreThoseOfVersion1) {
  EXPECT_STREQ(subclass_of(EventKind::connect), "mod_audio_stream::connect");
  EXPECT_STREQ(subclass_of(EventKind::disconnect), "mod_audio_stream::disconnect");
  EXPECT_STREQ(subclass_of(EventKind::error), "mod_audio_stream::error");
  EXPECT_STREQ(subclass_of(EventKind::json), "mod_audio_stream::json");
  EXPECT_STREQ(subclass_of(EventKind::play), "mod_audio_stream::play");
  std::set<std::string> all;
  for (const EventKind kind : kEventKinds) all.insert(subclass_of(kind));
  EXPECT_EQ(all.size(), std::size(kEventKinds));
}

TEST(Event, ATranscriptHasItsWordsInTheBodyAndInHeaders) {
  const dialect::ServerTranscript transcript{"caller", "two\nlines", true, 100, 250, 0.5};
  const Event event = transcript_event(transcript, 1000, 1024);
  EXPECT_EQ(
      event.body,
      R"({"who":"caller","text":"two\nlines","final":true,"start_ms":1100,"end_ms":1250,"confidence":0.5})");
  std::string headers;
  for (const auto& [name, value] : event.headers) headers += std::string{name} + "=" + value + ";";
  EXPECT_EQ(headers,
            "Transcript-Who=caller;Transcript-Text=two lines;Transcript-Final=true;"
            "Transcript-Start-Ms=1100;Transcript-End-Ms=1250;Transcript-Confidence=0.5;");
}

TEST(Event, MediaTellsWhatTheSilenceIs) {
  using std::chrono::milliseconds;
  EXPECT_EQ(media_body(MediaState::held, 1200, {}),
            R"({"status":"held","message":{"position_ms":1200}})");
  EXPECT_EQ(media_body(MediaState::unread, 9000, milliseconds{5000}),
            R"({"status":"unread","message":{"position_ms":9000,"silent_ms":5000}})");
}

TEST(Event, ALongTranscriptIsCutAndMarked) {
  const Event event = transcript_event({"agent", std::string(100, 'x'), false, {}, {}, {}}, 0, 10);
  EXPECT_EQ(event.body, R"({"who":"agent","text":"xxxxxxxxxx","final":false})");
  EXPECT_EQ(event.full_length, 100U);
}

TEST(Event, ConnectHasTheBodyOfVersion1) {
  EXPECT_EQ(connect_body(), R"({"status":"connected"})");
}

TEST(Event, DisconnectHasTheBodyOfVersion1) {
  EXPECT_EQ(disconnect_body({1000, "Normal closure", true}),
            R"({"status":"disconnected","message":{"code":1000,"reason":"Normal closure"}})");
}

TEST(Event, ErrorHasTheBodyOfVersion1AndTheCode) {
  // The example in the documentation of mod_audio_stream 1.0.
  const transport::Failure failure{
      transport::ErrorCode::protocol, 403,
      "Expecting status 101 (Switching Protocol), got 403 status connecting to wss://localhost, "
      "HTTP Status line: HTTP/1.1 403 Forbidden\r\n"};
  EXPECT_EQ(error_body(failure, "", 1, 100),
            R"({"status":"error","message":{"retries":1,"error":"Expecting status 101 )"
            R"((Switching Protocol), got 403 status connecting to wss://localhost, HTTP Status )"
            R"(line: HTTP/1.1 403 Forbidden\r\n","wait_time":100,"http_status":403,"code":11}})");
}

TEST(Event, BodiesAreValidWithAnyReasonOfAServer) {
  for (const std::string reason : {"\xFF\xFE", "\xED\xA0\x80", "\"},{\"", "a\nb\x01", "\xC3"}) {
    for (const std::string& body : {disconnect_body({4000, reason, true}),
                                    error_body({transport::ErrorCode::io, 0, reason}, "", 0, 0)}) {
      const auto json = nlohmann::json::parse(body, nullptr, false);
      ASSERT_FALSE(json.is_discarded()) << body;
      EXPECT_EQ(json["message"].size(), body.find("code\":1") == std::string::npos ? 2U : 5U);
      EXPECT_EQ(body.find('\n'), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace audio_stream::stream
