#include "control/dialect_choice.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/blanks.hpp"
#include "base/json_text.hpp"
#include "base/letter_case.hpp"
#include "base/redacted.hpp"
#include "base/utf8.hpp"
#include "control/variable_names.hpp"
#include "control/words.hpp"
#include "dialect/audio_type.hpp"
#include "dialect/rules/bound_rules.hpp"
#include "dialect/rules/stream_names.hpp"
#include "transport/bearer_file.hpp"

namespace audio_stream::control {
namespace {

using dialect::rules::DownRule;
using dialect::rules::Form;
using dialect::rules::RuleSet;
using Result = tl::expected<void, std::string>;

constexpr std::string_view kRaw = "raw";
constexpr std::string_view kKey = "key";
constexpr std::string_view kFile = "file:";

/// A placeholder, and the variable that sets it.
struct Vocable {
  std::string_view name;
  std::string_view variable;
  std::string DialectOptions::*member;
};
constexpr std::array kVocabulary{
    Vocable{"instructions", "STREAM_INSTRUCTIONS", &DialectOptions::instructions},
    Vocable{"voice", "STREAM_VOICE", &DialectOptions::voice},
    Vocable{"model", "STREAM_MODEL", &DialectOptions::model},
    Vocable{"language", "STREAM_LANGUAGE", &DialectOptions::language},
    Vocable{"greeting", "STREAM_GREETING", &DialectOptions::greeting},
    Vocable{"agent", "STREAM_AGENT", &DialectOptions::agent},
    Vocable{"parameters", "STREAM_PARAMETERS", &DialectOptions::parameters},
};

const Vocable* vocable(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(kVocabulary, name, &Vocable::name);
  return found == kVocabulary.end() ? nullptr : found;
}

std::string hz(std::uint32_t rate_hz) {
  return std::to_string(rate_hz) + " Hz";
}

/// In a URL each value stands for itself (RFC 3986, 2.3: unreserved characters).
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kUnreserved = "-._~";
  std::string encoded;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    const bool is_alnum = (character >= 'a' && character <= 'z') ||
                          (character >= 'A' && character <= 'Z') ||
                          (character >= '0' && character <= '9');
    if (is_alnum || kUnreserved.find(character) != std::string_view::npos) {
      encoded += character;
    } else {
      encoded += {'%', kDigits[byte >> 4U], kDigits[byte & 0xFU]};
    }
  }
  return encoded;
}

/// The values of a dialect's placeholders. Remembers of each file why it could not be read.
class Values {
 public:
  Values(const VariableLookup& variables, const Options& options)
      : variables_{variables}, options_{options} {}

  std::optional<std::string> operator()(std::string_view name) {
    if (dialect::rules::is_stream_name(name)) return std::string{};  // known later
    const auto known = values_.find(name);
    if (known != values_.end()) return known->second;
    auto value = found(name);
    if (value && !base::is_utf8(*value)) value = base::mended_utf8(*value);
    if (value) values_.insert_or_assign(std::string{name}, *value);
    return value;
  }

  [[nodiscard]] bool used_key() const noexcept { return used_key_; }
  /// Why the file of the value `name` could not be read; empty if there was none to read.
  [[nodiscard]] std::string fault_of(std::string_view name) const {
    const auto found = faults_.find(name);
    return found == faults_.end() ? std::string{} : found->second;
  }
  [[nodiscard]] std::map<std::string, std::string, std::less<>> take() && {
    return std::move(values_);
  }

 private:
  std::optional<std::string> found(std::string_view name) {
    if (const Vocable* word = vocable(name)) {
      const std::string& value = options_.dialect.*word->member;
      const bool is_off = word->name == "greeting" && base::equals_ignoring_case(value, "false");
      if (value.empty() || is_off) return std::nullopt;
      return value;
    }
    if (name == kKey) return first_line(name, options_.endpoint.bearer_file, used_key_);
    if (name.starts_with(kFile)) return secret_file(name);
    const std::string variable{name};
    if (ends_in_secret_variable(variable)) return std::nullopt;
    return variables_(variable.c_str());
  }

