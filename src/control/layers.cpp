#include "control/layers.hpp"

#include <algorithm>
#include <utility>

#include "base/redacted.hpp"
#include "base/utf8.hpp"
#include "control/variable_names.hpp"

namespace audio_stream::control {
namespace {

using Result = tl::expected<void, std::string>;

/// An empty value counts as not set.
std::optional<std::string> value_in(const Layer& layer, const Parameter& parameter) {
  if (layer.place < parameter.place) return std::nullopt;
  auto value = layer.lookup(parameter.name);
  if (value && value->empty()) return std::nullopt;
  return value;
}

std::string mended(const std::string& what) {
  return what + " is not valid UTF-8: its invalid bytes are read as ISO 8859-1";
}

std::string prefix(const Layer& layer) {
  return layer.where.empty() ? "" : layer.where + ": ";
}

Result read_essential(std::span<const Layer> layers, const Parameter& parameter, Options& options,
                      std::vector<std::string>& warnings) {
  for (const Layer& layer : layers) {
    const auto value = value_in(layer, parameter);
    if (!value) continue;
    const auto wrong = parameter.read(*value, options);
    if (!wrong) {
      if (!base::is_utf8(*value)) warnings.push_back(prefix(layer) + mended(parameter.name));
      return {};
    }
    const std::string where = layer.where.empty() ? "" : " (" + layer.where + ")";
    return tl::unexpected(parameter.name + where + ": " + *wrong);
  }
  return {};
}

/// Reads from the last layer to the first, so that `options` hold the fallback when a bad value is
/// met.
void read_or_warn(std::span<const Layer> layers, const Parameter& parameter, Options& options,
                  std::vector<std::string>& warnings) {
  for (auto each = layers.rbegin(); each != layers.rend(); ++each) {
    const auto value = value_in(*each, parameter);
    if (!value) continue;
    if (const auto wrong = parameter.read(*value, options)) {
      warnings.push_back(prefix(*each) + parameter.name + " is " + base::quoted(*value) + ", " +
                         *wrong + ": using " + parameter.value_text(options));
    }
  }
}

void read_hello_variables(const VariableLookup& variables, TextOptions& texts,
                          std::vector<std::string>& warnings) {
  for (const std::string& name : hello_variables(texts.hello_variables)) {
    auto value = variables(name.c_str());
    if (!value) continue;
    if (!base::is_utf8(*value)) {
      warnings.push_back(mended("the variable " + base::quoted(name)));
      value = base::mended_utf8(*value);
    }
    texts.hello_values.emplace_back(name, std::move(*value));
  }
}

}  // namespace

Layer layer_of(const StartCommand& command) {
  const auto lookup = [&command](const char* name) -> std::optional<std::string> {
    const auto& settings = command.settings;
    const auto last = std::find_if(settings.rbegin(), settings.rend(),
                                   [name](const auto& each) { return each.first == name; });
    if (last == settings.rend()) return std::nullopt;
    return last->second;
  };
  return {Place::variable, lookup, ""};
}

Result read_parameters(std::span<const Layer> layers, Options& options,
                       std::vector<std::string>& warnings) {
  Result result;
  for (const Parameter& parameter : parameters()) {
    if (parameter.essential) {
      if (auto read = read_essential(layers, parameter, options, warnings); !read) {
        result = std::move(read);
      }
    } else {
      read_or_warn(layers, parameter, options, warnings);
    }
  }
  return result;
}

void read_arguments(StartCommand command, const VariableLookup& variables, Options& options,
                    std::vector<std::string>& warnings) {
  options.endpoint.url = std::move(command.url);
  options.further_urls = std::move(command.further_urls);
  options.audio.mix = command.mix;
  if (command.rate_hz) options.audio.rate_hz = *command.rate_hz;
  options.texts.metadata = std::move(command.metadata);
  if (command.metadata_mended) warnings.push_back(mended("the metadata"));
  if (options.texts.hello) read_hello_variables(variables, options.texts, warnings);
}

}  // namespace audio_stream::control
