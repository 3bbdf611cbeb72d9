#include "protocol/stream_audio.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "protocol/base64.hpp"

namespace audio_stream::protocol {
namespace {

using Json = nlohmann::ordered_json;

// A server's text may hold what is no UTF-8 once escapes are decoded (a lone surrogate): replace it
// rather than throw.
std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<int> sample_rate(const Json& data) {
  const auto rate = data.find("sampleRate");
  if (rate == data.end() || !rate->is_number_integer()) return std::nullopt;
  const auto value = rate->get<std::int64_t>();
  if (value < 0 || value > 1'000'000) return std::nullopt;
  return static_cast<int>(value);
}

// mod_sndfile and mod_native_file know headerless audio by these endings.
tl::expected<std::string, std::string> extension_of(const Json& data) {
  const auto type = data.find("audioDataType");
  if (type == data.end() || !type->is_string()) {
    return tl::unexpected<std::string>("it has no audioDataType (raw, wav, mp3 or ogg)");
  }
  const auto name = type->get<std::string>();
  if (name == "wav" || name == "mp3" || name == "ogg") return "." + name;
  if (name == "pcmu") return ".ul";
  if (name == "pcma") return ".al";
  if (name != "raw") {
    return tl::unexpected("audioDataType is \"" + name.substr(0, 32) +
                          "\", not raw, wav, mp3, ogg, pcmu or pcma");
  }
  constexpr std::array kRawRates{8000, 16000, 24000, 32000, 48000, 64000};
  const std::optional<int> rate = sample_rate(data);
  if (!rate || std::find(kRawRates.begin(), kRawRates.end(), *rate) == kRawRates.end()) {
    return tl::unexpected<std::string>(
        "raw audio needs a sampleRate of 8000, 16000, 24000, 32000, 48000 or 64000");
  }
  return ".r" + std::to_string(*rate / 1000);
}

}  // namespace

bool is_stream_audio(const Json& message) {
  if (!message.is_object()) return false;
  const auto type = message.find("type");
  return type != message.end() && type->is_string() &&
         type->get_ref<const std::string&>() == "streamAudio";
}

tl::expected<StreamAudio, BrokenStreamAudio> read_stream_audio(Json message) {
  const auto broken = [&message](std::string reason) {
    const auto data = message.find("data");
    if (data != message.end() && data->is_object()) data->erase("audioData");
    return tl::unexpected(BrokenStreamAudio{std::move(reason), to_text(message)});
  };

  const auto data = message.find("data");
  if (data == message.end() || !data->is_object()) return broken("it has no data object");
  auto extension = extension_of(*data);
  if (!extension) return broken(std::move(extension.error()));
  const auto encoded = data->find("audioData");
  if (encoded == data->end() || !encoded->is_string()) return broken("it has no audioData string");
  auto audio = decode_base64(encoded->get_ref<const std::string&>());
  if (!audio) return broken("its audioData is not base64");
  if (audio->empty()) return broken("its audioData is empty");
  data->erase("audioData");
  return StreamAudio{std::move(*audio), std::move(*extension), to_text(*data)};
}

std::string with_file(const std::string& rest, const std::string& file) {
  Json body = Json::parse(rest, nullptr, false);
  body["file"] = file;
  return to_text(body);
}

}  // namespace audio_stream::protocol
