#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace audio_stream::transport {

/// A TCP socket of an I/O thread. Asio's own would take any executor, and asks by a call through a
/// pointer what it is wherever a handler is handed on: a twentieth of what a message takes to read.
using TcpSocket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

}  // namespace audio_stream::transport
