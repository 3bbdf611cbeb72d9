#include "websocket/message_reader.hpp"

#include <algorithm>
#include <utility>

#include "websocket/closing.hpp"

namespace audio_stream::websocket {
namespace {

constexpr int kProtocolError = 1002;
constexpr int kInvalidPayload = 1007;
constexpr int kTooBig = 1009;

// A parser that reads 32 or 64 bytes at a time needs this much room after the text; without it the
// parser would copy the text.
constexpr std::size_t kParserPadding = 64;

constexpr std::byte kOpcode{0x0F};
constexpr std::byte kLength{0x7F};
constexpr std::size_t kMostInControl = 125;

bool has(std::byte byte, std::byte bits) noexcept {
  return (byte & bits) != std::byte{0};
}

bool is_known(Opcode opcode) noexcept {
  return opcode <= Opcode::binary || (opcode >= Opcode::close && opcode <= Opcode::pong);
}

std::string_view as_text(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::size_t at_most(std::uint64_t number, std::size_t most) noexcept {
  return static_cast<std::size_t>(std::min<std::uint64_t>(number, most));
}

/// A compressed message may be longer than its content, because deflate adds overhead to
/// incompressible data.
std::uint64_t most_compressed(std::size_t message_bytes) noexcept {
  return std::uint64_t{message_bytes} + message_bytes / 8 + 4096;
}

Event read_close(std::string_view payload) {
  if (payload.empty()) return Close{kNoCloseCode, {}};
  if (payload.size() == 1) return Violation{kProtocolError, "a close frame with half a code"};
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(payload[at]); };
  const int code = byte(0) << 8 | byte(1);
  if (!is_close_code(code)) {
    return Violation{kProtocolError,
                     "the close code " + std::to_string(code) + ", which no close frame may carry"};
  }
  const std::string_view reason = payload.substr(2);
  base::Utf8Check check;
  if (!check.take(reason) || !check.complete()) {
    return Violation{kInvalidPayload, "a close frame whose reason is not UTF-8"};
  }
  return Close{code, std::string{reason}};
}

}  // namespace

struct MessageReader::Inflation {
  explicit Inflation(int window_bits) : inflater{window_bits} {}

  Inflater inflater;
  std::uint64_t compressed_bytes = 0;  // total over the message's frames so far, from their headers
  std::array<std::byte, std::size_t{4} * 1024> made{};
};

struct MessageReader::Work {
  std::span<const std::byte> bytes;  // not yet consumed
  std::size_t room = kMostAtOnce;    // for output
  Event event;

