#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include "transport/tls_stream.hpp"
#include "transport/traffic.hpp"

namespace audio_stream::transport {

/// TCP, as a frame layer wants it.
class PlainStream : public boost::asio::ip::tcp::socket {
 public:
  explicit PlainStream(boost::asio::ip::tcp::socket socket)
      : boost::asio::ip::tcp::socket{std::move(socket)} {}

  boost::asio::ip::tcp::socket& next_layer() noexcept { return *this; }

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

/// What is under a Beast WebSocket: it lets whole frames of ours go between those of Beast.
///
/// Audio goes out fifty times a second for each call, and most of what Beast does for a message is
/// not needed for it: a frame that the socket takes at once costs one system call and nothing else.
/// Beast still reads, and writes all texts and control frames. It does so on its own account as
/// well (a pong), so that the two have to wait for each other here. All on the connection's thread.
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
  [[nodiscard]] boost::asio::ip::tcp::socket& socket() noexcept { return next_.next_layer(); }

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
    socket().async_wait(boost::asio::ip::tcp::socket::wait_write,
                        [this, handler = std::move(handler)](Error error) mutable {
                          if (!error) {
                            const std::size_t written = next_.write_now(rest_, false, error);
                            rest_.erase(rest_.begin(),
                                        rest_.begin() + static_cast<std::ptrdiff_t>(written));
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

  /// The connection is given up: what still waits will not be written.
  void abandon() noexcept { waiting_.reset(); }

  // ---- Beast's: an AsyncStream

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    next_.async_read_some(buffers, std::forward<Handler>(handler));
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

  Next next_;
  bool theirs_ = false;
  std::vector<std::byte> rest_;  // of our frame
  std::unique_ptr<Waiting> waiting_;
};

using PlainLayer = FrameLayer<PlainStream>;
using SecureLayer = FrameLayer<TlsStream>;

}  // namespace audio_stream::transport
