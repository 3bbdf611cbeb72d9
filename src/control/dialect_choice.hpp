#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "control/layers.hpp"
#include "control/options.hpp"
#include "dialect/rules/catalog.hpp"

namespace audio_stream::control {

/// Applies the dialect that the options name: its format of the audio, and its URL, headers and
/// subprotocol where the user gave none. Finds the values of its placeholders in the options, in
/// the channel's variables and in files, which it reads.
///
/// `rate_hz`: the command's. An error if there is no such dialect, if the user contradicts its
/// format, or if it needs something that the user did not give. It names what is missing.
tl::expected<void, std::string> choose_dialect(const dialect::rules::Catalog& dialects,
                                               std::optional<std::uint32_t> rate_hz,
                                               const VariableLookup& variables, Options& options);

/// `text` if it is a JSON object. The error does not show it.
tl::expected<std::string, std::string> json_object(const std::string& text);

}  // namespace audio_stream::control
