// A server's bytes after its handshake through the MessageReader: the result does not depend on how
// they are split, stays within the limits, and takes work proportional to the bytes. Also
// write_frame()'s output is read back unchanged.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/utf8.hpp"
#include "must.hpp"
#include "websocket/closing.hpp"
#include "websocket/frame_writer.hpp"
#include "websocket/message_reader.hpp"

namespace {

using namespace audio_stream::websocket;

constexpr std::size_t kMostBytes = 4096;       // limit of a message
constexpr std::size_t kMostAByteMakes = 1032;  // deflate's best: 258 bytes for two bits

/// Options from the first byte of an input.
struct Manner {
  explicit Manner(std::uint8_t byte)
      : piece{std::size_t{1} << (byte >> 5U)}, no_takeover{(byte & 16U) != 0} {
    if ((byte & 8U) != 0) deflate.emplace();
    if (!deflate) return;
    deflate->server_no_context_takeover = no_takeover;
    deflate->server_max_window_bits = (byte & 1U) != 0 ? 15 : 8 + (byte & 6) / 2;
  }
  std::size_t piece;  ///< bytes that arrive at a time
  bool no_takeover;
  std::optional<DeflateParameters> deflate;
};

struct Outcome {
  std::vector<std::string> events;
  std::string binary;  // of an unfinished message
  std::size_t calls = 0;
  std::size_t made = 0;  // bytes of messages
  bool ended = false;

  void operator()(Nothing& /*event*/) {}
  void operator()(Text& event) {
    must(event.text.size() <= kMostBytes, "a text keeps to its bound");
    must(audio_stream::base::is_utf8(event.text), "a text is UTF-8", event.text);
    made += event.text.size();
    events.push_back("t" + event.text);
  }
  void operator()(Binary& event) {
    must(event.last || !event.part.empty(), "a part is empty only if it is the last");
    binary += event.part;
    made += event.part.size();
    must(binary.size() <= kMostBytes, "a binary message keeps to its bound");
    if (event.last) events.push_back("b" + std::exchange(binary, {}));
  }
  void operator()(Ping& event) { control("i", event.payload); }
  void operator()(Pong& event) { control("o", event.payload); }
  void operator()(Close& event) {
    must(event.code == kNoCloseCode || is_close_code(event.code), "a code may be on the wire");
    must(audio_stream::base::is_utf8(event.reason), "a reason is UTF-8", event.reason);
    events.push_back("c" + std::to_string(event.code) + event.reason);
    ended = true;
  }
  void operator()(Violation& event) {
    must_be_a_line(event.what);
    must(event.close_code == 1002 || event.close_code == 1007 || event.close_code == 1009,
         "a violation has one of three codes");
    events.push_back("v" + std::to_string(event.close_code));
    ended = true;
  }
  void control(const char* kind, std::string_view payload) {
    must(payload.size() <= 125, "a control frame is short");
    events.push_back(kind + std::string{payload});
  }
};

void feed(MessageReader& reader, std::string_view bytes, Outcome& outcome) {
  const std::vector<char> copy(bytes.begin(), bytes.end());  // exact, so ASan sees reads beyond
  auto rest = std::as_bytes(std::span{copy});
  MessageReader::Step step;
  do {
    const bool ended = outcome.ended;
    step = reader.next(rest);
    ++outcome.calls;
    must(step.consumed <= rest.size(), "no more is consumed than there is");
    must(!ended || std::holds_alternative<Nothing>(step.event), "nothing comes after the end");
    rest = rest.subspan(step.consumed);
    std::visit(outcome, step.event);
  } while (!rest.empty() || step.again);
}

Outcome read(std::string_view bytes, const Manner& manner, std::size_t piece) {
  MessageReader reader{{kMostBytes}, manner.deflate};
  Outcome outcome;
  std::size_t pieces = 0;
  for (std::string_view rest = bytes; !rest.empty(); ++pieces) {
    feed(reader, rest.substr(0, piece), outcome);
    rest.remove_prefix(std::min(piece, rest.size()));
  }
  must(outcome.made <= bytes.size() * kMostAByteMakes, "output is in proportion to input");
  must(outcome.calls <= 2 * bytes.size() + pieces + bytes.size() * kMostAByteMakes / 1024 + 4,
       "calls are in proportion to input");
  // A message that is refused for its size may have been inflated up to the limit without being
  // reported.
  must(outcome.calls <= 2 * bytes.size() + pieces + (outcome.made + kMostBytes) / 1024 + 4,
       "calls are in proportion to what they do");
  return outcome;
}

/// A client's frame as a server would send it: not masked.
std::string unmasked(std::span<const std::byte> frame) {
  std::string bytes{reinterpret_cast<const char*>(frame.data()), frame.size()};
  const auto length = static_cast<unsigned>(bytes[1]) & 0x7FU;
  bytes[1] = static_cast<char>(length);
  const std::size_t header = length == 127 ? 10 : (length == 126 ? 4 : 2);
  for (std::size_t i = header + 4; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(bytes[i] ^ bytes[header + (i - header) % 4]);
  }
  return bytes.erase(header, 4);
}

void check_round_trip(std::string_view payload, const Manner& manner) {
  MessageReader reader{{kMostBytes}, manner.deflate};
  std::optional<Deflater> deflater;
  if (manner.deflate) {
    deflater.emplace(manner.no_takeover ? Deflater::Context::fresh : Deflater::Context::kept,
                     manner.deflate->server_max_window_bits);
  }
  MaskingKeys keys;
  Outcome outcome;
  std::vector<std::byte> out(frame_size(payload.size()) + 16);
  const auto send = [&](Opcode opcode, std::string_view message) {
    auto bytes = std::as_bytes(std::span{message});
    std::vector<std::byte> squeezed;
    const bool compressed =
        deflater && opcode < Opcode::close && deflater->compress(bytes, squeezed);
    if (compressed) bytes = squeezed;
    const std::string frame = unmasked(write_frame(opcode, compressed, bytes, keys.next(), out));
    for (std::string_view rest = frame; !rest.empty();) {
      feed(reader, rest.substr(0, manner.piece * 16), outcome);
      rest.remove_prefix(std::min(manner.piece * 16, rest.size()));
    }
  };
  const std::string whole{payload};
  std::vector<std::string> expected{
      "b" + whole, "b" + whole, "i" + whole.substr(0, std::min<std::size_t>(125, whole.size()))};
  send(Opcode::binary, payload);
  send(Opcode::binary, payload);
  send(Opcode::ping, payload.substr(0, std::min<std::size_t>(125, payload.size())));
  if (audio_stream::base::is_utf8(payload)) {
    send(Opcode::text, payload);
    expected.push_back("t" + whole);
  }
  const ClosePayload close{4000, ""};
  send(Opcode::close, {reinterpret_cast<const char*>(close.bytes().data()), close.bytes().size()});
  expected.emplace_back("c4000");
  must(outcome.events == expected, "what is written is read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Manner manner{data[0]};
  const std::string_view bytes = as_text(data + 1, size - 1);
  const Outcome whole = read(bytes, manner, bytes.size());
  const Outcome pieces = read(bytes, manner, manner.piece);
  // Data that refers beyond a small window is invalid, which zlib does not always notice: see
  // fuzz_inflater.
  const bool judged_alike = !manner.deflate || manner.deflate->server_max_window_bits == 15;
  must(!judged_alike || whole.events == pieces.events,
       "what comes does not depend on how it is cut");
  check_round_trip(bytes, manner);
  return 0;
}
