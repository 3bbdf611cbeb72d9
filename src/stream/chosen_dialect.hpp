#pragma once

#include <memory>

#include "control/options.hpp"
#include "dialect/dialect.hpp"
#include "stream/identity.hpp"

namespace audio_stream::stream {

/// The dialect that the options choose: raw, or rules with the options' settings in their texts.
std::unique_ptr<dialect::Dialect> chosen_dialect(const Identity& identity,
                                                 const control::Options& options);

}  // namespace audio_stream::stream
