// Autobahn's cases for clients without compression, in its order, and cases it lacks.
#include "websocket/message_reader.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server_bytes.hpp"

namespace audio_stream::websocket {
namespace {

using namespace test;  // NOLINT

std::string numbered(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 256);
  return bytes;
}

Happenings violation(int code, const std::string& what) {
  return {"violation " + std::to_string(code) + ": " + what};
}

// 1: framing.
TEST(MessageReader, MessagesOfEveryLengthArriveComplete) {
  for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 128U, 320U, 65535U, 65536U, 65537U}) {
    const std::string text(size, '*');
    const std::string audio = numbered(size);
    EXPECT_EQ(read(frame(kFin | kText, text) + frame(kFin | kBinary, audio)),
              (Happenings{"text " + text, "binary " + audio}))
        << size;
  }
}

TEST(MessageReader, SeveralMessagesAtOnceKeepTheirOrder) {
  std::string bytes;
  Happenings expected;
  for (int i = 0; i < 50; ++i) {
    const std::string number = std::to_string(i);
    bytes += frame(kFin | kText, number) + frame(kFin | kBinary, number) +
             frame(kFin | kPing, number) + frame(kFin | kPong, number);
    for (const char* kind : {"text ", "binary ", "ping ", "pong "}) {
      expected.push_back(kind + number);
    }
  }
  EXPECT_EQ(read(bytes), expected);
}

// 2: pings and pongs.
TEST(MessageReader, PingsAndPongsCarryUpTo125Bytes) {
  for (const std::size_t size : {0U, 1U, 7U, 124U, 125U}) {
    const std::string payload = numbered(size);
    EXPECT_EQ(read(frame(kFin | kPing, payload) + frame(kFin | kPong, payload)),
              (Happenings{"ping " + payload, "pong " + payload}));
  }
}

TEST(MessageReader, AControlFrameOfMoreThan125BytesIsAViolation) {
  for (const unsigned kind : {kPing, kPong, kClose}) {
    EXPECT_EQ(read(frame(kFin | kind, numbered(126))),
              violation(1002, "a control frame of more than 125 bytes"));
    EXPECT_EQ(read(header(kFin | kind, 5, 8)),
              violation(1002, "a control frame of more than 125 bytes"));
  }
}

// 3: reserved bits.
TEST(MessageReader, AReservedBitIsAViolation) {
  for (unsigned bits = 1; bits < 8; ++bits) {
    for (const unsigned kind : {kText, kBinary, kClose, kPing, kPong}) {
      const std::string good = frame(kFin | kText, "good");
      const auto happened = read(good + frame(kFin | bits << 4U | kind, "bad") + good);
      const bool only_first = bits == 4;
      EXPECT_EQ(
          happened,
          (Happenings{"text good",
                      only_first ? "violation 1002: a compressed frame, though no compression was "
                                   "negotiated"
                                 : "violation 1002: a frame with a reserved bit (RSV2 or RSV3)"}));
    }
  }
}

// 4: opcodes.
TEST(MessageReader, AReservedOpcodeIsAViolation) {
  for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
    for (const char* payload : {"", "payload"}) {
      EXPECT_EQ(read(frame(kFin | kText, "good") + frame(kFin | opcode, payload)),
                (Happenings{"text good", "violation 1002: a frame with a reserved opcode"}));
    }
  }
}

// 5: fragmentation.
TEST(MessageReader, AFragmentedMessageArrivesComplete) {
  EXPECT_EQ(read(fragments(kText, {"fragment1", "fragment2"})),
            (Happenings{"text fragment1fragment2"}));
  EXPECT_EQ(read(fragments(kBinary, {"a", "b", "c", "d", "e"})), (Happenings{"binary abcde"}));
  EXPECT_EQ(read(fragments(kBinary, {"", "", "a", "", ""})), (Happenings{"binary a"}));
  EXPECT_EQ(read(fragments(kText, {"", "", ""})), (Happenings{"text "}));
  EXPECT_EQ(read(fragments(kBinary, {"", ""})), (Happenings{"binary "}));
}

TEST(MessageReader, ControlFramesBetweenFragmentsDoNotDisturb) {
  const std::string ping = frame(kFin | kPing, "p");
  const std::string pong = frame(kFin | kPong, "");
  EXPECT_EQ(read(fragments(kText, {"one", "two", "three"}, ping + pong)),
            (Happenings{"ping p", "pong ", "ping p", "pong ", "text onetwothree"}));
  EXPECT_EQ(read(fragments(kBinary, {"one", ""}, ping)), (Happenings{"ping p", "binary one"}));
}

