#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/letter_case.hpp"
#include "control/configuration.hpp"
#include "control/parameters.hpp"
#include "control/variable_names.hpp"
#include "control/words.hpp"
#include "must.hpp"

namespace {

using namespace audio_stream;
using control::ConfigurationFile;

constexpr std::string_view kCanary = "s3cret-canary";

/// "[name]" begins a profile, "name=value" is an entry. After a line "!" come a call's variables
/// and its profile. "@c=value" is an entry of an existing parameter, which byte c selects.
struct Input {
  ConfigurationFile file{"audio_stream.conf", {}, {}};
  std::map<std::string, std::string, std::less<>> variables;
  std::string profile;
};

std::string name_of(std::string_view written) {
  if (written.size() != 2 || written[0] != '@') return std::string{written};
  const auto parameters = control::parameters();
  return parameters[static_cast<unsigned char>(written[1]) % parameters.size()].name;
}

Input read(std::string_view text) {
  Input input;
  std::vector<ConfigurationFile::Entry>* entries = &input.file.settings;
  bool of_call = false;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto equals = line.find('=');
    if (line == "!") {
      of_call = true;
    } else if (line.starts_with('[')) {
      const std::string name{line.substr(1, line.size() - (line.ends_with(']') ? 2 : 1))};
      if (of_call) {
        input.profile = name;
      } else {
        input.file.profiles.push_back({name, {}});
        entries = &input.file.profiles.back().entries;
      }
    } else if (equals != std::string_view::npos) {
      const std::string name = name_of(line.substr(0, equals));
      const std::string value{line.substr(equals + 1)};
      if (of_call) {
        input.variables.insert_or_assign(name, value);
      } else {
        entries->push_back({name, value});
      }
    }
  }
  return input;
}

bool is_proxy(std::string_view name) {
  return base::equals_ignoring_case(name, "STREAM_PROXY");
}

bool is_secret(std::string_view name) {
  return std::any_of(
      std::begin(control::kSecretVariables), std::end(control::kSecretVariables),
      [name](std::string_view secret) { return base::equals_ignoring_case(name, secret); });
}

/// Puts the canary where a password or token would be: into the URL of a proxy, into the last value
/// of a JSON object, else at the end. False if there is no such place.
bool plant(std::string_view name, std::string& value) {
  if (!is_secret(name) || value.empty()) return false;
  if (is_proxy(name)) {
    const auto scheme = value.find("://");
    if (scheme == std::string::npos) return false;
    value.insert(scheme + 3, "user:" + std::string{kCanary} + "@");
  } else {
    value.insert(value.size() - (value.ends_with("\"}") ? 2 : 0), kCanary);
  }
  return true;
}

/// Replaces every secret by a canary that is recognisable in a message. False if there is no
/// secret.
bool plant_secrets(Input& input) {
  bool planted = false;
  const auto look_at = [&](auto& entries) {
    for (auto& [name, value] : entries) planted |= plant(name, value);
  };
  look_at(input.file.settings);
  for (auto& profile : input.file.profiles) look_at(profile.entries);
  look_at(input.variables);
  return planted;
}

void check(const std::string& message, bool has_secret) {
  must_be_a_line(message);
  if (has_secret) must(!contains(message, kCanary), "no secret in a message", message);
}

void check(const control::Options& options) {
  must(options.audio.packet_ms >= 20 && options.audio.packet_ms <= 1000 &&
           options.audio.packet_ms % 20 == 0,
       "a packet has 20 to 1000 ms");
  must(options.audio.outage_buffer.count() >= 100 && options.audio.outage_buffer.count() <= 60000,
       "the queue has a bound");
  must(options.audio.catch_up <= 100, "catching up has a bound");
  must(options.timeouts.linger.count() >= 0 && options.timeouts.linger.count() <= 60000,
       "the linger has a bound");
  must(options.timeouts.heartbeat.count() >= 0 && options.timeouts.heartbeat.count() <= 86400,
       "so has a heartbeat");
  must(options.timeouts.stall.count() >= 0 && options.timeouts.stall.count() <= 3600,
       "so has a stall");
  must(options.limits.queue_memory_bytes >= std::size_t{1} << 20U, "there is memory for audio");
  const std::size_t message_bytes = options.limits.message_bytes;
  must(message_bytes >= 1024 && message_bytes <= std::size_t{256} << 20U, "messages have a bound");
  for (const auto& [name, value] : options.endpoint.headers) {
    must(!name.empty(), "a header has a name");
    must(value.find_first_of(std::string_view{"\r\n\0", 3}) == std::string::npos,
         "a header breaks no line", value);
  }
}

void check(const Input& input, bool has_secret) {
  std::vector<std::string> warnings;
  const control::Configuration configuration{input.file, warnings};
  must(configuration.io_threads() <= 64, "threads have a bound");
  control::StartCommand command;
  command.url = *transport::parse_url("ws://asr.example/");
  command.profile = input.profile;
  const auto options = configuration.options(
      std::move(command),
      [&](const char* name) -> std::optional<std::string> {
        const auto found = input.variables.find(name);
        if (found == input.variables.end()) return std::nullopt;
        return found->second;
      },
      warnings);
  if (options) {
    check(*options);
  } else {
    check(options.error(), has_secret);
  }
  for (const auto& warning : warnings) check(warning, has_secret);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(data, size);
  Input input = read(text);
  const bool has_secret = !contains(text, kCanary) && plant_secrets(input);
  check(input, has_secret);
  return 0;
}