  std::optional<std::string> first_line(std::string_view name, const std::string& file,
                                        bool& used) {
    if (file.empty()) return std::nullopt;
    auto token = transport::read_bearer_file(file);
    if (!token) return no_value(name, std::move(token.error()));
    used = true;
    return std::move(*token);
  }

  std::nullopt_t no_value(std::string_view name, std::string why) {
    faults_.insert_or_assign(std::string{name}, std::move(why));
    return std::nullopt;
  }

  /// Only below the configured folder.
  std::optional<std::string> secret_file(std::string_view name) {
    const std::string written = "${" + std::string{name} + "}";
    const std::string& folder = options_.limits.secrets_folder;
    if (folder.empty())
      return no_value(name, written + " needs secrets-folder in the configuration");
    std::error_code failed;
    const auto below = std::filesystem::weakly_canonical(folder, failed);
    const auto path = std::filesystem::weakly_canonical(below / name.substr(kFile.size()), failed);
    const auto [end, rest] = std::mismatch(below.begin(), below.end(), path.begin(), path.end());
    if (failed || end != below.end())
      return no_value(name, written + " is not below secrets-folder");
    bool used = false;
    return first_line(name, path.string(), used);
  }

  const VariableLookup& variables_;
  const Options& options_;
  std::map<std::string, std::string, std::less<>> values_;
  bool used_key_ = false;
  std::map<std::string, std::string, std::less<>> faults_;
};

std::string lacks(const RuleSet& set, const std::string& name, const Values& values) {
  const std::string needs = "the dialect " + set.name + " needs ";
  if (const auto fault = values.fault_of(name); !fault.empty()) {
    return needs + "${" + name + "}: " + fault;
  }
  if (const Vocable* word = vocable(name)) return needs + std::string{word->variable};
  if (name == kKey) {
    return needs + "a key: set STREAM_BEARER_FILE to the path of a file that holds only the key";
  }
  return needs + "the channel variable " + name;
}

// ---- the parts of a dialect -------------------------------------------------------------------

Result take_up(const RuleSet& set, std::optional<std::uint32_t> rate_hz, Options& options) {
  AudioOptions& audio = options.audio;
  const auto refuse = [&](const std::string& what) {
    return tl::unexpected("the dialect " + set.name + " " + what);
  };
  if (audio.mix == audio::Mix::stereo) {
    return refuse("has one channel: say mono or mixed in place of stereo");
  }
  if (!set.up) {
    audio.encoding = audio.wanted_encoding.value_or(Encoding::l16);
    return {};
  }
  audio.encoding = set.up->codec;
  if (audio.wanted_encoding && *audio.wanted_encoding != audio.encoding) {
    return refuse("has an encoding of its own: leave encoding= (STREAM_ENCODING) out");
  }
  if (set.up->rate_hz != 0) {
    if (rate_hz && *rate_hz != set.up->rate_hz) {
      return refuse("streams " + hz(set.up->rate_hz) + ", and the command says " + hz(*rate_hz) +
                    ": leave the rate out");
    }
    audio.rate_hz = set.up->rate_hz;
  }
  if (set.up->chunk_ms != 0) audio.packet_ms = set.up->chunk_ms;
  return {};
}

Result take_down(const RuleSet& set, Options& options) {
  PlaybackOptions& playback = options.playback;
  if (set.down.empty()) return {};
  playback.enabled = true;
  if (playback.wanted_encoding) {
    return tl::unexpected("the dialect " + set.name +
                          " has an encoding of its own: leave down-encoding= "
                          "(STREAM_DOWN_ENCODING) out");
  }
  const auto binary = std::ranges::find(set.down, Form::binary, &DownRule::as);
  if (binary == set.down.end() || binary->rate.path) return {};
  const auto type = dialect::audio_type(binary->codec.constant);
  const std::string& rate = binary->rate.constant;
  if (!rate.empty()) {
    playback.rate_hz = static_cast<std::uint32_t>(std::stoul(rate));
  } else if (type.rate_hz) {
    playback.rate_hz = *type.rate_hz;
  }
  return {};
}

using Settings = dialect::rules::TextTemplate::Settings;

tl::expected<std::string, std::string> bound(const dialect::rules::TextTemplate& text,
                                             const Settings& settings) {
  auto made = text.bind({}, settings);
  if (!made) return tl::unexpected(std::move(made.error()));
  return made->text({});
}

