#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace audio_stream::dialect::rules {

/// The values of placeholders that differ from message to message.
enum class Live : std::uint8_t {
  audio,          ///< of this message, in base64
  seq,            ///< messages of this connection that use it, from `seq-from` on
  chunk,          ///< audio messages of this connection, counted from 1
  frames,         ///< audio messages sent on this connection
  samples,        ///< position of the message's first sample since the connection began
  ms,             ///< the same in milliseconds
  bytes,          ///< of audio that was sent on this connection
  in_frames,      ///< messages with audio that came on this connection
  digit,          ///< of a keypress
  duration_ms,    ///< of a keypress
  duration_8k,    ///< of a keypress, in samples of 8 kHz
  name,           ///< of a mark
  outcome,        ///< of a mark: a word of its rule
  heard_ms,       ///< of a clear: heard of the utterance
  thrown_ms,      ///< of a clear: discarded of what was queued
  item,           ///< the id that the server gave to a piece of audio
  item_heard_ms,  ///< of a clear: heard of that item
  queued_ms,      ///< waits to be played
  queued_frames,  ///< the same in frames of 20 ms
  paused,         ///< true or false
  full,           ///< true or false: the server was asked to wait
  rest,           ///< the words behind the first of a text that is no JSON
};

/// What a message is made of, besides its own characters. Members without use stay as they are.
struct LiveValues {
  std::span<const std::byte> audio;
  std::uint64_t seq = 0;
  std::uint64_t chunk = 0;
  std::uint64_t frames = 0;
  std::uint64_t samples = 0;
  std::uint64_t ms = 0;
  std::uint64_t bytes = 0;
  std::uint64_t in_frames = 0;
  char digit = 0;
  std::uint64_t duration_ms = 0;
  std::string_view name;
  std::string_view outcome;
  std::uint64_t heard_ms = 0;
  std::uint64_t thrown_ms = 0;
  std::string_view item;
  std::uint64_t item_heard_ms = 0;
  std::uint64_t queued_ms = 0;
  bool paused = false;
  bool full = false;
  std::span<const std::string> of_message;               ///< as BoundTemplate::collect() found them
  std::span<const std::optional<std::string>> captured;  ///< by `set`, in the order of their names
};

inline constexpr std::array<std::pair<std::string_view, Live>, 22> kLiveNames{{
    {"audio", Live::audio},
    {"seq", Live::seq},
    {"chunk", Live::chunk},
    {"frames", Live::frames},
    {"samples", Live::samples},
    {"ms", Live::ms},
    {"bytes", Live::bytes},
    {"in-frames", Live::in_frames},
    {"digit", Live::digit},
    {"duration-ms", Live::duration_ms},
    {"duration-8k", Live::duration_8k},
    {"name", Live::name},
    {"outcome", Live::outcome},
    {"heard-ms", Live::heard_ms},
    {"thrown-ms", Live::thrown_ms},
    {"item", Live::item},
    {"item-heard-ms", Live::item_heard_ms},
    {"queued-ms", Live::queued_ms},
    {"queued-frames", Live::queued_frames},
    {"paused", Live::paused},
    {"full", Live::full},
    {"rest", Live::rest},
}};

}  // namespace audio_stream::dialect::rules
