#include "dialect/server_object.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include <simdjson.h>
#include <nlohmann/json.hpp>

#include "base/blanks.hpp"
#include "base/whole_number.hpp"
#include "dialect/json_depth.hpp"

namespace audio_stream::dialect {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr long kHighestRate = 192'000;

static_assert(kJsonPadding >= simdjson::SIMDJSON_PADDING);

/// A string value, or nothing if the value is not a string.
std::optional<std::string> string_in(ondemand::value& value) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  return std::string{text};
}

/// Calls `each(field)` for every member. False if the object is malformed.
template <class Each>
bool for_each_member(ondemand::object& object, const Each& each) {
  for (auto result : object) {
    ondemand::field field;
    if (std::move(result).get(field) != simdjson::SUCCESS) return false;
    if (!each(field)) return false;
  }
  return true;
}

/// A value as the server wrote it. Empty if it is malformed.
std::string_view written(ondemand::value& value) {
  ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) return {};
  std::string_view raw;
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return {};
    if (object.raw_json().get(raw) != simdjson::SUCCESS) return {};
  } else if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return {};
    if (array.raw_json().get(raw) != simdjson::SUCCESS) return {};
  } else {
    raw = value.raw_json_token();
  }
  return base::trimmed(raw);
}

/// A key as the server wrote it, with its quotes. The first pass has checked that it ends.
std::string_view written(ondemand::raw_json_string key) {
  const char* const begin = key.raw();
  const char* end = begin;
  while (*end != '"') end += *end == '\\' ? 2 : 1;
  return {begin - 1, static_cast<std::size_t>(end - begin) + 2};
}

/// Members passed on to the application, joined by commas.
class Members {
 public:
  Members(std::string& text, std::size_t limit, std::size_t& left_out)
      : text_{text}, limit_{limit}, left_out_{left_out} {}

  void add(std::string_view key, std::string_view value) {
    if (text_.size() + key.size() + value.size() + 2 > limit_) {
      left_out_ += key.size() + value.size() + 2;
      return;
    }
    add_key(key);
    text_ += value;
  }
  void add_key(std::string_view key) {
    if (!text_.empty()) text_ += ',';
    text_ += key;
    text_ += ':';
  }

 private:
  std::string& text_;
  const std::size_t limit_;
  std::size_t& left_out_;
};

bool are_json(const std::string& members) {
  return nlohmann::json::accept("{" + members + "}");  // builds no tree and takes linear time
}

/// The reader does not parse these members, but an event's body must be JSON.
void drop_what_is_not_json(EncodedAudio& audio, const std::string& type) {
  if (!are_json(audio.members)) audio.members.clear();
  std::string around = audio.around;
  if (audio.has_data) around.insert(audio.data_at, "{}");
  if (are_json(around)) return;
  audio.around = "\"type\":\"" + type + '"';
  if (!audio.has_data) return;
  audio.around += ",\"data\":";
  audio.data_at = audio.around.size();
}

/// Copies the base64 only if the server escaped part of it, as `\/`.
void take_audio(ondemand::value& value, std::string_view whole, EncodedAudio& audio) {
  const std::string_view token = base::trimmed(value.raw_json_token());
  if (!token.starts_with('"')) return;
  if (token.find('\\') != std::string_view::npos) {
    auto unescaped = string_in(value);
    if (!unescaped) return;
    audio.text = std::move(*unescaped);
    audio.begin = 0;
    audio.length = audio.text.size();
  } else {
    audio.text.clear();
    audio.length = token.size() - 2;
    audio.begin = audio.length == 0 ? 0 : static_cast<std::size_t>(token.data() - whole.data()) + 1;
  }
  audio.has_audio = true;
}

/// A sample rate: a whole number, or a string of digits.
std::optional<std::int64_t> rate_in(ondemand::value& value) {
  std::int64_t rate = 0;
  if (value.get_int64().get(rate) == simdjson::SUCCESS) return rate;
  const auto text = string_in(value);
  return text ? base::whole_number(*text, 0, kHighestRate) : std::nullopt;
}

bool read_data(ondemand::value& value, std::string_view whole, std::size_t limit,
               EncodedAudio& audio) {
  ondemand::object data;
  if (value.get_object().get(data) != simdjson::SUCCESS) return false;
  audio.has_data = true;
  bool by_first_name = false;  // audioDataType and audioData take precedence over their other names
  bool audio_by_first_name = false;
  Members members{audio.members, limit, audio.left_out_bytes};
  return for_each_member(data, [&](ondemand::field& field) {
    const std::string_view key = written(field.key());
    std::string_view name;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
    ondemand::value& member = field.value();
    if (name == "audioData" || name == "audioContent") {
      const bool first = name == "audioData";
      if (first || !audio_by_first_name) take_audio(member, whole, audio);
      audio_by_first_name = audio_by_first_name || (first && audio.has_audio);
      return true;
    }
    if (name == "file") return true;  // play_body() adds its own `file`
    const std::string_view token = base::trimmed(member.raw_json_token());
    if (name == "audioDataType" || name == "audioContentType") {
      const bool first = name == "audioDataType";
      auto type = string_in(member);
      if (type && (first || !by_first_name)) audio.type = std::move(type);
      by_first_name = by_first_name || (first && audio.type);
      members.add(key, token);
      return true;
    }
    if (name == "sampleRate") {
      audio.has_rate = true;
      audio.rate = rate_in(member);
      members.add(key, token);
      return true;
    }
    const std::string_view json = written(member);
    if (!json.empty()) members.add(key, json);
    return !json.empty();
  });
}

