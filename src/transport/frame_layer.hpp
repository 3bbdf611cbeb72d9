#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include "transport/server_frames.hpp"
#include "transport/tcp_socket.hpp"
#include "transport/tls_stream.hpp"
#include "transport/traffic.hpp"

namespace audio_stream::transport {

/// TCP, as a frame layer wants it.
class PlainStream : public TcpSocket {
 public:
  explicit PlainStream(TcpSocket socket) : TcpSocket{std::move(socket)} {}

  TcpSocket& next_layer() noexcept { return *this; }

  /// Writes what the socket takes now. With `more` to come TCP may wait for that, for 200 ms at the
  /// most: to give it bytes takes a fraction of what it takes to send a segment.
  std::size_t write_now(std::span<const std::byte> bytes, bool more,
                        boost::system::error_code& error) noexcept {
    const int flags = MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0);
    const auto sent = ::send(native_handle(), bytes.data(), bytes.size(), flags);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
      error = {errno, boost::asio::error::get_system_category()};
    }
    return 0;
  }
};

/// Whom the server's audio is given to, past Beast.
class MessageTaker {
 public:
  enum class Answer : std::uint8_t { now, later, no_more };

  /// Whether a message may be taken. After "later" FrameLayer::go_on() says that it has changed.
  [[nodiscard]] virtual Answer takes() const noexcept = 0;
  /// A binary message of one frame.
  virtual void take(std::span<const std::byte> payload) = 0;

 protected:
  ~MessageTaker() = default;
};

/// What is under a Beast WebSocket: it lets whole frames of ours go between those of Beast, and
/// takes whole frames of audio out of what Beast reads.
///
/// Audio goes out fifty times a second for each call, and may come in as often, and most of what
/// Beast does for a message is not needed for it: a frame that the socket takes at once costs one
/// system call and nothing else, and so does one that it has. Beast reads and writes all else:
/// texts, control frames, messages of several frames, and what breaks a rule. It writes on its own
/// account as well (a pong), so that the two have to wait for each other here. All on the
/// connection's thread.
template <class Next>
class FrameLayer {
 public:
  using Error = boost::system::error_code;
  using executor_type = typename Next::executor_type;  // NOLINT: Asio's name
  using next_layer_type = Next;                        // NOLINT: Beast's name

  template <class... Arguments>
  explicit FrameLayer(Arguments&&... arguments) : next_{std::forward<Arguments>(arguments)...} {}

  executor_type get_executor() noexcept { return next_.get_executor(); }
  Next& next_layer() noexcept { return next_; }
  const Next& next_layer() const noexcept { return next_; }
  [[nodiscard]] TcpSocket& socket() noexcept { return next_.next_layer(); }

  Traffic traffic;  ///< noted when the socket was closed

  // ---- ours

  /// Whether a frame may be written now: Beast is in none of its own, nor are we.
  [[nodiscard]] bool free() const noexcept { return !theirs_ && rest_.empty(); }

  /// Writes a frame, if the socket takes it now. False if it does not: what is left is kept, and
  /// async_write_rest() has to follow; or, with an error, lost. Only if free().
  bool write_frame(std::span<const std::byte> frame, bool more, Error& error) {
    const std::size_t written = next_.write_now(frame, more, error);
    if (error) return false;
    if (written == frame.size()) return true;
    rest_.assign(frame.begin() + static_cast<std::ptrdiff_t>(written), frame.end());
    return false;
  }

