#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "transport/frame_layer.hpp"

/// A connection to a server that is a string: what it says once it has been asked, and then it
/// ends. Beast's test::stream does the same with a lock, two buffers and a search for who waits,
/// and most of a run's time went there.
class MemoryStream {
 public:
  using Error = boost::system::error_code;
  using executor_type = boost::asio::io_context::executor_type;  // NOLINT: Asio's name
  struct Speech {
    std::string bytes;
    std::size_t at_once = 0;  ///< so many of them may arrive together in the beginning
    std::size_t piece = 1;    ///< and so many at a time afterwards, at the most
  };
  /// Asked when something is read for the first time.
  using Server = std::function<Speech(const std::string& request)>;

  MemoryStream(boost::asio::io_context& context, Server server)
      : executor_{context.get_executor()}, server_{std::move(server)} {}

  executor_type get_executor() const noexcept { return executor_; }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (server_) speech_ = std::exchange(server_, nullptr)(request_);
    const std::size_t most = said_ < speech_.at_once ? speech_.at_once - said_ : speech_.piece;
    const std::size_t left = closed_ ? 0 : speech_.bytes.size() - said_;
    const std::size_t length = boost::asio::buffer_copy(
        buffers, boost::asio::buffer(speech_.bytes.data() + said_, left), std::min(most, left));
    said_ += length;
    const bool ended = left == 0 && boost::asio::buffer_size(buffers) > 0;
    complete(std::forward<Handler>(handler), ended ? boost::asio::error::eof : Error{}, length);
  }

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    const std::size_t length = boost::asio::buffer_size(buffers);
    if (server_) {  // what comes later nobody looks at
      const std::size_t before = request_.size();
      request_.resize(before + length);
      boost::asio::buffer_copy(boost::asio::buffer(request_.data() + before, length), buffers);
    }
    complete(std::forward<Handler>(handler), Error{}, length);
  }

  void close() noexcept { closed_ = true; }

 private:
  template <class Handler>
  void complete(Handler&& handler, const Error& error, std::size_t length) {
    boost::asio::post(
        executor_, boost::beast::bind_front_handler(std::forward<Handler>(handler), error, length));
  }

  executor_type executor_;
  Server server_;
  std::string request_;
  Speech speech_;
  std::size_t said_ = 0;
  bool closed_ = false;
};

/// What is under Beast in a connection as well.
using MemoryLayer = audio_stream::transport::FrameLayer<MemoryStream>;

inline void beast_close_socket(MemoryStream& stream) {
  stream.close();
}

template <class Handler>
void async_teardown(boost::beast::role_type /*role*/, MemoryLayer& layer, Handler&& handler) {
  layer.next_layer().close();
  boost::asio::post(layer.get_executor(),
                    boost::beast::bind_front_handler(std::forward<Handler>(handler),
                                                     boost::system::error_code{}));
}