bool read_audio(ondemand::object& object, std::string_view whole, std::size_t limit,
                EncodedAudio& audio) {
  Members around{audio.around, limit, audio.left_out_bytes};
  return for_each_member(object, [&](ondemand::field& field) {
    const std::string_view key = written(field.key());
    std::string_view name;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
    ondemand::value& member = field.value();
    if (name != "data") {
      const std::string_view json = written(member);
      if (!json.empty()) around.add(key, json);
      return !json.empty();
    }
    if (audio.has_data) return true;
    ondemand::json_type type{};
    if (member.type().get(type) != simdjson::SUCCESS) return false;
    if (type != ondemand::json_type::object) return true;  // it may be the audio itself
    around.add_key("\"data\"");
    audio.data_at = audio.around.size();
    return read_data(member, whole, limit, audio);
  });
}

/// The member `name` of an object if it is a string, else empty.
std::string name_inside(ondemand::value& value) {
  ondemand::object inside;
  std::string_view name;
  if (value.get_object().get(inside) != simdjson::SUCCESS) return {};
  if (inside.find_field_unordered("name").get(name) != simdjson::SUCCESS) return {};
  return std::string{name};
}

/// Whether nothing follows the object.
bool is_at_end(ondemand::document& document) {
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

bool read_members(ondemand::object& object, ServerObject& found) {
  return for_each_member(object, [&](ondemand::field& field) {
    std::string_view name;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
    ondemand::value& member = field.value();
    if (name == "type") {
      found.type = string_in(member).value_or("");
    } else if (name == "action") {
      found.action = string_in(member).value_or("");
    } else if (name == "name") {
      found.name = string_in(member).value_or("");
    } else if (name == "fade_ms") {
      std::uint64_t fade = 0;
      found.fade_ms.reset();
      if (member.get_uint64().get(fade) == simdjson::SUCCESS) found.fade_ms = fade;
    }
    return true;
  });
}

/// The sampleRate in `data`.
bool read_rate_inside(ondemand::object& object, std::optional<std::int64_t>& found) {
  return for_each_member(object, [&](ondemand::field& field) {
    std::string_view name;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
    if (name != "data") return true;
    ondemand::object data;
    if (field.value().get_object().get(data) != simdjson::SUCCESS) return true;
    ondemand::value rate;
    if (data.find_field_unordered("sampleRate").get(rate) == simdjson::SUCCESS)
      found = rate_in(rate);
    return true;
  });
}

/// Other servers put a mark's name into `data` or `mark`.
bool read_name_inside(ondemand::object& object, std::string& found) {
  return for_each_member(object, [&](ondemand::field& field) {
    std::string_view name;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
    if (found.empty() && (name == "data" || name == "mark")) found = name_inside(field.value());
    return true;
  });
}

}  // namespace

tl::expected<ServerObject, Unreadable> read_object(std::string& text, std::size_t event_bytes) {
  constexpr auto kNoObject = Unreadable::no_object;
  if (json_depth(text) > kMaxJsonDepth) return tl::unexpected(Unreadable::too_deep);
  text.reserve(text.size() + kJsonPadding);
  const simdjson::padded_string_view padded{text.data(), text.size(), text.capacity()};
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object object;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return tl::unexpected(kNoObject);
  if (document.get_object().get(object) != simdjson::SUCCESS) return tl::unexpected(kNoObject);
  ServerObject found;
  if (!read_members(object, found) || !is_at_end(document)) return tl::unexpected(kNoObject);
  if (found.type == "streamAudio" || found.type == "playAudio") {
    document.rewind();
    EncodedAudio& audio = found.audio.emplace();
    if (document.get_object().get(object) != simdjson::SUCCESS) return tl::unexpected(kNoObject);
    if (!read_audio(object, text, event_bytes, audio)) return tl::unexpected(kNoObject);
    drop_what_is_not_json(audio, found.type);
    if (audio.has_audio && audio.text.empty() && audio.length > 0) audio.text = std::move(text);
  } else if (found.type == "mark" && found.name.empty()) {
    document.rewind();
    if (document.get_object().get(object) != simdjson::SUCCESS) return tl::unexpected(kNoObject);
    if (!read_name_inside(object, found.name)) return tl::unexpected(kNoObject);
  } else if (found.type == "rawAudio") {
    document.rewind();
    if (document.get_object().get(object) != simdjson::SUCCESS) return tl::unexpected(kNoObject);
    if (!read_rate_inside(object, found.rate)) return tl::unexpected(kNoObject);
  }
  return found;
}

}  // namespace audio_stream::dialect