  /// The available part of the frame's payload.
  [[nodiscard]] std::span<const std::byte> payload(std::uint64_t left) const noexcept {
    return bytes.first(at_most(left, bytes.size()));
  }
};

MessageReader::MessageReader(Limits limits, std::optional<DeflateParameters> deflate) noexcept
    : limits_{limits}, deflate_{deflate} {
  static_assert(sizeof(MessageReader) <= 200, "there is one for each stream");
}

MessageReader::~MessageReader() = default;

MessageReader::Step MessageReader::next(std::span<const std::byte> bytes) {
  if (ended_) return {bytes.size(), Nothing{}, false};
  if (!in_frame_) control_ = {};  // the last event may have shown it
  if (!in_message() && deflate_ && deflate_->server_no_context_takeover) inflation_.reset();
  Work work{bytes, kMostAtOnce, Nothing{}};
  const auto is_idle = [&] { return std::holds_alternative<Nothing>(work.event); };
  do {
    if (!in_frame_) take_header(work);
    if (!in_frame_) break;  // it needs more bytes, or failed
    if (is_control()) {
      take_control(work);
    } else if (compressed_) {
      take_compressed(work);
    } else {
      take_plain(work);
    }
  } while (is_idle() && !ended_ && work.room > 0 && (!work.bytes.empty() || inflating_));
  // Output kept for this event is freed by the next call.
  const bool gives_back = inflation_ && !in_message() && deflate_->server_no_context_takeover;
  return {bytes.size() - work.bytes.size(), std::move(work.event), inflating_ || gives_back};
}

/// RFC 6455, 5.2. Checks each byte as soon as it arrives.
void MessageReader::take_header(Work& work) {
  while (!work.bytes.empty()) {
    header_[header_known_++] = work.bytes.front();
    work.bytes = work.bytes.subspan(1);
    const char* wrong = header_known_ == 1   ? wrong_first_byte()
                        : header_known_ == 2 ? wrong_second_byte()
                                             : nullptr;
    if (wrong != nullptr) {
      fail(kProtocolError, wrong, work);
      return;
    }
    if (header_known_ >= 2 && header_known_ == header_size()) {
      header_known_ = 0;
      in_frame_ = begin_frame(work);
      return;
    }
  }
}

std::size_t MessageReader::header_size() const noexcept {
  const auto length = std::to_integer<std::uint8_t>(header_[1] & kLength);
  if (length == kTwoBytesFollow) return 4;
  return length == kEightBytesFollow ? kLongestHeader : 2;
}

bool MessageReader::is_control() const noexcept {
  return opcode_ >= Opcode::close;
}

const char* MessageReader::wrong_first_byte() const noexcept {
  const std::byte first = header_[0];
  const auto opcode = static_cast<Opcode>(first & kOpcode);
  if (has(first, kReserved2And3)) return "a frame with a reserved bit (RSV2 or RSV3)";
  if (!is_known(opcode)) return "a frame with a reserved opcode";
  if (has(first, kReserved1)) {
    if (!deflate_) return "a compressed frame, though no compression was negotiated";
    if (opcode >= Opcode::close) return "a compressed control frame";
    if (opcode == Opcode::continuation) return "a continuation frame marked as compressed";
  }
  if (opcode >= Opcode::close) {
    return has(first, kFinal) ? nullptr : "a fragmented control frame";
  }
  if (opcode == Opcode::continuation) {
    return in_message() ? nullptr : "a continuation frame outside a message";
  }
  return in_message() ? "a new message within a fragmented one" : nullptr;
}

const char* MessageReader::wrong_second_byte() const noexcept {
  if (has(header_[1], kMasked)) return "a masked frame";
  const auto length = std::to_integer<std::uint8_t>(header_[1] & kLength);
  const bool control = static_cast<Opcode>(header_[0] & kOpcode) >= Opcode::close;
  return control && length > kMostInControl ? "a control frame of more than 125 bytes" : nullptr;
}

/// Checks the header as a whole, now that it is complete, and begins the frame.
bool MessageReader::begin_frame(Work& work) {
  opcode_ = static_cast<Opcode>(header_[0] & kOpcode);
  final_ = has(header_[0], kFinal);
  const std::size_t more = header_size() - 2;
  left_ = more == 0 ? std::to_integer<std::uint64_t>(header_[1] & kLength) : 0;
  for (const std::byte byte : std::span{header_}.subspan(2, more)) {
    left_ = left_ << 8U | std::to_integer<std::uint64_t>(byte);
  }
  if ((more == 2 && left_ < kTwoBytesFollow) || (more == 8 && left_ <= 0xFFFF)) {
    fail(kProtocolError, "a frame whose length takes more bytes than it needs", work);
    return false;
  }
  if ((left_ >> 63U) != 0) {
    fail(kProtocolError, "a frame with a negative length", work);
    return false;
  }
  if (is_control()) return true;
  if (opcode_ != Opcode::continuation) {
    message_ = opcode_;
    message_bytes_ = 0;
    utf8_ = {};
    compressed_ = has(header_[0], kReserved1);
  }
  bool fits = true;
  if (compressed_) {
    if (!inflation_) {
      inflation_ = std::make_unique<Inflation>(deflate_->server_max_window_bits);
    }
    if (opcode_ != Opcode::continuation) inflation_->compressed_bytes = 0;
    const std::uint64_t most = most_compressed(limits_.message_bytes);
    fits = left_ <= most - inflation_->compressed_bytes;
    if (fits) inflation_->compressed_bytes += left_;
  } else {
    fits = left_ <= limits_.message_bytes - message_bytes_;
    // Growing step by step would copy megabytes at once. Reserved memory costs nothing until it is
    // written.
    if (fits && message_ == Opcode::text) {
      text_.reserve(text_.size() + static_cast<std::size_t>(left_) + kParserPadding);
    }
  }
  if (!fits) fail(kTooBig, {}, work);
  return fits;
}

void MessageReader::take_control(Work& work) {
  const auto payload = work.payload(left_);
  work.bytes = work.bytes.subspan(payload.size());
  left_ -= payload.size();
  if (left_ > 0 || !control_.empty()) control_ += as_text(payload);
  if (left_ > 0) return;
  in_frame_ = false;
  const std::string_view whole = control_.empty() ? as_text(payload) : std::string_view{control_};
  if (opcode_ == Opcode::ping) {
    work.event = Ping{whole};
  } else if (opcode_ == Opcode::pong) {
    work.event = Pong{whole};
  } else {
    work.event = read_close(whole);
    end();
  }
}

void MessageReader::take_plain(Work& work) {
  auto payload = work.payload(left_);
  if (message_ == Opcode::text) payload = payload.first(std::min(payload.size(), work.room));
  work.bytes = work.bytes.subspan(payload.size());
  left_ -= payload.size();
  message_bytes_ += payload.size();
  const bool over = left_ == 0;
  deliver(as_text(payload), over && final_, work);
  if (over && !ended_) end_frame();
}

/// RFC 7692, 7.2.2.
void MessageReader::take_compressed(Work& work) {
  Inflater& inflater = inflation_->inflater;
  // One byte beyond the limit shows that the message is too long.
  const std::size_t allowed = limits_.message_bytes - message_bytes_ + 1;
  const auto out =
      std::span{inflation_->made}.first(std::min({inflation_->made.size(), work.room, allowed}));
  const auto payload = work.payload(left_);
  auto step = inflater.inflate(payload, out);
  work.bytes = work.bytes.subspan(step.consumed);
  left_ -= step.consumed;
  std::size_t made = step.made;
  inflating_ = made == out.size();
  bool last = false;
  if (step.error.empty() && final_ && left_ == 0 && !inflating_) {
    step = inflater.finish(out.subspan(made));
    made += step.made;
    last = step.done;
    inflating_ = !last;
  }
  // Reported in byte order, independent of how the bytes were split: the data, then its end, then
  // the error.
  const bool too_long = made == allowed;
  if (too_long) --made;
  message_bytes_ += made;
  deliver(as_text(out.first(made)), last && !too_long, work);
  if (ended_) return;
  if (too_long) {
    fail(kTooBig, {}, work);
  } else if (!step.error.empty()) {
    fail(kInvalidPayload, "broken compressed data: " + std::string{step.error}, work);
  } else if (left_ == 0 && !inflating_) {
    end_frame();
  }
}

/// Adds decompressed data to the message and makes the event.
void MessageReader::deliver(std::string_view part, bool last, Work& work) {
  if (message_ == Opcode::binary) {
    if (compressed_) work.room -= part.size();
    if (last || !part.empty()) work.event = Binary{part, last};
    return;
  }
  work.room -= part.size();
  if (!utf8_.take(part) || (last && !utf8_.complete())) {
    fail(kInvalidPayload, "a text that is not UTF-8", work);
    return;
  }
  text_ += part;
  if (last) work.event = Text{std::exchange(text_, {})};
}

void MessageReader::end_frame() noexcept {
  in_frame_ = false;
  if (final_) message_ = Opcode::continuation;
}

void MessageReader::fail(int close_code, std::string what, Work& work) {
  if (close_code == kTooBig) {
    what = "a message of more than " + std::to_string(limits_.message_bytes) + " bytes";
  }
  work.event = Violation{close_code, std::move(what)};
  end();
}

void MessageReader::end() noexcept {
  ended_ = true;
  in_frame_ = false;
  inflating_ = false;
  text_ = {};
  inflation_.reset();
}

}  // namespace audio_stream::websocket