  /// Calls `handler` when the rest of the frame is written.
  template <class Handler>  // void(Error)
  void async_write_rest(Handler handler) {
    socket().async_wait(
        TcpSocket::wait_write, [this, handler = std::move(handler)](Error error) mutable {
          if (!error) {
            const std::size_t written = next_.write_now(rest_, false, error);
            rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(written));
          }
          if (!error && !rest_.empty()) {
            async_write_rest(std::move(handler));
            return;
          }
          rest_ = {};
          if (const auto theirs = std::move(waiting_)) theirs->go();
          handler(error);
        });
  }

  /// Messages of up to `most` bytes are `taker`'s from now on. Between two reads of Beast's.
  void give_messages_to(MessageTaker& taker, std::size_t most) noexcept {
    following_ = frames_.at_message();  // unless the answer to the handshake was a strange one
    taker_ = &taker;
    most_ = most;
  }
  /// All is Beast's from now on.
  void leave_all_to_beast() noexcept { following_ = false; }
  /// The taker, who said "later", says something else now.
  void go_on() {
    if (const auto stalled = std::move(stalled_)) stalled->go();
  }

  /// The connection is given up: what still waits will not be written, nor read.
  void abandon() noexcept {
    waiting_.reset();
    stalled_.reset();
  }

  // ---- Beast's: an AsyncStream

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    const auto first = boost::asio::buffer_sequence_begin(buffers);
    read(Read<std::decay_t<Handler>>{*this, boost::asio::mutable_buffer{*first},
                                     std::forward<Handler>(handler)});
  }

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    theirs_ = true;
    if (rest_.empty()) {
      pass_on(buffers, std::forward<Handler>(handler));
    } else {
      waiting_ = std::make_unique<WaitingWrite<Buffers, std::decay_t<Handler>>>(
          *this, buffers, std::forward<Handler>(handler));
    }
  }

 private:
  /// A write of Beast's until our frame is out. There is never more than one.
  struct Waiting {
    Waiting() = default;
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    virtual ~Waiting() = default;
    virtual void go() = 0;
  };
  template <class Buffers, class Handler>
  struct WaitingWrite final : Waiting {
    WaitingWrite(FrameLayer& for_layer, const Buffers& with_buffers, Handler then)
        : layer{for_layer}, buffers{with_buffers}, handler{std::move(then)} {}
    void go() override { layer.pass_on(buffers, std::move(handler)); }
    FrameLayer& layer;
    Buffers buffers;
    Handler handler;
  };

  template <class Buffers, class Handler>
  void pass_on(const Buffers& buffers, Handler&& handler) {
    const std::size_t offered = boost::asio::buffer_size(buffers);
    next_.async_write_some(buffers, [this, offered, handler = std::forward<Handler>(handler)](
                                        const Error& error, std::size_t written) mutable {
      // A control frame that was not taken as a whole: the rest of it comes next. A message of
      // several writes is Beast's to the end, which its caller sees to.
      theirs_ = !error && written < offered;
      handler(error, written);
    });
  }

  /// A read of Beast's.
  template <class Handler>
  struct Read {
    FrameLayer& layer;
    boost::asio::mutable_buffer into;
    Handler handler;

    void operator()(const Error& error, std::size_t size) {
      layer.came(std::move(*this), error, size);
    }
  };
  /// One that the taker holds up.
  template <class Handler>
  struct StalledRead final : Waiting {
    explicit StalledRead(Read<Handler> that) : read{std::move(that)} {}
    void go() override { read.layer.read(std::move(read)); }
    Read<Handler> read;
  };

  template <class Handler>
  void read(Read<Handler> read) {
    if (ahead_.empty()) {
      const auto into = read.into;
      next_.async_read_some(into, std::move(read));
      return;
    }
    boost::asio::post(get_executor(), [this, read = std::move(read)]() mutable {
      const std::size_t size = std::min(read.into.size(), ahead_.size());
      std::memcpy(read.into.data(), ahead_.data(), size);
      ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(size));
      came(std::move(read), {}, size);
    });
  }

  /// Takes the messages out of what came. Beast gets what is before the next one, and reads on if
  /// there is nothing.
  template <class Handler>
  void came(Read<Handler> read, const Error& error, std::size_t size) {
    const auto bytes = std::span{static_cast<std::byte*>(read.into.data()), size};
    auto rest = bytes;
    while (following_ && !rest.empty()) {
      std::optional<std::size_t> most;
      if (taker_ != nullptr && frames_.at_message()) {
        const auto answer = taker_->takes();
        if (answer == MessageTaker::Answer::later) {
          keep(rest);
          stalled_ = std::make_unique<StalledRead<Handler>>(std::move(read));
          return;
        }
        following_ = answer == MessageTaker::Answer::now;
        if (!following_) break;
        most = most_;
      }
      const ServerFrames::Part part = frames_.next(rest, most);
      if (!part.message) {
        keep(rest.subspan(part.size));
        rest = rest.first(part.size);
        break;
      }
      rest = rest.subspan(part.size);
      taker_->take(part.payload);
    }
    if (!error && size > 0 && rest.empty()) {
      this->read(std::move(read));
      return;
    }
    if (rest.data() != bytes.data()) std::memmove(bytes.data(), rest.data(), rest.size());
    read.handler(error, rest.size());
  }

  void keep(std::span<const std::byte> bytes) {
    ahead_.insert(ahead_.begin(), bytes.begin(), bytes.end());
  }

  // Looked at with each message, and so beside each other.
  Next next_;
  bool theirs_ = false;
  std::vector<std::byte> rest_;  // of our frame
  std::unique_ptr<Waiting> waiting_;

  ServerFrames frames_;
  bool following_ = true;
  MessageTaker* taker_ = nullptr;
  std::size_t most_ = 0;
  std::vector<std::byte> ahead_;  // not yet given to anybody: what one read brought, at most
  std::unique_ptr<Waiting> stalled_;
};

using PlainLayer = FrameLayer<PlainStream>;
using SecureLayer = FrameLayer<TlsStream>;

}  // namespace audio_stream::transport
