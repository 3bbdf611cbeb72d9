#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "must.hpp"
#include "protocol/utf8.hpp"
#include "stream/configuration.hpp"

namespace {

using namespace audio_stream;
using stream::ConfigurationFile;

constexpr std::string_view kCanary = "s3cret-canary";

/// "[name]" begins a profile, "name=value" is an entry, and behind a line "!" come the variables of
/// a call and the profile it asks for.
struct Input {
  ConfigurationFile file{"audio_stream.conf", {}, {}};
  std::map<std::string, std::string, std::less<>> variables;
  std::string profile;
};

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
      const std::string name{line.substr(0, equals)};
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

bool speaks_of(const ConfigurationFile& file, std::string_view what) {
  const auto in = [&](const std::vector<ConfigurationFile::Entry>& entries) {
    return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
      return contains(entry.name, what) || contains(entry.value, what);
    });
  };
  return in(file.settings) ||
         std::any_of(file.profiles.begin(), file.profiles.end(), [&](const auto& profile) {
           return contains(profile.name, what) || in(profile.entries);
         });
}

void check(const std::string& message) {
  must(!message.empty(), "a message says something");
  must(protocol::is_utf8(message), "a message is UTF-8", message);
  must(std::none_of(message.begin(), message.end(),
                    [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; }),
       "a message breaks no line and no terminal", message);
}

void check(const stream::Options& options) {
  must(options.packet_ms >= 20 && options.packet_ms <= 1000 && options.packet_ms % 20 == 0,
       "a packet has 20 to 1000 ms");
  must(options.queue.count() >= 100 && options.queue.count() <= 60000, "the queue has a bound");
  must(options.catch_up <= 100, "catching up has a bound");
  must(options.linger.count() >= 0 && options.linger.count() <= 60000, "the linger has a bound");
  must(options.heartbeat.count() >= 0 && options.heartbeat.count() <= 86400, "so has a heartbeat");
  must(options.stall_time.count() >= 0 && options.stall_time.count() <= 3600, "so has a stall");
  must(options.pool_bytes >= std::size_t{1} << 20U, "there is memory for audio");
  must(options.message_bytes >= 1024 && options.message_bytes <= std::size_t{256} << 20U,
       "messages have a bound");
  for (const auto& [name, value] : options.endpoint.headers) {
    must(!name.empty(), "a header has a name");
    must(value.find_first_of(std::string_view{"\r\n\0", 3}) == std::string::npos,
         "a header breaks no line", value);
  }
}

void check(const Input& input, bool has_secret) {
  std::vector<std::string> warnings;
  const stream::Configuration configuration{input.file, warnings};
  must(configuration.io_threads() <= 64, "threads have a bound");
  const auto options = configuration.options(
      input.profile,
      [&](const char* name) -> std::optional<std::string> {
        const auto found = input.variables.find(name);
        if (found == input.variables.end()) return std::nullopt;
        return found->second;
      },
      warnings);
  if (options) {
    check(*options);
  } else {
    check(options.error());
    if (has_secret)
      must(!contains(options.error(), kCanary), "no secret in an error", options.error());
  }
  for (const auto& warning : warnings) {
    check(warning);
    if (has_secret) must(!contains(warning, kCanary), "no secret in a warning", warning);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(data, size);
  Input input = read(text);
  check(input, false);

  // The same with a secret in the one place where there are secrets.
  if (speaks_of(input.file, kCanary) || contains(text, kCanary)) return 0;
  const std::string secret = std::string{kCanary} + std::string{text.substr(0, 40)};
  input.file.settings.push_back({"STREAM_EXTRA_HEADERS", "{\"A\":\"" + secret + "\"}"});
  input.variables["STREAM_EXTRA_HEADERS"] = secret;
  check(input, true);
  return 0;
}
