// What streaming costs at least, to compare with. Two commands with the syntax of ours:
//
//   uuid_audio_floor <uuid> start ws://<address>:<port>/<path> mono 8k | stop
//   uuid_audio_bare  <uuid> start <whatever> | stop
//
// The floor masks each frame and write()s it to the WebSocket from the media thread: no queue, no
// lock, and no protection: a server that stops reading stops the call. Bare is a media bug that
// reads and drops, which is what the core itself takes.
//
// With a path that ends with /talk the floor is two-way: a thread of its own for each call writes
// what the server says to the call, at once.
#include <switch.h>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

SWITCH_BEGIN_EXTERN_C
SWITCH_MODULE_LOAD_FUNCTION(mod_audio_floor_load);
SWITCH_MODULE_DEFINITION(mod_audio_floor, mod_audio_floor_load, NULL, NULL);
SWITCH_END_EXTERN_C

namespace {

constexpr std::size_t kFrameBytes = 2 * SWITCH_RECOMMENDED_BUFFER_SIZE;
constexpr std::size_t kHeaderBytes = 8;  // of a masked message of 126 to 65535 bytes

/// Closed with its owner, also one whose constructor gave up.
struct Socket {
  Socket() = default;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd >= 0) close(fd);
  }
  int fd = -1;
};

