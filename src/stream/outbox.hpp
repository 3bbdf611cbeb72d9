#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "audio/packet.hpp"
#include "stream/counters.hpp"
#include "stream/options.hpp"
#include "stream/uplink.hpp"

namespace audio_stream::protocol {
class Dialect;
}

namespace audio_stream::stream {

/// What a stream has to send, in the order of sending: on each connection the opening texts, then
/// what there is of notes, of the application's texts and of audio, and behind all the text of the
/// stop.
///
/// It outlives connections. A message that was in flight when one broke has not arrived as a whole,
/// so it is sent anew on the next one; what was kept in the outage goes out at a measured pace.
/// Belongs to its session, on the stream's I/O thread.
class Outbox {
 public:
  using Clock = std::chrono::steady_clock;

  /// All references outlive it.
  struct Parts {
    const Options& options;
    Uplink& uplink;
    Counters& counters;
    const protocol::Dialect& dialect;
    std::function<void(std::size_t bytes)> on_text_gone;  ///< a text of add_text() has left
  };

  // What is next. What the views show stays where it is until sent() or connection_lost().
  struct Nothing {};
  struct Wait {  ///< the server has to catch up first
    std::chrono::milliseconds time;
  };
  struct Text {
    std::string_view text;
  };
  struct Audio {
    std::span<const std::byte> message;
    bool more;  ///< another is there already, and is next
  };
  using Next = std::variant<Nothing, Wait, Text, Audio>;

  explicit Outbox(Parts parts)
      : channels_{parts.options.format().channels}, parts_{std::move(parts)} {}

  /// A connection stands, and `opening` comes first on it.
  void connection_stands(std::list<std::string> opening, Clock::time_point now);
  void connection_lost() noexcept { in_flight_ = InFlight::nothing; }

  /// What the application wants the server to know.
  void add_text(std::string text) { texts_.push_back(std::move(text)); }
  /// What became of the server's audio. False if the server has left so much of it unread that
  /// there is no room.
  [[nodiscard]] bool add_note(std::string text);
  void set_final_text(std::string text) { final_text_ = std::move(text); }

  /// The next message, which is in flight then; only if none is. At the end of a stream,
  /// `draining`, there is no time for a measured pace.
  Next next(Clock::time_point now, bool draining);
  /// What was in flight is on its way.
  void sent();
  [[nodiscard]] bool in_flight() const noexcept { return in_flight_ != InFlight::nothing; }
  /// Whether audio or texts wait that a connection would be worth while for.
  [[nodiscard]] bool has_something() const noexcept;
  [[nodiscard]] bool has_notes() const noexcept { return !notes_.empty(); }

  /// Bodies of gap events: audio that was lost in front of what next() came to.
  [[nodiscard]] std::vector<std::string> take_gaps() { return std::exchange(gaps_, {}); }

  /// What is never sent any more.
  struct Left {
    std::uint64_t samples = 0;  ///< per channel
    bool texts = false;
  };
  /// Nothing is sent any more. Counts what is left, once.
  Left abandon();

 private:
  enum class InFlight : std::uint8_t {
    nothing,
    opening,
    note,
    text,
    gap_text,
    filler,
    packet,
    final_text
  };

  Next begin(InFlight what, const std::string& text);
  bool fetch_packet();
  [[nodiscard]] std::uint64_t filler_to_send(std::uint64_t hole);
  std::span<const std::byte> next_filler();
  void note_gap(std::uint64_t position, std::uint64_t samples);
  void begin_to_catch_up(Clock::time_point now);
  void catch_up_with(std::uint64_t filler) noexcept;
  std::optional<std::chrono::milliseconds> time_to_catch_up(Clock::time_point now, bool draining);

  // Looked at with each packet, and so close together.
  InFlight in_flight_ = InFlight::nothing;
  bool catching_up_ = false;  // what was kept while there was no connection, at a measured pace
  const std::uint8_t channels_;
  audio::PacketPtr packet_;  // in flight, or to be sent anew
  // Where the stream is: the next packet's position unless audio was lost.
  std::uint64_t next_position_ = 0;
  std::vector<std::string> gaps_;
  // Mostly there are no texts: a list of none takes nothing, a deque 600 bytes.
  std::list<std::string> opening_;
  std::list<std::string> notes_;
  std::list<std::string> texts_;
  std::optional<std::string> gap_text_;  // in front of packet_ and its filler
  std::uint64_t filler_ = 0;  // samples per channel of silence that is to be sent before packet_
  std::vector<std::int16_t> silence_;      // a packet of it, while there is filler
  std::optional<std::string> final_text_;  // behind all audio
  Parts parts_;

  std::size_t note_bytes_ = 0;
  Clock::time_point stands_since_;  // the connection
  std::uint64_t caught_up_ms_ = 0;
  std::uint64_t to_catch_up_ms_ = 0;  // with what the call yields meanwhile
};

}  // namespace audio_stream::stream
