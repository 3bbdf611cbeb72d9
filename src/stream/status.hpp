#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "stream/identity.hpp"
#include "stream/lifecycle.hpp"

namespace audio_stream::stream {

/// The figures of a live stream. Its I/O thread publishes them a few times a second. Audio is in
/// milliseconds.
struct StreamStatus {
  State state = State::starting;
  bool paused = false;
  std::uint64_t age_ms = 0;  ///< since `start`

  // Up.
  std::uint64_t sent_ms = 0;
  std::uint64_t kept_ms = 0;     ///< waits to be sent, for the first time or again
  std::uint64_t dropped_ms = 0;  ///< so far, for any reason
  std::uint64_t reconnects = 0;
  std::uint64_t failed_attempts = 0;
  std::uint64_t bytes_sent = 0;  ///< payload of messages
  std::uint64_t messages_received = 0;
  std::int64_t round_trip_us = -1;  ///< mean of the pings; -1: no pong yet

  // Down, with playback on.
  std::uint64_t playback_queued_ms = 0;
  std::uint64_t played_ms = 0;
  std::uint64_t underruns = 0;
};

/// A stream at the moment of Engine::snapshot().
struct StreamSnapshot {
  Identity identity;
  std::string url;  ///< the first of its URLs, without secrets
  StreamStatus status;
};

}  // namespace audio_stream::stream
