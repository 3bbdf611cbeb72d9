#include "transport/server_frames.hpp"

#include <algorithm>

namespace audio_stream::transport {
namespace {

constexpr std::byte kFinal{0x80};
constexpr std::byte kControl{0x08};
constexpr std::byte kBinary{0x02};
constexpr std::byte kMasked{0x80};
constexpr std::byte kLength{0x7f};

bool has(std::byte byte, std::byte bits) noexcept {
  return (byte & bits) != std::byte{0};
}

}  // namespace

ServerFrames::Part ServerFrames::next(std::span<const std::byte> bytes,
                                      std::optional<std::size_t> most) noexcept {
  if (!answered_) return {rest_of_answer(bytes), false, {}};
  if (left_ > 0) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= size;
    return {size, false, {}};
  }
  if (known_ > 0) {  // byte by byte: it is rare
    header_[known_++] = bytes.front();
    const Header header = header_of(std::span{header_}.first(known_));
    if (header.size > 0) {
      known_ = 0;
      begin(header, header_.front());
    }
    return {1, false, {}};
  }
  const Header header = header_of(bytes);
  if (header.size == 0) {
    known_ = std::min(bytes.size(), kLongestHeader - 1);
    std::copy_n(bytes.begin(), known_, header_.begin());
    return {known_, false, {}};
  }
  const std::size_t room = bytes.size() - header.size;
  if (most && bytes.front() == (kFinal | kBinary) && !in_message_ && !header.masked &&
      header.shortest && header.payload <= std::min(*most, room)) {
    const auto payload = static_cast<std::size_t>(header.payload);
    return {header.size + payload, true, bytes.subspan(header.size, payload)};
  }
  begin(header, bytes.front());
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, room));
  left_ -= size;
  return {header.size + size, false, {}};
}

/// RFC 9112, 2.1: the answer's head ends at an empty line. What follows are frames.
std::size_t ServerFrames::rest_of_answer(std::span<const std::byte> bytes) noexcept {
  std::size_t size = 0;
  while (size < bytes.size() && line_ends_ < 4) {
    const std::byte byte = bytes[size++];
    const bool expected = byte == (line_ends_ % 2 == 0 ? std::byte{'\r'} : std::byte{'\n'});
    line_ends_ = expected ? line_ends_ + 1 : (byte == std::byte{'\r'} ? 1U : 0U);
  }
  answered_ = line_ends_ == 4;
  return size;
}

ServerFrames::Header ServerFrames::header_of(std::span<const std::byte> bytes) noexcept {
  Header header;
  if (bytes.size() < 2) return header;
  header.masked = has(bytes[1], kMasked);
  const auto length = std::to_integer<unsigned>(bytes[1] & kLength);
  const std::size_t more = length == 127 ? 8 : (length == 126 ? 2 : 0);
  const std::size_t size = 2 + more + (header.masked ? 4 : 0);
  if (bytes.size() < size) return header;
  header.size = size;
  header.payload = more == 0 ? length : 0;
  for (const std::byte byte : bytes.subspan(2, more)) {
    header.payload = header.payload << 8 | std::to_integer<std::uint64_t>(byte);
  }
  header.shortest = more == 0 || (more == 2 ? header.payload > 125 : header.payload > 0xffff);
  return header;
}

void ServerFrames::begin(const Header& header, std::byte first) noexcept {
  left_ = header.payload;
  if (!has(first, kControl)) in_message_ = !has(first, kFinal);
}

}  // namespace audio_stream::transport
