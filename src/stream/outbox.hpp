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

/// What a stream has to send, in the order of sending: on each connection the dialect's opening,
/// then notes, the application's texts and audio, and behind all the text of the stop and the
/// dialect's end.
///
/// It outlives connections. A message that was in flight when one broke, or that the server has not
/// acknowledged (Unacknowledged), is sent anew on the next one, before what waits. What was kept in
/// the outage goes out at a measured pace. Belongs to its session, on the stream's I/O thread.
class Outbox {
 public:
  using Clock = std::chrono::steady_clock;

  /// After so many messages TCP is asked what it has acknowledged, so that a stream holds few
  /// packets in usual times.
  static constexpr std::size_t kCheckEvery = 8;

  /// All references outlive it.
  struct Parts {
    const control::Options& options;
    Uplink& uplink;
    Counters& counters;
    dialect::Dialect& dialect;
    audio::codec::Encoder& encoder;
    std::function<void(std::size_t bytes)> on_text_out;  ///< a text of add_text() has left
  };

  // What is next. What the views show stays where it is until sent() or on_connection_lost().
  struct Nothing {};
  struct Wait {  ///< the server has to catch up first
    std::chrono::milliseconds time;
  };
  struct Send {
    dialect::MessageView message;
    bool more = false;  ///< another is there already, and is next
  };
  using Next = std::variant<Nothing, Wait, Send>;

  explicit Outbox(Parts parts)
      : channels_{parts.options.format().channels},
        unacknowledged_{parts.options.resume},
        parts_{std::move(parts)} {}

  /// A connection stands. The dialect's opening comes first on it.
  void on_connected(Clock::time_point now);
  /// TCP has acknowledged so many of its bytes. What is behind them is sent anew.
  void on_connection_lost(std::uint64_t acknowledged);

  /// The server's TCP has acknowledged so many bytes of the connection.
  void tcp_acknowledged(std::uint64_t bytes);
  /// With resume: the server has all audio before that.
  void server_acknowledged(std::uint64_t position_ms);
  /// Audio that was kept, to be sent on the next connection.
  [[nodiscard]] std::uint64_t kept_ms() const noexcept {
    return parts_.uplink.queued_ms() + again_audio_ * parts_.options.packet_ms;
  }
  /// What is kept and what waits are together no more than may wait: the oldest goes first.
  void make_room();
  /// The server answered our close, which came behind everything.
  void all_acknowledged() noexcept { unacknowledged_.all_acknowledged(); }
  /// So many messages were sent since then that tcp_acknowledged() is due.
  [[nodiscard]] bool progress_check_due() const noexcept {
    return unacknowledged_.size() >= check_at_;
  }

  /// What the application wants the server to know.
  void add_text(std::string text) {
    texts_.push_back({dialect::MessageKind::text, std::move(text)});
  }
  /// What became of the server's audio, and the caller's digits. False if the server has left so
  /// much of it unread that there is no room.
  [[nodiscard]] bool add_note(std::optional<dialect::Message> note);
  void set_final_text(std::string text) {
    final_ = dialect::Message{dialect::MessageKind::text, std::move(text)};
  }
  /// Everything is sent: the dialect's last message is next. False if it has none, or it was sent.
  bool add_end();

  /// The next message, which is in flight then; only if none is. At the end of a stream,
  /// `draining`, there is no time for a measured pace.
  Next next(Clock::time_point now, bool draining);
  /// What was in flight is on its way: it ends with byte `written` of the connection.
  void sent(std::uint64_t written);
  [[nodiscard]] bool in_flight() const noexcept { return in_flight_ != InFlight::nothing; }
  /// Whether audio or texts wait that a connection would be worth while for.
  [[nodiscard]] bool has_something() const noexcept;
  [[nodiscard]] bool has_notes() const noexcept { return !notes_.empty(); }

  /// Bodies of gap events: audio that was lost in front of what next() came to.
  [[nodiscard]] std::vector<std::string> take_gaps() { return std::exchange(gaps_, {}); }

  /// What is never sent any more.
  struct Left {
    std::uint64_t samples = 0;  ///< per channel
    std::uint64_t unknown = 0;  ///< samples that were given to TCP, and the server may have
    bool texts = false;
  };
  /// Nothing is sent any more, after on_connection_lost(). Counts what is left, once.
  Left abandon();

 private:
  enum class InFlight : std::uint8_t {
    nothing,
    opening,
    again,
    note,
    text,
    gap,
    filler,
    packet,
    final
  };
  using Kind = Delivery::Kind;

  Next begin(InFlight what, const dialect::Message& message);
  struct Pcm {  // of a packet, all channels, from `position` on
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
  [[nodiscard]] std::uint64_t first_position();
  [[nodiscard]] std::uint64_t ms_of(std::uint64_t samples) const noexcept;
  void begin_to_catch_up(Clock::time_point now);
  void count_caught_up(std::uint64_t samples) noexcept;
  std::optional<std::chrono::milliseconds> time_to_catch_up(Clock::time_point now, bool draining);
  void recycle(audio::PacketPtr packet) noexcept { parts_.uplink.recycle(std::move(packet)); }

  // Looked at with each packet, and so close together.
  InFlight in_flight_ = InFlight::nothing;
  bool catching_up_ = false;  // what was kept while there was no connection, at a measured pace
  const std::uint8_t channels_;
  audio::PacketPtr packet_;  // in flight, or the next one
  // Where the server is: the next sample's position unless audio was lost.
  std::uint64_t next_position_ = 0;
  std::size_t check_at_ = kCheckEvery;  // when so many are unacknowledged
  Unacknowledged unacknowledged_;
  std::vector<std::string> gaps_;
  std::size_t again_audio_ = 0;  // of again_, those that are audio
  std::list<Delivery> again_;    // of the connection before, in front of all but opening_
  // Mostly there are no texts: a list of none takes nothing, a deque 600 bytes.
  std::list<dialect::Message> opening_;
  std::list<dialect::Message> notes_;
  std::list<dialect::Message> texts_;
  // In front of packet_ comes what was lost, as told by the event and by gap_message_, then
  // silence.
  std::uint64_t gap_ = 0;     // samples per channel
  std::uint64_t filler_ = 0;  // the same
  std::optional<dialect::Message> gap_message_;
  std::vector<std::int16_t> silence_;      // a packet of it, while there is filler
  std::optional<dialect::Message> final_;  // behind all audio
  bool ended_ = false;                     // final_ was, or is, the dialect's last message
  std::uint64_t encoded_to_ = 0;           // position behind the samples that were encoded last
  dialect::Scratch scratch_;               // for the message of a packet
  Parts parts_;

  std::size_t note_bytes_ = 0;
  Clock::time_point connected_since_;  // the connection
  std::uint64_t caught_up_ms_ = 0;
  std::uint64_t to_catch_up_ms_ = 0;  // with what the call yields meanwhile
};

}  // namespace audio_stream::stream
