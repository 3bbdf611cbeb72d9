#include "macro/sink/connection.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

#include "macro/stamp.hpp"

namespace bench {
namespace {

constexpr std::size_t kLongestRequest = 16384;
constexpr unsigned kText = 1;
constexpr unsigned kClose = 8;
constexpr unsigned kPing = 9;

std::string accept_of(std::string_view key) {
  const std::string text = std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 32> encoded{};
  EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
  return reinterpret_cast<const char*>(encoded.data());
}

/// A header's value up to a comma. Empty if the header is missing.
std::string_view header(std::string_view request, std::string_view name) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  const auto at = std::search(request.begin(), request.end(), name.begin(), name.end(), same);
  if (at == request.end()) return {};
  auto value = request.substr(static_cast<std::size_t>(at - request.begin()) + name.size());
  value = value.substr(0, value.find_first_of(",\r"));
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value;
}

struct Frame {
  unsigned opcode;
  std::size_t header;
  std::size_t payload;
};

/// The frame at the beginning of `bytes`. Nothing if it is incomplete.
std::optional<Frame> frame_at(std::span<const unsigned char> bytes) {
  constexpr std::size_t kMask = 4;
  if (bytes.size() < 2) return std::nullopt;
  Frame frame{bytes[0] & 0x0FU, 2 + kMask, bytes[1] & 0x7FU};
  const std::size_t wide = frame.payload == 126 ? 2 : frame.payload == 127 ? 8 : 0;
  if (bytes.size() < 2 + wide) return std::nullopt;
  if (wide > 0) {
    frame.payload = 0;
    for (std::size_t i = 0; i < wide; ++i) frame.payload = frame.payload << 8U | bytes[2 + i];
  }
  frame.header += wide;
  if (bytes.size() - std::min(bytes.size(), frame.header) < frame.payload) return std::nullopt;
  if (bytes.size() < frame.header) return std::nullopt;
  return frame;
}

void unmask(std::span<unsigned char> payload, const unsigned char* mask) {
  std::uint64_t twice = 0;
  std::memcpy(&twice, mask, 4);
  twice |= twice << 32U;
  std::size_t at = 0;
  for (; at + 8 <= payload.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, payload.data() + at, 8);
    word ^= twice;
    std::memcpy(payload.data() + at, &word, 8);
  }
  for (; at < payload.size(); ++at) payload[at] ^= mask[at % 4];
}

}  // namespace

Connection::Connection(int socket, SSL_CTX* tls) : socket_{socket} {
  if (tls != nullptr) tls_.emplace(tls, socket);
}

Connection::~Connection() {
  if (group_ != nullptr) --group_->open;
  close(socket_);
}

ssize_t Connection::read(void* room, std::size_t bytes) {
  return tls_ ? tls_->read(room, bytes) : ::recv(socket_, room, bytes, 0);
}

/// Sends a short text. Without room in the socket, something is wrong, so the connection ends.
bool Connection::say(std::string_view text) {
  const ssize_t said = tls_ ? tls_->write(text.data(), text.size())
                            : ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
  return said == static_cast<ssize_t>(text.size());
}

bool Connection::receive(std::span<unsigned char> room, const Groups& groups, bool ends) {
  while (true) {
    const std::size_t kept = rest_.size();
    if (kept + kLongestRequest > room.size()) return false;
    std::copy(rest_.begin(), rest_.end(), room.begin());
    const ssize_t got = read(room.data() + kept, room.size() - kept);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (got <= 0) return false;
    const auto there = kept + static_cast<std::size_t>(got);
    if (!take(room.first(there), groups)) return false;
    // A read that left room took everything, except a close. TLS may hold more than the socket
    // reports.
    if (!tls_ && !ends && there < room.size()) return true;
  }
}

bool Connection::take(std::span<unsigned char> bytes, const Groups& groups) {
  std::size_t used = 0;
  if (group_ == nullptr) {
    const auto request = shake_hands(bytes, groups);
    if (!request) return false;
    used = *request;
  }
  if (group_ != nullptr) used += take_frames(bytes.subspan(used));
  rest_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(used), bytes.end());
  return !over_;
}