/// One connection, from the handshake to the close; everything about it waits.
class WebSocket {
 public:
  explicit WebSocket(const std::string& url) {
    const std::string scheme = "ws://";
    const auto slash = url.find('/', scheme.size());
    const auto colon = url.find(':', scheme.size());
    if (!url.starts_with(scheme) || slash == std::string::npos || colon > slash) {
      throw std::runtime_error("no ws://<address>:<port>/<path>: " + url);
    }
    const std::string host = url.substr(scheme.size(), colon - scheme.size());
    connect_to(host, url.substr(colon + 1, slash - colon - 1));
    say("GET " + url.substr(slash) + " HTTP/1.1\r\nHost: " + host +
        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    read_answer();
  }
  /// `room` has kHeaderBytes before its `bytes` of payload.
  bool send(std::uint8_t* room, std::size_t bytes) {
    room[0] = 0x82;  // the whole of a binary message
    room[1] = 0x80 | 126;
    room[2] = static_cast<std::uint8_t>(bytes >> 8U);
    room[3] = static_cast<std::uint8_t>(bytes);
    mask_ = mask_ * 1664525U + 1013904223U;
    std::memcpy(room + 4, &mask_, sizeof mask_);
    for (std::size_t at = 0; at < bytes; at += sizeof mask_) {
      std::uint32_t word = 0;
      std::memcpy(&word, room + kHeaderBytes + at, sizeof word);
      word ^= mask_;
      std::memcpy(room + kHeaderBytes + at, &word, sizeof word);
    }
    const auto size = static_cast<ssize_t>(kHeaderBytes + bytes);
    return write(socket_.fd, room, kHeaderBytes + bytes) == size;
  }

  /// Waits for a message of audio. Nothing: it is over.
  std::span<std::uint8_t> receive(std::span<std::uint8_t> room) const {
    std::array<std::uint8_t, 4> header{};
    if (!read_all(header)) return {};
    // Whatever else a server may say, the sink does not.
    if (header[0] != 0x82 || header[1] != 126) return {};
    const std::size_t bytes = std::size_t{header[2]} << 8U | header[3];
    if (bytes > room.size() || !read_all(room.first(bytes))) return {};
    return room.first(bytes);
  }

  /// Ends a receive() in another thread.
  void end() const { shutdown(socket_.fd, SHUT_RDWR); }

  void say_goodbye() {
    constexpr std::array<std::uint8_t, 8> kClose{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8};
    static_cast<void>(::send(socket_.fd, kClose.data(), kClose.size(), MSG_NOSIGNAL));
  }

 private:
  [[nodiscard]] bool read_all(std::span<std::uint8_t> room) const {
    const auto size = static_cast<ssize_t>(room.size());
    return recv(socket_.fd, room.data(), room.size(), MSG_WAITALL) == size;
  }
  void connect_to(const std::string& host, const std::string& port) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), port.c_str(), &wanted, &found) != 0) {
      throw std::runtime_error("no address and port: " + host + ":" + port);
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> address{found, freeaddrinfo};
    socket_.fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    if (socket_.fd < 0 || connect(socket_.fd, address->ai_addr, address->ai_addrlen) != 0 ||
        setsockopt(socket_.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
      throw std::runtime_error("can't connect");
    }
  }
  void say(const std::string& text) const {
    if (write(socket_.fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
      throw std::runtime_error("can't write");
    }
  }
  void read_answer() const {
    std::string answer;
    char next = 0;
    while (!answer.ends_with("\r\n\r\n")) {
      if (read(socket_.fd, &next, 1) != 1) throw std::runtime_error("no answer");
      answer += next;
    }
    if (!answer.starts_with("HTTP/1.1 101")) throw std::runtime_error("refused: " + answer);
  }

  Socket socket_;
  std::uint32_t mask_ = 0x9E3779B9U;
};

/// One media bug's own. Without a connection it is bare.
struct Tap {
  Tap() = default;
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;
  ~Tap() {
    if (!connection) return;
    connection->say_goodbye();
    connection->end();
    if (talker.joinable()) talker.join();
  }
  std::unique_ptr<WebSocket> connection;
  std::thread talker;
};

/// Until the connection ends.
void write_what_is_said(switch_core_session_t* session, const WebSocket& connection) {
  std::array<std::uint8_t, SWITCH_RECOMMENDED_BUFFER_SIZE> room{};
  for (auto audio = connection.receive(room); !audio.empty(); audio = connection.receive(room)) {
    switch_frame_t frame{};
    frame.codec = switch_core_session_get_write_codec(session);
    if (frame.codec == nullptr) return;
    const auto* codec = frame.codec->implementation;
    frame.data = audio.data();
    frame.buflen = static_cast<std::uint32_t>(room.size());
    frame.datalen = static_cast<std::uint32_t>(audio.size());
    frame.samples = frame.datalen / sizeof(std::int16_t);
    frame.rate = codec->actual_samples_per_second;
    frame.channels = 1;
    switch_core_session_write_frame(session, &frame, SWITCH_IO_FLAG_NONE, 0);
  }
}

bool read_and_send(switch_media_bug_t* bug, Tap& tap) {
  std::array<std::uint8_t, kHeaderBytes + kFrameBytes> room;  // NOLINT: the core fills it
  switch_frame_t frame{};
  frame.data = room.data() + kHeaderBytes;
  frame.buflen = kFrameBytes;
  while (switch_core_media_bug_read(bug, &frame, SWITCH_TRUE) == SWITCH_STATUS_SUCCESS &&
         frame.datalen > 0) {
    if (tap.connection && !tap.connection->send(room.data(), frame.datalen)) return false;
  }
  return true;
}

switch_bool_t on_bug(switch_media_bug_t* bug, void* own, switch_abc_type_t type) {
  auto* tap = static_cast<Tap*>(own);
  if (type == SWITCH_ABC_TYPE_READ) return read_and_send(bug, *tap) ? SWITCH_TRUE : SWITCH_FALSE;
  if (type == SWITCH_ABC_TYPE_CLOSE) {
    delete tap;  // NOLINT(cppcoreguidelines-owning-memory): start() left it to the bug
  }
  return SWITCH_TRUE;
}

std::string start(switch_core_session_t* session, const char* name, std::unique_ptr<Tap> tap) {
  switch_media_bug_t* bug = nullptr;
  if (switch_core_media_bug_add(session, name, nullptr, on_bug, tap.get(), 0,
                                SMBF_READ_STREAM | SMBF_NO_PAUSE, &bug) != SWITCH_STATUS_SUCCESS) {
    return "-ERR no media bug";
  }
  static_cast<void>(tap.release());
  switch_channel_set_private(switch_core_session_get_channel(session), name, bug);
  return "+OK";
}

std::string stop(switch_core_session_t* session, const char* name) {
  switch_channel_t* channel = switch_core_session_get_channel(session);
  auto* bug = static_cast<switch_media_bug_t*>(switch_channel_get_private(channel, name));
  if (bug == nullptr) return "-ERR nothing to stop";
  switch_channel_set_private(channel, name, nullptr);
  switch_core_media_bug_remove(session, &bug);
  return "+OK";
}

/// `name` is the bug's too.
std::string run(const char* command, const char* name, bool connects) {
  std::istringstream words{command == nullptr ? "" : command};
  std::string uuid;
  std::string verb;
  std::string url;
  words >> uuid >> verb >> url;
  switch_core_session_t* session = switch_core_session_locate(uuid.c_str());
  if (session == nullptr) return "-ERR no such call";
  const std::unique_ptr<switch_core_session_t, decltype(&switch_core_session_rwunlock)> locked{
      session, switch_core_session_rwunlock};
  if (verb == "stop") return stop(session, name);
  if (verb != "start") return "-USAGE: <uuid> start <url> mono 8k | stop";
  try {
    auto tap = std::make_unique<Tap>();
    if (connects) tap->connection = std::make_unique<WebSocket>(url);
    if (connects && url.ends_with("/talk")) {
      const auto& connection = *tap->connection;
      tap->talker =
          std::thread{[session, &connection] { write_what_is_said(session, connection); }};
    }
    return start(session, name, std::move(tap));
  } catch (const std::exception& error) {
    return std::string{"-ERR "} + error.what();
  }
}

SWITCH_STANDARD_API(run_floor) {
  static_cast<void>(session);
  stream->write_function(stream, "%s\n", run(cmd, "audio_floor", true).c_str());
  return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(run_bare) {
  static_cast<void>(session);
  stream->write_function(stream, "%s\n", run(cmd, "audio_bare", false).c_str());
  return SWITCH_STATUS_SUCCESS;
}

}  // namespace

SWITCH_MODULE_LOAD_FUNCTION(mod_audio_floor_load) {
  *module_interface = switch_loadable_module_create_module_interface(pool, modname);
  switch_api_interface_t* api_interface = nullptr;
  SWITCH_ADD_API(api_interface, "uuid_audio_floor", "the floor", run_floor, "");
  SWITCH_ADD_API(api_interface, "uuid_audio_bare", "a bare media bug", run_bare, "");
  return SWITCH_STATUS_SUCCESS;
}
