#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "websocket/message_reader.hpp"

/// A server's bytes on the wire, and a MessageReader's results.
namespace audio_stream::websocket::test {

constexpr unsigned kFin = 0x80;
constexpr unsigned kCompressed = 0x40;
constexpr unsigned kContinuation = 0;
constexpr unsigned kText = 1;
constexpr unsigned kBinary = 2;
constexpr unsigned kClose = 8;
constexpr unsigned kPing = 9;
constexpr unsigned kPong = 10;

/// A frame's header (RFC 6455, 5.2) with the given first byte. `length_bytes`: 0 for the fewest
/// possible, or 1, 2 or 8.
inline std::string header(unsigned first, std::uint64_t length, unsigned length_bytes = 0,
                          bool masked = false) {
  if (length_bytes == 0) length_bytes = length < 126 ? 1 : (length < 65536 ? 2 : 8);
  const auto short_length =
      length_bytes == 1 ? static_cast<unsigned>(length) : (length_bytes == 2 ? 126U : 127U);
  std::string bytes{static_cast<char>(first),
                    static_cast<char>(short_length | (masked ? 0x80U : 0U))};
  for (unsigned i = length_bytes > 1 ? length_bytes : 0; i > 0; --i) {
    bytes += static_cast<char>(length >> (8 * (i - 1)));
  }
  return bytes;
}

inline std::string frame(unsigned first, std::string_view payload) {
  return header(first, payload.size()).append(payload);
}

inline std::string close_frame(int code, std::string_view reason = {}) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return frame(kFin | kClose, payload.append(reason));
}

/// A message in several frames.
inline std::string fragments(unsigned kind, const std::vector<std::string>& parts,
                             const std::string& between = {}) {
  std::string bytes;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) bytes += between;
    const bool last = i + 1 == parts.size();
    // Only the first frame has RSV1.
    bytes += frame((i == 0 ? kind : kContinuation) | (last ? kFin : 0U), parts[i]);
  }
  return bytes;
}

/// A client's frame as a server would send it: not masked.
inline std::string unmasked(std::string_view bytes) {
  const auto length = static_cast<unsigned>(bytes[1]) & 0x7FU;
  const std::size_t size = length == 127 ? 10 : (length == 126 ? 4 : 2);
  std::string out{bytes.substr(0, size)};
  out[1] = static_cast<char>(length);
  const std::string_view key = bytes.substr(size, 4);
  const std::string_view payload = bytes.substr(size + key.size());
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out += static_cast<char>(payload[i] ^ key[i % key.size()]);
  }
  return out;
}

/// The results, one string for each message, control frame and end.
using Happenings = std::vector<std::string>;

constexpr std::size_t kLimit = 100'000;

/// Feeds a reader and records its results.
class Recorder {
 public:
  explicit Recorder(std::optional<DeflateParameters> deflate = std::nullopt,
                    std::size_t limit = kLimit)
      : reader_{{limit}, deflate} {}

  void feed(std::string_view bytes) {
    // An exact copy, so that the address sanitizer notices reads beyond it.
    const std::vector<char> copy(bytes.begin(), bytes.end());
    auto rest = std::as_bytes(std::span{copy});
    MessageReader::Step step;
    do {
      step = reader_.next(rest);
      ++calls_;
      ASSERT_LE(step.consumed, rest.size());
      ASSERT_TRUE(step.consumed > 0 || step.again || rest.empty() ||
                  !std::holds_alternative<Nothing>(step.event))
          << "the call has activity";
      rest = rest.subspan(step.consumed);
      std::visit([this](auto& event) { record(event); }, step.event);
    } while (!rest.empty() || step.again);
  }

  [[nodiscard]] const Happenings& happenings() const noexcept { return happenings_; }
  [[nodiscard]] std::size_t calls() const noexcept { return calls_; }
  /// The sizes of all parts of binary messages.
  [[nodiscard]] const std::vector<std::size_t>& parts() const noexcept { return parts_; }

 private:
  void record(Nothing& /*event*/) {}
  void record(Text& event) { happenings_.push_back("text " + event.text); }
  void record(Binary& event) {
    binary_ += event.part;
    parts_.push_back(event.part.size());
    if (event.last) happenings_.push_back("binary " + std::exchange(binary_, {}));
  }
  void record(Ping& event) { happenings_.push_back("ping " + std::string{event.payload}); }
  void record(Pong& event) { happenings_.push_back("pong " + std::string{event.payload}); }
  void record(Close& event) {
    happenings_.push_back("close " + std::to_string(event.code) + " " + event.reason);
  }
  void record(Violation& event) {
    happenings_.push_back("violation " + std::to_string(event.close_code) + ": " + event.what);
  }

  MessageReader reader_;
  std::string binary_;
  Happenings happenings_;
  std::vector<std::size_t> parts_;
  std::size_t calls_ = 0;
};

/// The results of `bytes`, the same for the whole, for single bytes and for random pieces.
inline Happenings read(std::string_view bytes,
                       std::optional<DeflateParameters> deflate = std::nullopt,
                       std::size_t limit = kLimit) {
  Recorder whole{deflate, limit};
  whole.feed(bytes);
  std::mt19937 random{1};  // NOLINT: the same pieces each time
  const std::size_t runs = bytes.size() > 5'000 ? 4 : 20;
  for (std::size_t run = 0; run < runs; ++run) {
    Recorder pieces{deflate, limit};
    const std::size_t most = run == 0 ? 1 : (run % 2 == 0 ? 7 : bytes.size() / 2 + 2);
    for (std::string_view rest = bytes; !rest.empty();) {
      const std::size_t size = std::min<std::size_t>(random() % most + 1, rest.size());
      pieces.feed(rest.substr(0, size));
      rest.remove_prefix(size);
    }
    EXPECT_EQ(pieces.happenings(), whole.happenings()) << "in pieces, run " << run;
  }
  return whole.happenings();
}

}  // namespace audio_stream::websocket::test
