#pragma once

#include <boost/version.hpp>

#include <utility>

#if BOOST_VERSION >= 107700
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#endif

namespace audio_stream::transport {

/// Ends an operation of Beast's that waits for another one of Beast's, and not for the network.
///
/// Closing a socket does not wake such an operation, and two of them may wait for each other: a
/// close that has been sent waits for the read that is under way, and the read, if what it finds
/// breaks the protocol, for the close. Their handlers hold the connection, so it would never go.
/// Asio before 1.77 has no means against that.
class Cancellable {
 public:
#if BOOST_VERSION >= 107700
  /// `handler`, for one operation at a time.
  template <class Handler>
  auto bind(Handler handler) {
    return boost::asio::bind_cancellation_slot(signal_.slot(), std::move(handler));
  }
  /// The handler may be called before this returns.
  void cancel() {
    signal_.emit(boost::asio::cancellation_type::terminal);
  }

 private:
  boost::asio::cancellation_signal signal_;
#else
  template <class Handler>
  auto bind(Handler handler) {
    return handler;
  }
  void cancel() {}
#endif
};

}  // namespace audio_stream::transport
