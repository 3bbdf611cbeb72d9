#pragma once

#include <boost/system/error_code.hpp>

#include <string>

/// What a user can do about a failure: sentences to append to its cause. Each begins with ". ".
/// Each is empty if no remedy is known.
namespace audio_stream::transport {

/// For a rejected certificate, by OpenSSL's verify result.
std::string remedy_for_certificate(long verify_result);

/// For an error in TLS.
std::string remedy_for_tls(const boost::system::error_code& error);

/// For a server that did not answer a plain-text request in HTTP.
std::string remedy_for_plain_text();

/// For an answer with that HTTP status.
std::string remedy_for_status(int status);

}  // namespace audio_stream::transport