TEST(MessageReader, AFragmentedControlFrameIsAViolation) {
  for (const unsigned kind : {kPing, kPong, kClose}) {
    EXPECT_EQ(read(fragments(kind, {"a", "b"})), violation(1002, "a fragmented control frame"));
  }
}

TEST(MessageReader, AContinuationWithoutAMessageIsAViolation) {
  const std::string what = "a continuation frame outside a message";
  for (const unsigned final : {0U, kFin}) {
    EXPECT_EQ(read(frame(final | kContinuation, "x")), violation(1002, what));
    EXPECT_EQ(read(fragments(kText, {"a", "b"}) + frame(final | kContinuation, "x")),
              (Happenings{"text ab", "violation 1002: " + what}));
  }
}

TEST(MessageReader, ANewMessageWithinAFragmentedOneIsAViolation) {
  for (const unsigned kind : {kText, kBinary}) {
    EXPECT_EQ(read(frame(kText, "a") + frame(kFin | kind, "b")),
              violation(1002, "a new message within a fragmented one"));
  }
}

TEST(MessageReader, BinaryMessagesAreGivenInParts) {
  Recorder recorder;
  const std::string audio = numbered(1000);
  const std::string bytes = fragments(kBinary, {audio.substr(0, 600), audio.substr(600), ""});
  recorder.feed(bytes.substr(0, 104));
  EXPECT_EQ(recorder.parts(), (std::vector<std::size_t>{100}));
  recorder.feed(bytes.substr(104, 600));  // beyond the fragment's end
  EXPECT_EQ(recorder.parts(), (std::vector<std::size_t>{100, 500, 96}));
  recorder.feed(bytes.substr(704));
  EXPECT_EQ(recorder.parts(), (std::vector<std::size_t>{100, 500, 96, 304, 0}));
  EXPECT_EQ(recorder.happenings(), (Happenings{"binary " + audio}));
}

TEST(MessageReader, PartsOfBinaryMessagesAreNotCopied) {
  MessageReader reader{{kLimit}, std::nullopt};
  const std::string bytes = frame(kFin | kBinary, numbered(50'000));
  const auto step = reader.next(std::as_bytes(std::span{bytes}));
  const auto* binary = std::get_if<Binary>(&step.event);
  ASSERT_NE(binary, nullptr);
  EXPECT_EQ(binary->part.data(), bytes.data() + 4);
  EXPECT_TRUE(binary->last);
  EXPECT_EQ(step.consumed, bytes.size());
}

// RFC 6455, 5.1 and 5.2.
TEST(MessageReader, AMaskedFrameIsAViolation) {
  EXPECT_EQ(read(header(kFin | kText, 2, 0, true) + "keykhi"), violation(1002, "a masked frame"));
  EXPECT_EQ(read(header(kFin | kPing, 0, 0, true) + "keyk"), violation(1002, "a masked frame"));
}

TEST(MessageReader, AnOverlongEncodingOfALengthIsAViolation) {
  const std::string what = "a frame whose length takes more bytes than it needs";
  for (const std::uint64_t length : {0U, 1U, 125U}) {
    EXPECT_EQ(read(header(kFin | kBinary, length, 2)), violation(1002, what));
    EXPECT_EQ(read(header(kFin | kBinary, length, 8)), violation(1002, what));
  }
  EXPECT_EQ(read(header(kFin | kBinary, 126, 8)), violation(1002, what));
  EXPECT_EQ(read(header(kFin | kBinary, 65535, 8)), violation(1002, what));
}

TEST(MessageReader, ALengthOfMoreThan63BitsIsAViolation) {
  EXPECT_EQ(read(header(kFin | kBinary, std::uint64_t{1} << 63U)),
            violation(1002, "a frame with a negative length"));
  EXPECT_EQ(read(header(kFin | kText, ~std::uint64_t{0})),
            violation(1002, "a frame with a negative length"));
}

// 7: close handling.
TEST(MessageReader, ACloseHasItsCodeAndReason) {
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
                         3000, 3999, 4000, 4999}) {
    EXPECT_EQ(read(close_frame(code, "bye")),
              (Happenings{"close " + std::to_string(code) + " bye"}));
  }
  EXPECT_EQ(read(frame(kFin | kClose, "")), (Happenings{"close 1005 "}));
  EXPECT_EQ(read(close_frame(1000)), (Happenings{"close 1000 "}));
  const std::string longest(123, 'x');
  EXPECT_EQ(read(close_frame(1000, longest)), (Happenings{"close 1000 " + longest}));
}

