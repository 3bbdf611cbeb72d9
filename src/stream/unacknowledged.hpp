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

/// A message that was given to TCP, with what is needed to send it again.
struct Delivery {
  enum class Kind : std::uint8_t { note, text, gap, final, packet, filler };

  Kind kind = Kind::packet;
  std::uint32_t samples = 0;                  ///< per channel; 0 if it is no audio
  std::uint64_t position = 0;                 ///< of its first sample in the stream
  std::uint64_t gap = 0;                      ///< samples before it that were reported as lost
  std::uint64_t end = 0;                      ///< bytes of the connection up to the message's end
  audio::PacketPtr packet;                    ///< null for filler, for texts, and if no longer kept
  std::unique_ptr<dialect::Message> message;  ///< null for audio

  [[nodiscard]] bool is_audio() const noexcept {
    return kind == Kind::packet || kind == Kind::filler;
  }
  /// False for audio whose packet was evicted: it can't be sent again.
  [[nodiscard]] bool is_kept() const noexcept { return kind != Kind::packet || packet; }
};

/// What a stream has given to TCP and the server may not have: bytes in the kernel's buffers and on
/// the way are lost with their connection. Oldest first.
///
/// The server's TCP acknowledges texts and audio; with `resume` the server itself acknowledges
/// audio. Runs on the stream's I/O thread.
class Unacknowledged {
 public:
  using Deliveries = std::vector<Delivery>;

  explicit Unacknowledged(bool resume) : resume_{resume} {}

  /// `delivery` was given to the current connection.
  void add(Delivery delivery) {
    if (delivery.packet) ++packets_;
    sent_.push_back(std::move(delivery));
  }
  [[nodiscard]] std::size_t size() const noexcept { return sent_.size(); }
  /// The number of deliveries that hold a packet.
  [[nodiscard]] std::size_t packets() const noexcept { return packets_; }

  /// The server's TCP has acknowledged the connection's first `bytes` bytes. Calls `release` with
  /// each packet that is no longer needed.
  template <class Release>  // void(audio::PacketPtr)
  void tcp_acknowledged(std::uint64_t bytes, Release&& release) {
    release_if([&](const Delivery& each) { return each.end <= bytes && !waits_for_server(each); },
               release);
  }
  /// The server has all samples before `position`.
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
  /// The server has everything, because it answered the close.
  void all_acknowledged() noexcept;

  /// Stops keeping the oldest kept packet and returns it. Null if there is none.
  audio::PacketPtr evict();

  /// What a lost connection leaves behind.
  struct Lost {
    Deliveries again;                       ///< to be sent again, in this order
    std::uint64_t unknown = 0;              ///< not sent again; the server may have these samples
    std::optional<std::uint64_t> position;  ///< of the first sample that the server may lack
  };
  Lost take();

 private:
  [[nodiscard]] bool waits_for_server(const Delivery& delivery) const noexcept {
    return resume_ && delivery.is_audio();
  }
  template <class Done, class Release>
  void release_if(const Done& done, Release&& release) {
    // Usually the oldest ones, or none.
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
  // With resume: samples that the server has not acknowledged and that were not kept. It may have
  // them all.
  std::uint64_t evicted_ = 0;      // samples
  std::uint64_t evicted_end_ = 0;  // position behind the evicted samples
};

}  // namespace audio_stream::stream