/// The length of the upgrade request. 0 if it is incomplete; nothing if it is no request.
std::optional<std::size_t> Connection::shake_hands(std::span<const unsigned char> bytes,
                                                   const Groups& groups) {
  std::string_view request{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  const auto end = request.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    return bytes.size() < kLongestRequest ? std::optional<std::size_t>{0} : std::nullopt;
  }
  request = request.substr(0, end + 4);
  const auto key = header(request, "\r\nsec-websocket-key:");
  if (!request.starts_with("GET /") || key.empty()) return std::nullopt;
  std::string reply =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      accept_of(key) + "\r\n";
  if (const auto protocol = header(request, "\r\nsec-websocket-protocol:"); !protocol.empty()) {
    reply += "Sec-WebSocket-Protocol: " + std::string{protocol} + "\r\n";
  }
  // GET /<group>/<nanoseconds> HTTP/1.1
  std::string_view path = request.substr(5, request.find(' ', 5) - 5);
  // The sink neither compresses nor decompresses: audio is not compressed by default.
  if (path.ends_with("/deflate")) reply += "Sec-WebSocket-Extensions: permessage-deflate\r\n";
  if (!say(reply + "\r\n")) return std::nullopt;
  const auto slash = std::min(path.find('/'), path.size());
  group_ = &groups(std::string{path.substr(0, slash)});
  ++group_->open;
  ++group_->opened;
  path.remove_prefix(std::min(slash + 1, path.size()));
  std::from_chars(path.data(), path.data() + path.size(), begun_ns_);
  talks_ = path.ends_with("/talk");
  if (begun_ns_ != 0) group_->asked.add(monotonic_ns() - begun_ns_);
  return end + 4;
}

std::size_t Connection::take_frames(std::span<unsigned char> bytes) {
  std::size_t used = 0;
  while (const auto frame = frame_at(bytes.subspan(used))) {
    const auto payload = bytes.subspan(used + frame->header, frame->payload);
    unmask(payload, payload.data() - 4);
    used += frame->header + frame->payload;
    if (frame->opcode < kClose) {
      if (frame->opcode == kText) {
        on_text(payload);
      } else {
        on_message(payload);
      }
    } else if (!answer(frame->opcode, payload)) {
      over_ = true;
    }
  }
  return used;
}

void Connection::on_message(std::span<const unsigned char> audio) {
  const std::int64_t now = monotonic_ns();
  ++group_->messages;
  group_->bytes += audio.size();
  if (begun_ns_ != 0) {
    group_->first.add(now - begun_ns_);
    begun_ns_ = 0;
  }
  std::optional<std::int64_t> last;
  for (std::size_t from = 0; const auto at = Stamp::find(audio, from);) {
    last = Stamp::ns_at(audio, *at);
    from = *at + Stamp::kBytes;
    ++group_->frames;
  }
  if (last) group_->latency.add(now - *last);
  if (last && talks_) over_ |= !talk(audio.size());
}

/// The encoding of audio in a dialect's text leaves no stamp to find: such a text is counted alone.
void Connection::on_text(std::span<const unsigned char> text) {
  constexpr std::string_view kMedia = R"("event":"media")";
  const std::string_view words{reinterpret_cast<const char*>(text.data()), text.size()};
  if (words.find(kMedia) == std::string_view::npos) return;
  ++group_->messages;
  ++group_->frames;
  group_->bytes += text.size();
}

/// Sends audio for the caller, with a stamp at its beginning.
bool Connection::talk(std::size_t bytes) {
  std::string message(4 + std::max(bytes, Stamp::kBytes), '\0');
  const std::size_t audio = message.size() - 4;
  message[0] = static_cast<char>(0x82);
  message[1] = 126;
  message[2] = static_cast<char>(audio >> 8U);
  message[3] = static_cast<char>(audio);
  Stamp::write(std::as_writable_bytes(std::span{message}).data() + 4, monotonic_ns());
  return say(message);
}

bool Connection::answer(unsigned opcode, std::span<const unsigned char> payload) {
  if (opcode != kClose && opcode != kPing) return true;
  std::string reply;
  reply += static_cast<char>(opcode == kClose ? 0x88 : 0x8A);
  reply += static_cast<char>(payload.size() & 0x7FU);
  reply.append(reinterpret_cast<const char*>(payload.data()), payload.size());
  return say(reply) && opcode != kClose;
}

}  // namespace bench