TEST(MessageReader, AnIllegalCloseCodeIsAViolation) {
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    EXPECT_EQ(read(close_frame(code, "bye")),
              violation(1002, "the close code " + std::to_string(code) +
                                  ", which no close frame may carry"));
  }
}

TEST(MessageReader, AnIncompleteCloseCodeIsAViolation) {
  EXPECT_EQ(read(frame(kFin | kClose, "\x03")), violation(1002, "a close frame with half a code"));
}

TEST(MessageReader, AReasonThatIsNotUtf8IsAViolation) {
  for (const char* reason :
       {"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80", "\xe2\x82"}) {
    EXPECT_EQ(read(close_frame(1000, reason)),
              violation(1007, "a close frame whose reason is not UTF-8"));
  }
}

TEST(MessageReader, NothingIsReadAfterAClose) {
  const std::string after =
      frame(kFin | kText, "x") + frame(kFin | kPing, "") + close_frame(1001) + header(0xFF, 1);
  EXPECT_EQ(read(close_frame(1000) + after), (Happenings{"close 1000 "}));
  EXPECT_EQ(read(frame(kText, "begun") + close_frame(1000) + after), (Happenings{"close 1000 "}));
}

TEST(MessageReader, NothingIsReadAfterAViolation) {
  const std::string after = frame(kFin | kText, "x") + close_frame(1000);
  EXPECT_EQ(read(frame(kFin | 3U, "") + after), violation(1002, "a frame with a reserved opcode"));
}

// 9: limits.
TEST(MessageReader, AMessageUpToTheLimitIsRead) {
  const std::string most(1000, 'x');
  EXPECT_EQ(read(frame(kFin | kText, most) + frame(kFin | kBinary, most), {}, 1000),
            (Happenings{"text " + most, "binary " + most}));
  EXPECT_EQ(read(fragments(kText, {most.substr(1), "x", ""}), {}, 1000),
            (Happenings{"text " + most}));
}

TEST(MessageReader, ALongerMessageIsRefusedAtItsHeader) {
  const std::string what = "a message of more than 1000 bytes";
  for (const unsigned kind : {kText, kBinary}) {
    EXPECT_EQ(read(header(kFin | kind, 1001), {}, 1000), violation(1009, what));
    EXPECT_EQ(read(header(kind, std::uint64_t{1} << 62U), {}, 1000), violation(1009, what));
    EXPECT_EQ(read(frame(kind, std::string(600, 'x')) + header(kContinuation, 401), {}, 1000),
              violation(1009, what));
  }
}

TEST(MessageReader, ManySmallFragmentsMakeALongMessage) {
  for (const std::size_t piece : {64U, 256U, 1000U}) {
    const std::string all = std::string(65'536, '*');
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < all.size(); at += piece) parts.push_back(all.substr(at, piece));
    EXPECT_EQ(read(fragments(kText, parts)), (Happenings{"text " + all}));
    EXPECT_EQ(read(fragments(kBinary, parts)), (Happenings{"binary " + all}));
  }
}

TEST(MessageReader, ACallCopiesABoundedNumberOfBytes) {
  constexpr std::size_t kSize = std::size_t{1} << 20U;
  for (const std::string& bytes :
       {frame(kFin | kText, std::string(kSize, 'x')),
        fragments(kText, std::vector<std::string>(kSize / 1024, std::string(1024, 'x')))}) {
    MessageReader reader{{kSize}, std::nullopt};
    auto rest = std::as_bytes(std::span{bytes});
    std::size_t calls = 0;
    while (!rest.empty()) {
      const auto step = reader.next(rest);
      // Including headers, one for each 1024 bytes.
      EXPECT_LE(step.consumed, MessageReader::kMostAtOnce + 17 * std::size_t{10});
      EXPECT_GT(step.consumed, 0U);
      rest = rest.subspan(step.consumed);
      ++calls;
    }
    EXPECT_LE(calls, kSize / MessageReader::kMostAtOnce + 2);
  }
}

TEST(MessageReader, AnIdleReaderHoldsLittleMemory) {
  EXPECT_LE(sizeof(MessageReader), 200U);
}

}  // namespace
}  // namespace audio_stream::websocket
