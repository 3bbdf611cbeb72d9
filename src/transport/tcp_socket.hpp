#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace audio_stream::transport {

/// A TCP socket of an I/O thread. Asio's default socket accepts any executor and queries its type
/// through a function pointer whenever it passes a handler on. That costs a twentieth of the time
/// to read a message.
using TcpSocket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

}  // namespace audio_stream::transport