Result take_url(const RuleSet& set, Values& values, Options& options) {
  if (!options.endpoint.url.host.empty()) return {};
  if (set.url.empty()) {
    return tl::unexpected("the dialect " + set.name +
                          " has no URL of its own: start needs a websocket url");
  }
  const auto text = bound(set.url, [&](std::string_view name) -> std::optional<std::string> {
    auto value = values(name);
    if (value) value = percent_encoded(*value);
    return value;
  });
  if (!text) return tl::unexpected(lacks(set, text.error(), values));
  auto url = transport::parse_url(*text);
  if (!url) return tl::unexpected("the dialect " + set.name + ": " + url.error());
  options.endpoint.url = std::move(*url);
  return {};
}

/// The user's own header of that name wins.
Result take_headers(const RuleSet& set, Values& values, Options& options) {
  transport::Headers& headers = options.endpoint.headers;
  for (const auto& rule : set.headers) {
    const bool is_given = std::ranges::any_of(headers, [&](const auto& header) {
      return base::equals_ignoring_case(header.first, rule.name);
    });
    if (is_given) continue;
    const auto value = bound(rule.value, std::ref(values));
    if (!value) return tl::unexpected(lacks(set, value.error(), values));
    if (base::trimmed(*value).empty()) continue;
    const auto checked =
        transport::parse_headers(base::json_text(nlohmann::ordered_json{{rule.name, *value}}));
    if (!checked) return tl::unexpected("the dialect " + set.name + ": " + checked.error());
    headers.insert(headers.end(), checked->begin(), checked->end());
  }
  return {};
}

Result take_rules(std::shared_ptr<const RuleSet> set, const VariableLookup& variables,
                  Options& options) {
  Values values{variables, options};
  if (auto taken = take_url(*set, values, options); !taken) return taken;
  if (auto taken = take_headers(*set, values, options); !taken) return taken;
  if (const auto all = dialect::rules::bind(set, std::ref(values)); !all) {
    return tl::unexpected(lacks(*set, all.error(), values));
  }
  // Where the dialect can do without a key, the user gave one all the same.
  if (!values.fault_of(kKey).empty()) return tl::unexpected(lacks(*set, std::string{kKey}, values));
  if (options.endpoint.subprotocols.empty() && !set->subprotocol.empty()) {
    options.endpoint.subprotocols = {set->subprotocol};
  }
  // The dialect says where the key goes.
  if (values.used_key()) options.endpoint.bearer_file.clear();
  options.dialect.values = std::move(values).take();
  options.dialect.rules = std::move(set);
  return {};
}

std::string no_such(const std::string& name, const dialect::rules::Catalog& dialects) {
  std::vector<std::string> names = dialects.names();
  names.emplace_back(kRaw);
  const std::vector<std::string_view> known{names.begin(), names.end()};
  return "there is no dialect " + base::quoted(name) + ": is it " +
         std::string{most_similar(name, known)} + "? The command dialects lists them";
}

}  // namespace

tl::expected<std::string, std::string> json_object(const std::string& text) {
  const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  if (!json.is_object()) return tl::unexpected<std::string>("not a JSON object");
  return base::json_text(json);
}

tl::expected<void, std::string> choose_dialect(const dialect::rules::Catalog& dialects,
                                               std::optional<std::uint32_t> rate_hz,
                                               const VariableLookup& variables, Options& options) {
  const std::string& name = options.dialect.name;
  if (name.empty() || base::equals_ignoring_case(name, kRaw)) {
    if (options.endpoint.url.host.empty()) {
      return tl::unexpected<std::string>(
          "start needs a websocket url: only a dialect may have one of its own");
    }
    options.audio.encoding = options.audio.wanted_encoding.value_or(Encoding::l16);
    options.playback.encoding = options.playback.wanted_encoding.value_or(Encoding::l16);
    return {};
  }
  auto set = dialects.find(name);
  if (!set) return tl::unexpected(no_such(name, dialects));
  if (auto taken = take_up(*set, rate_hz, options); !taken) return taken;
  if (auto taken = take_down(*set, options); !taken) return taken;
  return take_rules(std::move(set), variables, options);
}

}  // namespace audio_stream::control
