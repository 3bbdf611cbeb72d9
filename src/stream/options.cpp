#include "stream/options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace audio_stream::stream {
namespace {

constexpr std::uint32_t kPacketStepMs = 20;
constexpr std::uint32_t kMaxPacketMs = 1000;
constexpr long kMaxHeartbeatSeconds = 24L * 60 * 60;

/// Reads each variable with its own rule, so that the list below reads like the documentation.
class Reader {
 public:
  Reader(const VariableLookup& lookup, std::vector<std::string>& warnings)
      : lookup_{lookup}, warnings_{warnings} {}

  [[nodiscard]] std::optional<std::string> text(const char* name) const {
    auto value = lookup_(name);
    if (value && value->empty()) return std::nullopt;
    return value;
  }

  [[nodiscard]] bool flag(const char* name, bool otherwise) {
    const auto value = text(name);
    if (!value) return otherwise;
    std::string lower = *value;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    constexpr std::array<std::string_view, 7> kTrue{"true", "1",      "yes",    "on",
                                                    "t",    "enable", "enabled"};
    constexpr std::array<std::string_view, 7> kFalse{"false", "0",       "no",      "off",
                                                     "f",     "disable", "disabled"};
    if (std::find(kTrue.begin(), kTrue.end(), lower) != kTrue.end()) return true;
    if (std::find(kFalse.begin(), kFalse.end(), lower) != kFalse.end()) return false;
    warn(name, *value, "true or false", otherwise ? "true" : "false");
    return otherwise;
  }

  /// A whole number from `low` to `high` that is a multiple of `step`.
  [[nodiscard]] long number(const char* name, long low, long high, long step, long otherwise,
                            const char* expected) {
    const auto value = text(name);
    if (!value) return otherwise;
    long parsed = 0;
    const char* end = value->data() + value->size();
    const auto [stop, error] = std::from_chars(value->data(), end, parsed);
    if (error == std::errc{} && stop == end && parsed >= low && parsed <= high &&
        parsed % step == 0) {
      return parsed;
    }
    warn(name, *value, expected, std::to_string(otherwise));
    return otherwise;
  }

 private:
  void warn(const char* name, const std::string& value, const std::string& expected,
            const std::string& used) {
    warnings_.push_back(std::string{name} + " is \"" + value.substr(0, 64) + "\", not " + expected +
                        ": using " + used);
  }

  const VariableLookup& lookup_;
  std::vector<std::string>& warnings_;
};

}  // namespace

tl::expected<void, std::string> read_variables(const VariableLookup& lookup, Options& options,
                                               std::vector<std::string>& warnings) {
  Reader read{lookup, warnings};
  // The name says "deflate", but the seed has it disable: true means off.
  options.endpoint.deflate = !read.flag("STREAM_MESSAGE_DEFLATE", false);
  options.heartbeat = std::chrono::seconds{
      read.number("STREAM_HEART_BEAT", 0, kMaxHeartbeatSeconds, 1, 0, "a number of seconds")};
  options.suppress_log = read.flag("STREAM_SUPPRESS_LOG", false);
  options.packet_ms = static_cast<std::uint32_t>(
      read.number("STREAM_BUFFER_SIZE", kPacketStepMs, kMaxPacketMs, kPacketStepMs, kPacketStepMs,
                  "a multiple of 20 ms from 20 to 1000"));
  options.reconnect = !read.flag("STREAM_NO_RECONNECT", false);

  auto& tls = options.endpoint.tls;
  tls.ca_file = read.text("STREAM_TLS_CA_FILE").value_or("SYSTEM");
  tls.cert_file = read.text("STREAM_TLS_CERT_FILE").value_or("");
  tls.key_file = read.text("STREAM_TLS_KEY_FILE").value_or("");
  tls.verify_host = !read.flag("STREAM_TLS_DISABLE_HOSTNAME_VALIDATION", false);
  if (tls.cert_file.empty() != tls.key_file.empty()) {
    return tl::unexpected<std::string>(
        "STREAM_TLS_CERT_FILE and STREAM_TLS_KEY_FILE go together: only one of them is set");
  }

  if (const auto json = read.text("STREAM_EXTRA_HEADERS")) {
    auto headers = transport::parse_headers(*json);
    if (!headers) return tl::unexpected("STREAM_EXTRA_HEADERS: " + headers.error());
    options.endpoint.headers = std::move(*headers);
  }
  return {};
}

}  // namespace audio_stream::stream
