#include "control/options.hpp"

#include <algorithm>

#include "base/redacted.hpp"
#include "base/utf8.hpp"
#include "control/parameters.hpp"
#include "control/words.hpp"

namespace audio_stream::control {
namespace {

using Result = tl::expected<void, std::string>;

/// The parameter's value there; an empty one counts as none.
std::optional<std::string> value_in(const Layer& layer, const Parameter& parameter) {
  if (layer.place < parameter.place) return std::nullopt;
  auto value = layer.lookup(parameter.name);
  if (value && value->empty()) return std::nullopt;
  return value;
}

Result read_essential(std::span<const Layer> layers, const Parameter& parameter, Options& options,
                      std::vector<std::string>& warnings) {
  for (const Layer& layer : layers) {
    const auto value = value_in(layer, parameter);
    if (!value) continue;
    const auto wrong = parameter.read(*value, options);
    if (!wrong) {
      if (!base::is_utf8(*value)) {
        warnings.push_back((layer.where.empty() ? "" : layer.where + ": ") + parameter.name +
                           " is not valid UTF-8: its invalid bytes are read as ISO 8859-1");
      }
      return {};
    }
    const std::string where = layer.where.empty() ? "" : " (" + layer.where + ")";
    return tl::unexpected(parameter.name + where + ": " + *wrong);
  }
  return {};
}

/// From the last layer to the first, so that below a bad value there is what holds without it.
void read_or_warn(std::span<const Layer> layers, const Parameter& parameter, Options& options,
                  std::vector<std::string>& warnings) {
  for (auto each = layers.rbegin(); each != layers.rend(); ++each) {
    const Layer& layer = *each;
    const auto value = value_in(layer, parameter);
    if (!value) continue;
    if (const auto wrong = parameter.read(*value, options)) {
      warnings.push_back((layer.where.empty() ? "" : layer.where + ": ") + parameter.name + " is " +
                         base::quoted(*value) + ", " + *wrong + ": using " +
                         parameter.value_text(options));
    }
  }
}

}  // namespace

const transport::Url* Options::forbidden_url() const {
  if (!allowed_hosts.allow(endpoint.url)) return &endpoint.url;
  for (const transport::Url& url : further_urls) {
    if (!allowed_hosts.allow(url)) return &url;
  }
  return nullptr;
}

bool Options::proxy_is_forbidden() const {
  if (!endpoint.proxy) return false;
  transport::Url url;
  url.host = endpoint.proxy->authority.host;
  url.port = endpoint.proxy->authority.port;
  return !allowed_hosts.allow(url);
}

void Options::bound_the_kernel() {
  constexpr std::size_t kBufferMs = 500;
  constexpr std::size_t kLeast = std::size_t{16} * 1024;  // texts need some too
  const std::size_t bytes_a_second = std::size_t{rate_hz} * format().channels * 2;
  endpoint.send_buffer_bytes = std::max(kLeast, bytes_a_second * kBufferMs / 1000);
  endpoint.user_timeout = stall_time;
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
  if (!result) return result;
  const auto& tls = options.endpoint.tls;
  if (tls.cert_file.empty() != tls.key_file.empty()) {
    return tl::unexpected<std::string>(
        "STREAM_TLS_CERT_FILE and STREAM_TLS_KEY_FILE go together: only one of them is set");
  }
  return {};
}

Result read_variables(const VariableLookup& lookup, Options& options,
                      std::vector<std::string>& warnings) {
  const Layer variables{Place::variable, lookup, ""};
  return read_parameters({&variables, 1}, options, warnings);
}

}  // namespace audio_stream::control
