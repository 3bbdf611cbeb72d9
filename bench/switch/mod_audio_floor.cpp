// The least that streaming can cost, for comparison. Three commands with the syntax of
// uuid_audio_stream:
//
//   uuid_audio_floor <uuid> start ws://<address>:<port>/<path> mono 8k | stop
//   uuid_audio_batch <uuid> start ws://<address>:<port>/<path> mono 8k | stop
//   uuid_audio_bare  <uuid> start <whatever> | stop
//
// The floor masks each frame and write()s it to the WebSocket from the media thread. It has no
// queue, no lock and no protection: a server that stops reading stops the call. Batch leaves the
// write() to one thread for all calls (batch.hpp). Bare is a media bug that reads and drops: the
// core's own cost.
//
// With a path that ends with /talk the floor is two-way: each call has a thread that writes the
// server's audio to the call at once.
#include <switch.h>

#include <array>
#include <cstdint>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "batch.hpp"
#include "web_socket.hpp"

SWITCH_BEGIN_EXTERN_C
SWITCH_MODULE_LOAD_FUNCTION(mod_audio_floor_load);
SWITCH_MODULE_DEFINITION(mod_audio_floor, mod_audio_floor_load, nullptr, nullptr);
SWITCH_END_EXTERN_C

namespace {

using audio_floor::Batch;
using audio_floor::BatchedCall;
using audio_floor::kHeaderBytes;
using audio_floor::WebSocket;

constexpr std::size_t kFrameBytes = 2 * SWITCH_RECOMMENDED_BUFFER_SIZE;

Batch& batch() {
  static Batch of_all_calls;
  return of_all_calls;
}

/// The data of one media bug. Without a connection it is bare.
struct Tap {
  Tap() = default;
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;
  ~Tap() {
    if (batched) {
      batch().remove(*batched);
      batched->connection.send_close();
    }
    if (!connection) return;
    connection->send_close();
    connection->end();
    if (talker.joinable()) talker.join();
  }
  std::unique_ptr<WebSocket> connection;
  std::unique_ptr<BatchedCall> batched;
  std::thread talker;
};

/// Writes the server's audio to the call until the connection ends.
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
    if (!tap.connection) continue;
    tap.connection->frame(room.data(), frame.datalen);
    if (!tap.connection->send(room.data(), frame.datalen)) return false;
  }
  return true;
}

/// Reads frames into the call's room. A frame without room, or too large for it, is lost.
void read_for_batch(switch_media_bug_t* bug, BatchedCall& call) {
  std::array<std::uint8_t, kFrameBytes> lost;  // NOLINT: the core fills it
  while (true) {
    const auto room = call.room();
    switch_frame_t frame{};
    frame.data = room.empty() ? lost.data() : room.data() + kHeaderBytes;
    frame.buflen =
        static_cast<std::uint32_t>(room.empty() ? lost.size() : room.size() - kHeaderBytes);
    if (switch_core_media_bug_read(bug, &frame, SWITCH_TRUE) != SWITCH_STATUS_SUCCESS ||
        frame.datalen == 0) {
      return;
    }
    if (!room.empty()) call.put(frame.datalen);
  }
}

switch_bool_t on_bug(switch_media_bug_t* bug, void* own, switch_abc_type_t type) {
  auto* tap = static_cast<Tap*>(own);
  if (type == SWITCH_ABC_TYPE_READ && tap->batched) {
    read_for_batch(bug, *tap->batched);
  } else if (type == SWITCH_ABC_TYPE_READ) {
    return read_and_send(bug, *tap) ? SWITCH_TRUE : SWITCH_FALSE;
  }
  if (type == SWITCH_ABC_TYPE_CLOSE) {
    delete tap;  // NOLINT(cppcoreguidelines-owning-memory): start() gave it to the bug
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

enum class Sends { nothing, at_once, in_batches };

/// `name` is also the bug's name.
std::string run(const char* command, const char* name, Sends sends) {
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
    if (sends == Sends::at_once) tap->connection = std::make_unique<WebSocket>(url);
    if (sends == Sends::in_batches) {
      tap->batched = std::make_unique<BatchedCall>(url);
      batch().add(*tap->batched);
    }
    if (tap->connection && url.ends_with("/talk")) {
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
  stream->write_function(stream, "%s\n", run(cmd, "audio_floor", Sends::at_once).c_str());
  return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(run_batch) {
  static_cast<void>(session);
  stream->write_function(stream, "%s\n", run(cmd, "audio_batch", Sends::in_batches).c_str());
  return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(run_bare) {
  static_cast<void>(session);
  stream->write_function(stream, "%s\n", run(cmd, "audio_bare", Sends::nothing).c_str());
  return SWITCH_STATUS_SUCCESS;
}

}  // namespace

SWITCH_MODULE_LOAD_FUNCTION(mod_audio_floor_load) {
  *module_interface = switch_loadable_module_create_module_interface(pool, modname);
  switch_api_interface_t* api_interface = nullptr;
  SWITCH_ADD_API(api_interface, "uuid_audio_floor", "the floor", run_floor, "");
  SWITCH_ADD_API(api_interface, "uuid_audio_batch", "the floor in batches", run_batch, "");
  SWITCH_ADD_API(api_interface, "uuid_audio_bare", "a bare media bug", run_bare, "");
  return SWITCH_STATUS_SUCCESS;
}
