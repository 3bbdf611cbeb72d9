#include "dialect/stream_audio.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "base/base64.hpp"
#include "base/json_text.hpp"
#include "dialect/audio_type.hpp"

namespace audio_stream::dialect {
namespace {

// mod_sndfile and mod_native_file recognise headerless audio by these extensions.
tl::expected<std::string, std::string> extension_of(const EncodedAudio& audio) {
  if (!audio.type) {
    return tl::unexpected<std::string>("it has no audioDataType (raw, wav, mp3 or ogg)");
  }
  const NamedAudioType type = audio_type(*audio.type);
  switch (type.type) {
    case AudioType::wav:
      return ".wav";
    case AudioType::mp3:
      return ".mp3";
    case AudioType::ogg:
      return ".ogg";
    case AudioType::pcmu:
      return ".ul";
    case AudioType::pcma:
      return ".al";
    case AudioType::raw:
      break;
    case AudioType::f32:
    case AudioType::opus:
    case AudioType::unknown:
      return tl::unexpected("audioDataType is \"" + audio.type->substr(0, 32) +
                            "\", not raw, wav, mp3, ogg, pcmu or pcma");
  }
  constexpr std::array<std::int64_t, 6> kRawRates{8000, 16000, 24000, 32000, 48000, 64000};
  const std::int64_t rate = audio.rate.value_or(audio.has_rate ? 0 : type.rate_hz.value_or(0));
  if (std::ranges::find(kRawRates, rate) == kRawRates.end()) {
    return tl::unexpected<std::string>(
        "raw audio needs a sampleRate of 8000, 16000, 24000, 32000, 48000 or 64000");
  }
  return ".r" + std::to_string(rate / 1000);
}

}  // namespace

tl::expected<StreamAudio, std::string> read_stream_audio(const EncodedAudio& audio) {
  if (!audio.has_data) return tl::unexpected<std::string>("it has no data object");
  auto extension = extension_of(audio);
  if (!extension) return tl::unexpected(std::move(extension.error()));
  if (!audio.has_audio) return tl::unexpected<std::string>("it has no audioData string");
  auto bytes = base::decode_lenient_base64(audio.base64());
  if (!bytes) return tl::unexpected<std::string>("its audioData is not base64");
  if (bytes->empty()) return tl::unexpected<std::string>("its audioData is empty");
  return StreamAudio{std::move(*bytes), std::move(*extension)};
}

std::string play_body(const EncodedAudio& audio, const std::string& file) {
  std::string body = "{" + audio.members;
  if (!audio.members.empty()) body += ',';
  return body + "\"file\":" + base::json_text(file) + "}";
}

std::string body_without_audio(const EncodedAudio& audio, const std::string& why) {
  std::string body = "{" + audio.around;
  if (audio.has_data) body.insert(audio.data_at + 1, "{" + audio.members + "}");
  return body + ",\"error\":" + base::json_text(why) + "}";
}

}  // namespace audio_stream::dialect
