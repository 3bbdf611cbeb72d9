#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "audio/codec/encoder.hpp"
#include "audio/packet.hpp"
#include "control/options.hpp"
#include "dialect/dialect.hpp"
#include "stream/counters.hpp"
#include "stream/unacknowledged.hpp"
#include "stream/uplink.hpp"

namespace audio_stream::stream {

/// Everything that a stream has to send, in the order of sending: on each connection the dialect's
/// opening, then notes, the application's texts and audio, and last the text of the stop and the
/// dialect's end.
///
/// It outlives connections. A message that was in flight when a connection broke, or that the
/// server has not acknowledged (Unacknowledged), is sent again on the next one, before the rest.
/// After an outage the kept audio is sent at a bounded pace.
///
/// Belongs to its session. Runs on the stream's I/O thread.
class Outbox {
 public:
  using Clock = std::chrono::steady_clock;

  /// After this many messages the sender asks TCP what it has acknowledged, so that a stream
  /// normally holds few packets.
  static constexpr std::size_t kCheckEvery = 8;

  /// All references outlive it.
  struct Parts {
    const control::Options& options;
    Uplink& uplink;
    Counters& counters;
    dialect::Dialect& dialect;
    audio::codec::Encoder* encoder;
    std::function<void(std::size_t bytes)> on_text_out;  ///< a text of add_text() was sent
    std::function<void()> on_notes_lost;                 ///< the first note found no room
  };

  // The results of next(). Views stay valid until sent() or on_connection_lost().
  struct Nothing {};
  struct Held {};  ///< what is left waits for the server to be ready
  struct Wait {    ///< the pace after an outage does not allow a packet yet
    std::chrono::milliseconds time;
  };
  struct Send {
    dialect::MessageView message;
    bool more = false;  ///< another message follows at once
  };
  using Next = std::variant<Nothing, Held, Wait, Send>;

  explicit Outbox(Parts parts)
      : channels_{parts.options.audio.format().channels},
        unacknowledged_{parts.options.reconnect.resume},
        parts_{std::move(parts)} {}

  /// A connection was made. The dialect's opening is sent first.
  void on_connected(Clock::time_point now);
  /// Audio and texts may be sent on this connection.
  void on_ready(Clock::time_point now);
  [[nodiscard]] bool waits_for_ready() const noexcept { return waits_for_ready_; }
  /// The position of the connection's first sample.
  [[nodiscard]] std::uint64_t connection_begin_ms() const noexcept { return connection_begin_ms_; }
  /// From the next packet on. `encoder` outlives this.
  void set_encoder(audio::codec::Encoder& encoder) noexcept { parts_.encoder = &encoder; }
  /// TCP has acknowledged the connection's first `acknowledged` bytes. The messages behind them are
  /// sent again.
  void on_connection_lost(std::uint64_t acknowledged);

  /// TCP has acknowledged the connection's first `bytes` bytes.
  void tcp_acknowledged(std::uint64_t bytes);
  /// With resume: the server has all audio before `position_ms`.
  void server_acknowledged(std::uint64_t position_ms);
  /// Audio that is kept for the next connection.
  [[nodiscard]] std::uint64_t kept_ms() const noexcept {
    return parts_.uplink.queued_ms() + again_audio_ * parts_.options.audio.packet_ms;
  }
  /// Drops the oldest audio until kept and queued audio together are within the bound.
  void make_room();
  /// The server answered the close, which was sent last, so it has everything.
  void all_acknowledged() noexcept { unacknowledged_.all_acknowledged(); }
  /// Enough messages were sent since the last tcp_acknowledged() for another.
  [[nodiscard]] bool progress_check_due() const noexcept {
    return unacknowledged_.size() >= check_at_;
  }

  /// A text of the application for the server.
  void add_text(std::string text) {
    texts_.push_back({dialect::MessageKind::text, std::move(text)});
  }
  /// The dialect's notes about playback, the caller's digits, replies. If the server has left so
  /// much unread that there is no room for one, it and those behind it are counted and dropped.
  void add_notes(dialect::Messages notes);
  /// Sent behind all audio, in place of one that waits.
  void set_final_text(std::string text);
  /// Everything is sent: queues the dialect's last messages. False if it has none, or they were
  /// sent.
  bool add_end();
  [[nodiscard]] bool ended() const noexcept { return ended_; }

