#pragma once

#include <string>
#include <vector>

#include "stream/options.hpp"

namespace audio_stream::stream {

struct Identity;

/// The text by which a stream introduces itself to the server, for those that ask for it
/// (`hello=on`): who it is, and what the audio is like in both directions.
std::string hello_text(const Identity& identity, const Options& options);

/// The names in a list of channel variables, without those whose values are secrets.
std::vector<std::string> hello_variables(const std::string& list);

}  // namespace audio_stream::stream
