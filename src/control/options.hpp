#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "audio/format.hpp"
#include "audio/frame_mixer.hpp"
#include "control/allowed_hosts.hpp"
#include "control/file_limits.hpp"
#include "transport/websocket.hpp"

namespace audio_stream::control {

/// Who hears what the server says.
enum class PlayTo : std::uint8_t { caller, callee, both };

/// What interrupts the server.
enum class BargeIn : std::uint8_t { off, dtmf, speech };

/// Everything a stream is told at `start`; it doesn't change afterwards.
struct Options {
  transport::Endpoint endpoint;
  /// Tried in turn after `endpoint`'s own, with all else as it is there.
  std::vector<transport::Url> further_urls;
  audio::Mix mix = audio::Mix::mono;
  std::uint32_t rate_hz = 8000;
  std::uint32_t packet_ms = 20;
  std::string metadata;               ///< first message of every connection; empty: none
  std::chrono::seconds heartbeat{0};  ///< 0: off
  bool suppress_log = false;          ///< don't log what the server says
  bool reconnect = true;
  std::uint32_t reconnect_max = 0;         ///< failed attempts in a row that end it; 0: any number
  std::chrono::seconds reconnect_time{0};  ///< length of an outage that ends it; 0: any
  std::chrono::seconds stall_time{
      10};  ///< a server that takes nothing for so long is lost; 0: never
  /// A server that answered a ping and then misses one for so long is lost; 0: never.
  std::chrono::seconds liveness{0};
  std::chrono::milliseconds queue{5000};  ///< audio kept while it can't be sent
  bool resume = false;  ///< the server acknowledges audio, and gets what it has not after a loss
  std::uint32_t catch_up =
      4;  ///< what was kept is sent at most so many times as fast as spoken; 0: at once
  bool gap_text = false;           ///< tell the server, at the right place, of audio that was lost
  bool playback = false;           ///< what the server sends is for the call to hear
  std::uint32_t down_rate_hz = 0;  ///< of binary messages of the server; 0: as up
  PlayTo play_to = PlayTo::caller;
  audio::PlayMode play_mode = audio::PlayMode::mix;
  std::uint32_t playback_buffer_ms = 300'000;
  std::uint32_t playback_prebuffer_ms = 60;
  BargeIn barge_in = BargeIn::off;
  bool playout = true;  ///< what a server sent before it closed in good order is played to the end
  std::uint32_t event_rate =
      200;                      ///< events and answers a second that the server may cause; 0: any
  bool dtmf = false;            ///< tell the server of the caller's digits
  bool hello = false;           ///< introduce ourselves to the server
  std::string hello_variables;  ///< names of channel variables to go into it, parted by commas
  /// Those variables, as they were at the start.
  std::vector<std::pair<std::string, std::string>> hello_values;
  bool real_time = true;  ///< the call's audio comes as time goes by: what lacks is silence
  /// Bound of the queued audio of all streams with packets of this one's size.
  std::size_t pool_bytes = std::size_t{256} * 1024 * 1024;
  std::size_t message_bytes = std::size_t{16} * 1024 * 1024;  ///< of one message of the server
  std::size_t event_bytes =
      std::size_t{1024} * 1024;            ///< of what the server says to the application
  std::size_t max_streams = 0;             ///< at a time, of all calls; 0: any number
  std::size_t max_streams_per_call = 0;    ///< at a time; 0: any number
  FileLimits files;                        ///< what the server may put onto the disk
  AllowedHosts allowed_hosts;              ///< that the URLs may lead to
  std::chrono::milliseconds linger{1000};  ///< how long the end may take to deliver what is queued

  /// The first of the URLs that is not allowed, or none.
  [[nodiscard]] const transport::Url* forbidden_url() const;
  /// Whether the proxy is none of those hosts: whoever names it says where all the audio goes.
  [[nodiscard]] bool proxy_is_forbidden() const;

  [[nodiscard]] std::uint32_t rate_down_hz() const {
    return down_rate_hz == 0 ? rate_hz : down_rate_hz;
  }
  /// Bounds what the kernel holds of the stream, and for how long it tries to get rid of it.
  void bound_the_kernel();
  [[nodiscard]] audio::Format format() const { return {rate_hz, audio::channel_count(mix)}; }
};

/// Looks a channel variable, or a parameter of the configuration, up; empty if it isn't set.
using VariableLookup = std::function<std::optional<std::string>(const char* name)>;

/// Where a parameter may stand: there, and in each place below it.
enum class Place : std::uint8_t { variable, profile, settings };

/// One of the places where a stream's parameters may be set.
struct Layer {
  Place place = Place::variable;
  VariableLookup lookup;
  std::string where;  ///< for messages; empty for the call itself
};

/// Reads all parameters into `options`. Where several of `layers` have a value the first of them
/// wins. A value that would leave the stream without its authorization or its identity is an error;
/// any other bad value is named in `warnings`, and what holds without it is used. After an error
/// everything else has been read.
tl::expected<void, std::string> read_parameters(std::span<const Layer> layers, Options& options,
                                                std::vector<std::string>& warnings);

/// The same of the STREAM_* channel variables alone.
tl::expected<void, std::string> read_variables(const VariableLookup& lookup, Options& options,
                                               std::vector<std::string>& warnings);

}  // namespace audio_stream::control
