#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "control/command.hpp"
#include "control/options.hpp"
#include "control/parameters.hpp"

/// Reads a stream's options from the places where they may be set. The places are layers: of
/// several values of a parameter, the one in the first layer wins.
namespace audio_stream::control {

/// The value of a channel variable or of a parameter in the configuration; nullopt if it is not
/// set.
using VariableLookup = std::function<std::optional<std::string>(const char* name)>;

struct Layer {
  Place place = Place::variable;
  VariableLookup lookup;
  std::string where;  ///< for messages; empty for the call itself
};

/// The options in a `start` command, such as `playback=on`. `command` must outlive the layer.
Layer layer_of(const StartCommand& command);

/// Reads every parameter into `options`; `layers` come in order of precedence.
///
/// A bad value of an essential parameter is an error, and the other parameters are read all the
/// same. Any other bad value is ignored: `warnings` names it and the value that the layers below
/// it, or the default, set in its place.
tl::expected<void, std::string> read_parameters(std::span<const Layer> layers, Options& options,
                                                std::vector<std::string>& warnings);

/// Adds what stands in the command alone: URLs, mix, rate and metadata, and the values of the
/// channel variables that the `hello` message shows.
void read_arguments(StartCommand command, const VariableLookup& variables, Options& options,
                    std::vector<std::string>& warnings);

}  // namespace audio_stream::control
