// Autobahn's cases 12 and 13, compression, and cases it lacks: limits, and invalid data.
#include <gtest/gtest.h>

#include <malloc.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "server_bytes.hpp"
#include "websocket/message_reader.hpp"

namespace audio_stream::websocket {
namespace {

using namespace test;  // NOLINT

/// A server's compressor (RFC 7692, 7.2.1).
class Compressor {
 public:
  explicit Compressor(const DeflateParameters& agreed, int level = 6)
      : takes_over_{!agreed.server_no_context_takeover} {
    // zlib has no raw stream of 8 bits; a reader with 8 bits can read its output with 9 bits.
    const int bits = std::max(agreed.server_max_window_bits, 9);
    deflateInit2(&stream_, level, Z_DEFLATED, -bits, 8, Z_DEFAULT_STRATEGY);
  }
  ~Compressor() { deflateEnd(&stream_); }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  std::string operator()(std::string_view message) {
    if (!takes_over_) deflateReset(&stream_);
    if (message.empty()) return std::string(1, '\0');
    std::string out(deflateBound(&stream_, message.size()) + 100, '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(message.data()));
    stream_.avail_in = static_cast<uInt>(message.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    deflate(&stream_, Z_SYNC_FLUSH);
    out.resize(out.size() - stream_.avail_out - 4);
    return out;
  }

 private:
  z_stream stream_{};
  bool takes_over_;
};

std::string compressed_once(std::string_view message) {
  return Compressor{{}}(message);
}

std::string json(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) {
    text += R"({"type":"transcript","final":false,"n":)" + std::to_string(i * i) + "}";
  }
  text.resize(size);
  return text;
}

std::vector<DeflateParameters> every_agreement() {
  std::vector<DeflateParameters> all;
  for (int bits = 8; bits <= 15; ++bits) {
    for (const bool no_takeover : {false, true}) {
      all.push_back({.server_no_context_takeover = no_takeover, .server_max_window_bits = bits});
    }
  }
  return all;
}

TEST(MessageReaderDeflate, MessagesOfAllSizesAreReadWithEveryParameter) {
  for (const DeflateParameters& agreed : every_agreement()) {
    Compressor compress{agreed, 1 + agreed.server_max_window_bits % 9};
    std::string bytes;
    Happenings expected;
    for (const std::size_t size : {0U, 1U, 16U, 64U, 256U, 1024U, 4095U, 4096U, 4097U, 20'000U}) {
      const std::string message = json(size);
      bytes += frame(kFin | kCompressed | kText, compress(message));
      bytes += frame(kFin | kCompressed | kBinary, compress(message));
      bytes += frame(kFin | kText, message);  // a sender may leave any message uncompressed
      expected.insert(expected.end(), {"text " + message, "binary " + message, "text " + message});
    }
    EXPECT_EQ(read(bytes, agreed), expected);
  }
}

TEST(MessageReaderDeflate, AMessageMayBeFragmentedAnywhere) {
  Compressor compress{{}};
  const std::string message = json(500);
  const std::string ping = frame(kFin | kPing, "p");
  const std::string once = compress(message);
  for (std::size_t cut = 0; cut <= once.size(); ++cut) {
    for (const unsigned kind : {kText, kBinary}) {
      const auto happened =
          read(fragments(kCompressed | kind, {once.substr(0, cut), "", once.substr(cut)}, ping),
               DeflateParameters{});
      const char* name = kind == kText ? "text " : "binary ";
      ASSERT_EQ(happened, (Happenings{"ping p", "ping p", name + message})) << cut;
    }
  }
}

// Beast 1.81 ends the connection at each of these.
TEST(MessageReaderDeflate, DataThatBeastCannotReadIsRead) {
  Compressor compress{{.server_max_window_bits = 12}};
  std::string bytes;
  Happenings expected;
  const std::string zeros(3200, '\0');
  const std::string letters(3137, 'a');
  for (const std::string& message : {zeros, zeros, letters, std::string{"another"}}) {
    bytes += frame(kFin | kCompressed | kBinary, compress(message));
    expected.push_back("binary " + message);
  }
  EXPECT_EQ(read(bytes, DeflateParameters{.server_max_window_bits = 12}), expected);
}

TEST(MessageReaderDeflate, FinalBlocksAreRead) {
  const std::string final_block{"\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8};
  const std::string once = frame(kFin | kCompressed | kText, final_block);
  EXPECT_EQ(read(once + once, DeflateParameters{}), (Happenings{"text Hello", "text Hello"}));
}

TEST(MessageReaderDeflate, OnlyTheFirstFrameOfAMessageIsMarked) {
  const std::string data = compressed_once("squeezed in two");
  const std::string what = "violation 1002: a continuation frame marked as compressed";
  EXPECT_EQ(read(frame(kCompressed | kText, data.substr(0, 5)) +
                     frame(kFin | kCompressed | kContinuation, data.substr(5)),
                 DeflateParameters{}),
            (Happenings{what}));
  EXPECT_EQ(read(frame(kText, "a") + frame(kFin | kCompressed | kContinuation, data),
                 DeflateParameters{}),
            (Happenings{what}));
}

TEST(MessageReaderDeflate, ControlFramesAreNeverCompressed) {
  for (const unsigned kind : {kPing, kPong, kClose}) {
    EXPECT_EQ(read(frame(kFin | kCompressed | kind, ""), DeflateParameters{}),
              (Happenings{"violation 1002: a compressed control frame"}));
  }
}

TEST(MessageReaderDeflate, OtherReservedBitsStayViolations) {
  for (const unsigned bits : {0x10U, 0x20U, 0x30U, 0x50U, 0x60U, 0x70U}) {
    EXPECT_EQ(read(frame(kFin | bits | kText, ""), DeflateParameters{}),
              (Happenings{"violation 1002: a frame with a reserved bit (RSV2 or RSV3)"}));
  }
}

TEST(MessageReaderDeflate, BrokenDataIsAViolation) {
  for (const unsigned kind : {kText, kBinary}) {
    const auto happened =
        read(frame(kFin | kCompressed | kind, "\xff\xff\xff\xff no deflate"), DeflateParameters{});
    ASSERT_EQ(happened.size(), 1U);
    EXPECT_TRUE(happened[0].starts_with("violation 1007: broken compressed data: ")) << happened[0];
  }
}

TEST(MessageReaderDeflate, ATextMustBeUtf8OnceItIsInflated) {
  const Happenings not_utf8{"violation 1007: a text that is not UTF-8"};
  EXPECT_EQ(read(frame(kFin | kCompressed | kText, compressed_once("good \xed\xa0\x80 bad")),
                 DeflateParameters{}),
            not_utf8);
  EXPECT_EQ(
      read(frame(kFin | kCompressed | kText, compressed_once("cut \xe2\x82")), DeflateParameters{}),
      not_utf8);
}

TEST(MessageReaderDeflate, TheLimitCountsInflatedBytes) {
  const std::string most(10'000, 'x');
  for (const unsigned kind : {kText, kBinary}) {
    const std::string fits = frame(kFin | kCompressed | kind, compressed_once(most));
    EXPECT_EQ(read(fits, DeflateParameters{}, most.size()).size(), 1U);
    EXPECT_EQ(read(fits, DeflateParameters{}, most.size() - 1),
              (Happenings{"violation 1009: a message of more than 9999 bytes"}));
  }
}

TEST(MessageReaderDeflate, ABombIsRefusedBeforeItIsInflated) {
  constexpr std::size_t kBomb = std::size_t{8} << 20U;
  const std::string bytes =
      frame(kFin | kCompressed | kText, compressed_once(std::string(kBomb, 'a')));
  Recorder recorder{DeflateParameters{}, 1'000'000};
  recorder.feed(bytes);
  EXPECT_EQ(recorder.happenings(),
            (Happenings{"violation 1009: a message of more than 1000000 bytes"}));
  EXPECT_LE(recorder.calls(), 1'000'000U / 4096 + 10);
}

TEST(MessageReaderDeflate, TooLongALengthIsRefusedAtItsHeader) {
  const std::string what = "violation 1009: a message of more than 1000 bytes";
  EXPECT_EQ(
      read(header(kFin | kCompressed | kText, std::uint64_t{1} << 62U), DeflateParameters{}, 1000),
      (Happenings{what}));
  EXPECT_EQ(read(frame(kCompressed | kText, compressed_once("x")) +
                     header(kFin | kContinuation, std::uint64_t{1} << 62U),
                 DeflateParameters{}, 1000),
            (Happenings{what}));
}

TEST(MessageReaderDeflate, ACallInflatesABoundedNumberOfBytes) {
  const std::string message = json(100'000);
  MessageReader reader{{kLimit}, DeflateParameters{}};
  for (const unsigned kind : {kText, kBinary}) {
    const std::string bytes = frame(kFin | kCompressed | kind, compressed_once(message));
    auto rest = std::as_bytes(std::span{bytes});
    std::size_t calls = 0;
    MessageReader::Step step;
    do {
      step = reader.next(rest);
      rest = rest.subspan(step.consumed);
      if (const auto* part = std::get_if<Binary>(&step.event)) {
        EXPECT_LE(part->part.size(), MessageReader::kMostAtOnce);
      }
      ++calls;
    } while (!rest.empty() || step.again);
    EXPECT_GE(calls, message.size() / MessageReader::kMostAtOnce);
    EXPECT_LE(calls, message.size() / 4096 + 4);
  }
}

/// Bytes of this program's heap.
std::size_t heap() {
  return mallinfo2().uordblks;
}

TEST(MessageReaderDeflate, MemoryIsAllocatedByTheFirstCompressedMessage) {
  const std::size_t before = heap();
  if (before == 0) GTEST_SKIP() << "the sanitizer's allocator does not report this";
  const DeflateParameters agreed{.server_max_window_bits = 12};
  MessageReader reader{{kLimit}, agreed};
  const auto give = [&](const std::string& bytes) {
    auto rest = std::as_bytes(std::span{bytes});
    MessageReader::Step step;
    do {
      step = reader.next(rest);
      rest = rest.subspan(step.consumed);
    } while (!rest.empty() || step.again);
  };
  const std::string plain = frame(kFin | kText, json(20'000)) + frame(kFin | kBinary, "x");
  const std::string squeezed =
      frame(kFin | kCompressed | kBinary, Compressor{agreed}(json(10'000)));
  const std::size_t ours = heap();
  give(plain);
  EXPECT_LE(heap(), ours + 100);
  give(squeezed);
  const std::size_t with_inflater = heap();
  EXPECT_GT(with_inflater, ours + 8'000);
  EXPECT_LT(with_inflater, ours + 20'000);
  give(squeezed + plain);
  EXPECT_LE(heap(), with_inflater + 100);
}

TEST(MessageReaderDeflate, WithoutTakeoverMemoryIsReleasedAfterEachMessage) {
  if (heap() == 0) GTEST_SKIP() << "the sanitizer's allocator does not report this";
  MessageReader reader{{kLimit}, DeflateParameters{.server_no_context_takeover = true}};
  const std::string bytes = frame(kFin | kCompressed | kBinary, compressed_once(json(10'000)));
  const std::size_t before = heap();
  auto rest = std::as_bytes(std::span{bytes});
  MessageReader::Step step;
  do {
    step = reader.next(rest);
    rest = rest.subspan(step.consumed);
  } while (!rest.empty() || step.again);
  EXPECT_LE(heap(), before + 100);
}

}  // namespace
}  // namespace audio_stream::websocket
