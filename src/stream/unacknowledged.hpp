#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "audio/packet.hpp"
#include "dialect/message.hpp"

namespace audio_stream::stream {

/// A message that was given to TCP: what it takes to send it anew.
struct Delivery {
  enum class Kind : std::uint8_t { note, text, gap, final, packet, filler };

  Kind kind = Kind::packet;
  std::uint32_t samples = 0;   ///< per channel; 0 where it is no audio
  std::uint64_t position = 0;  ///< of the first of them in the stream
  std::uint64_t gap = 0;       ///< samples in front of it that were told to be lost
  std::uint64_t end = 0;       ///< the connection's bytes up to the message's end
  audio::PacketPtr packet;     ///< none where it is filler, a message, or no longer kept
  std::unique_ptr<dialect::Message> message;  ///< none where it is audio

  [[nodiscard]] bool is_audio() const noexcept {
    return kind == Kind::packet || kind == Kind::filler;
  }
  /// False for audio that had to make room: it can't be sent anew.
  [[nodiscard]] bool is_kept() const noexcept { return kind != Kind::packet || packet; }
};

/// What a stream has given to TCP and the server may not have: bytes in the kernel's buffers and on
/// the way are lost with their connection. Oldest first.
///
/// Audio is acknowledged by the server's TCP, or with `resume` by the server itself. Texts are
/// acknowledged by TCP. On the stream's I/O thread.
class Unacknowledged {
 public:
  using Deliveries = std::vector<Delivery>;

  explicit Unacknowledged(bool resume) : resume_{resume} {}

  /// `delivery` was given to the connection that stands.
  void add(Delivery delivery) {
    if (delivery.packet) ++packets_;
    sent_.push_back(std::move(delivery));
  }
  [[nodiscard]] std::size_t size() const noexcept { return sent_.size(); }
  /// Of them, those that hold a packet.
  [[nodiscard]] std::size_t packets() const noexcept { return packets_; }

  /// The server's TCP has acknowledged so many of the connection's bytes. Calls `release` with each
  /// packet that need not be kept any more.
  template <class Release>  // void(audio::PacketPtr)
  void tcp_acknowledged(std::uint64_t bytes, Release&& release) {
    release_if([&](const Delivery& each) { return each.end <= bytes && !waits_for_server(each); },
               release);
  }
  /// The server has all samples before this position.
  template <class Release>
  void server_acknowledged(std::uint64_t position, Release&& release) {
    acknowledged_ = std::max(acknowledged_, position);
    evicted_ = std::min(evicted_, evicted_end_ - std::min(evicted_end_, acknowledged_));
    release_if(
        [&](const Delivery& each) {
          return each.is_audio() && each.position + each.samples <= acknowledged_;
        },
        release);
  }
  /// The server has everything: it answered our close.
  void all_acknowledged() noexcept;

  /// No longer keeps the oldest packet that it keeps. None if it keeps none.
  audio::PacketPtr evict();

  /// What a lost connection leaves.
  struct Lost {
    Deliveries again;           ///< to be sent anew, in this order
    std::uint64_t unknown = 0;  ///< samples that can't be: the server may have them or not
    std::optional<std::uint64_t> position;  ///< of the first sample that the server may lack
  };
  Lost take();

 private:
  [[nodiscard]] bool waits_for_server(const Delivery& delivery) const noexcept {
    return resume_ && delivery.is_audio();
  }
  template <class Done, class Release>
  void release_if(const Done& done, Release&& release) {
    // Mostly the oldest ones, or none at all.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < sent_.size(); ++i) {
      if (done(sent_[i])) {
        if (sent_[i].packet) {
          release(std::move(sent_[i].packet));
          --packets_;
        }
        continue;
      }
      if (kept != i) sent_[kept] = std::move(sent_[i]);
      ++kept;
    }
    sent_.resize(kept);
  }

  const bool resume_;
  Deliveries sent_;
  std::size_t packets_ = 0;
  std::uint64_t acknowledged_ = 0;  // by the server, with resume
  // With resume, what the server has not acknowledged and was not kept: it may be all that was
  // sent.
  std::uint64_t evicted_ = 0;      // samples
  std::uint64_t evicted_end_ = 0;  // position behind them
};

}  // namespace audio_stream::stream
