#include "dialect/audio_type.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/blanks.hpp"
#include "base/letter_case.hpp"
#include "base/whole_number.hpp"

namespace audio_stream::dialect {
namespace {

// The first name of each type is the one in docs/protocol.md. Vendors use the others.
constexpr std::array<std::pair<std::string_view, AudioType>, 41> kNames{{
    {"raw", AudioType::raw},          {"l16", AudioType::raw},
    {"pcm", AudioType::raw},          {"pcm16", AudioType::raw},
    {"pcm_s16le", AudioType::raw},    {"s16le", AudioType::raw},
    {"linear16", AudioType::raw},     {"audio/l16", AudioType::raw},
    {"audio/pcm", AudioType::raw},    {"audio/raw", AudioType::raw},
    {"audio/x-l16", AudioType::raw},  {"pcmu", AudioType::pcmu},
    {"ulaw", AudioType::pcmu},        {"mulaw", AudioType::pcmu},
    {"g711_ulaw", AudioType::pcmu},   {"audio/pcmu", AudioType::pcmu},
    {"audio/basic", AudioType::pcmu}, {"audio/ulaw", AudioType::pcmu},
    {"audio/mulaw", AudioType::pcmu}, {"audio/x-mulaw", AudioType::pcmu},
    {"pcma", AudioType::pcma},        {"alaw", AudioType::pcma},
    {"g711_alaw", AudioType::pcma},   {"audio/pcma", AudioType::pcma},
    {"audio/alaw", AudioType::pcma},  {"audio/x-alaw", AudioType::pcma},
    {"wav", AudioType::wav},          {"wave", AudioType::wav},
    {"audio/wav", AudioType::wav},    {"audio/wave", AudioType::wav},
    {"audio/x-wav", AudioType::wav},  {"mp3", AudioType::mp3},
    {"audio/mp3", AudioType::mp3},    {"audio/mpeg", AudioType::mp3},
    {"ogg", AudioType::ogg},          {"audio/ogg", AudioType::ogg},
    {"f32", AudioType::f32},          {"pcm_f32le", AudioType::f32},
    {"float32", AudioType::f32},      {"opus", AudioType::opus},
    {"audio/opus", AudioType::opus},
}};

using audio::codec::Encoding;

constexpr std::array<std::pair<AudioType, Encoding>, 5> kEncodingOf{
    {{AudioType::raw, Encoding::l16},
     {AudioType::pcmu, Encoding::pcmu},
     {AudioType::pcma, Encoding::pcma},
     {AudioType::f32, Encoding::f32},
     {AudioType::opus, Encoding::opus}}};

AudioType type_named(std::string_view name) noexcept {
  const auto* const found = std::ranges::find_if(
      kNames, [&](const auto& row) { return base::equals_ignoring_case(row.first, name); });
  return found == kNames.end() ? AudioType::unknown : found->second;
}

std::optional<std::uint32_t> rate_in(std::string_view text) noexcept {
  const auto number = base::whole_number(text, 0, std::numeric_limits<std::uint32_t>::max());
  if (!number) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

NamedAudioType audio_type(std::string_view name) noexcept {
  NamedAudioType found;
  // The parameters of a MIME type.
  if (const std::size_t semicolon = name.find(';'); semicolon != std::string_view::npos) {
    for (std::string_view rest = name.substr(semicolon); !rest.empty();) {
      rest.remove_prefix(1);
      const std::string_view parameter = base::trimmed(rest.substr(0, rest.find(';')));
      if (base::equals_ignoring_case(parameter.substr(0, 5), "rate=")) {
        found.rate_hz = rate_in(parameter.substr(5));
      }
      rest.remove_prefix(std::min(rest.find(';'), rest.size()));
    }
    name = base::trimmed(name.substr(0, semicolon));
  }
  found.type = type_named(name);
  const std::size_t underscore = name.rfind('_');
  if (found.type == AudioType::unknown && underscore != std::string_view::npos) {
    if (const auto rate = rate_in(name.substr(underscore + 1))) {
      found.type = type_named(name.substr(0, underscore));
      found.rate_hz = rate;
    }
  }
  return found;
}

AudioType type_of(Encoding encoding) noexcept {
  const auto* const found =
      std::ranges::find(kEncodingOf, encoding, [](const auto& row) { return row.second; });
  return found == kEncodingOf.end() ? AudioType::unknown : found->first;
}

std::optional<Encoding> encoding_of(AudioType type) noexcept {
  const auto* const found =
      std::ranges::find(kEncodingOf, type, [](const auto& row) { return row.first; });
  if (found == kEncodingOf.end()) return std::nullopt;
  return found->second;
}

}  // namespace audio_stream::dialect