  /// The next message, which is then in flight. Only if none is in flight. `draining`: at the end
  /// of a stream the pace after an outage does not apply.
  Next next(Clock::time_point now, bool draining);
  /// The message in flight was written: it ends with byte `written` of the connection.
  void sent(std::uint64_t written);
  [[nodiscard]] bool in_flight() const noexcept { return in_flight_ != InFlight::nothing; }
  /// Whether audio or texts wait that are worth a connection.
  [[nodiscard]] bool has_something() const noexcept;
  [[nodiscard]] bool has_notes() const noexcept { return !notes_.empty(); }

  /// Bodies of gap events for audio that was lost before the last message of next().
  [[nodiscard]] std::vector<std::string> take_gaps() { return std::exchange(gaps_, {}); }

  /// What will never be sent.
  struct Left {
    std::uint64_t samples = 0;  ///< per channel
    std::uint64_t unknown = 0;  ///< samples given to TCP, which the server may have
    bool texts = false;
  };
  /// Ends sending, after on_connection_lost(). Counts the rest once.
  Left abandon();

 private:
  enum class InFlight : std::uint8_t {
    nothing,
    opening,
    again,
    note,
    text,
    gap,
    part,
    filler,
    packet,
    final
  };
  using Kind = Delivery::Kind;

  Next begin(InFlight what, const dialect::Message& message);
  struct Pcm {  // samples of a packet, all channels, from `position` on
    std::span<const std::int16_t> samples;
    std::uint64_t position;
  };
  Next begin(InFlight what, const Pcm& pcm);
  Next begin_again();
  void keep(Kind kind, dialect::Message message, std::uint64_t end);
  void keep(Delivery delivery, std::uint64_t end);
  bool fetch_packet();
  [[nodiscard]] std::uint64_t filler_to_send();
  Pcm silence(std::uint64_t position, std::uint64_t samples);
  [[nodiscard]] Pcm part_of(const audio::Packet& packet, std::uint64_t position) const noexcept;
  void drop_empty_packet() noexcept;
  std::optional<dialect::Message> record_gap(std::uint64_t position, std::uint64_t samples);
  void record_gap_before_packet(std::uint64_t samples);
  void skip_what_was_left_out();
  [[nodiscard]] std::uint64_t first_position();
  [[nodiscard]] std::uint64_t ms_of(std::uint64_t samples) const noexcept;
  void begin_to_catch_up(Clock::time_point now);
  void count_caught_up(std::uint64_t samples) noexcept;
  std::optional<std::chrono::milliseconds> time_to_catch_up(Clock::time_point now, bool draining);
  void recycle(audio::PacketPtr packet) noexcept { parts_.uplink.recycle(std::move(packet)); }

  // Read for each packet, so close together in memory.
  InFlight in_flight_ = InFlight::nothing;
  bool catching_up_ = false;  // the audio that was kept in an outage is sent at a bounded pace
  const std::uint8_t channels_;
  audio::PacketPtr packet_;  // in flight, or next
  // The server's position: that of the next sample, unless audio was lost.
  std::uint64_t next_position_ = 0;
  std::size_t check_at_ = kCheckEvery;  // when this many are unacknowledged
  Unacknowledged unacknowledged_;
  std::vector<std::string> gaps_;
  std::size_t again_audio_ = 0;  // the audio in again_
  std::list<Delivery> again_;    // of the old connection; only opening_ is sent before them
  // Usually there are no texts: an empty list allocates nothing, an empty deque 600 bytes.
  std::list<dialect::Message> opening_;
  std::list<dialect::Message> notes_;
  std::list<dialect::Message> texts_;
  // Before packet_ comes lost audio (told by the event and gap_message_), then silence.
  std::uint64_t gap_ = 0;     // samples per channel
  std::uint64_t filler_ = 0;  // samples per channel
  std::optional<dialect::Message> gap_message_;
  std::optional<dialect::Message> part_message_;  // follows it
  std::uint64_t left_out_ = 0;                    // of the last packet fetched
  std::vector<std::int16_t> silence_;             // one packet of silence, while there is filler
  std::optional<dialect::Message> final_;         // sent behind all audio
  std::list<dialect::Message> ends_;              // the dialect's last messages behind final_
  bool ended_ = false;                            // final_ is, or was, one of the dialect's
  bool waits_for_ready_ = false;
  std::uint64_t connection_begin_ms_ = 0;
  std::uint64_t encoded_to_ = 0;  // position behind the last encoded sample
  dialect::Scratch scratch_;      // for the message of a packet
  Parts parts_;

  std::size_t note_bytes_ = 0;
  bool notes_lost_ = false;
  Clock::time_point connected_since_;  // time of the current connection
  std::uint64_t caught_up_ms_ = 0;
  std::uint64_t to_catch_up_ms_ = 0;  // including the call's audio of that time
};

}  // namespace audio_stream::stream
