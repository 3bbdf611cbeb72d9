#include "dialect/audio_type.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "audio/codec/encoding_name.hpp"

namespace audio_stream::dialect {
namespace {

struct Case {
  std::string_view name;
  AudioType type;
  std::optional<std::uint32_t> rate_hz;
};

TEST(AudioType, HasTheNamesThatVendorsUse) {
  constexpr std::array cases{
      Case{"raw", AudioType::raw, {}},
      Case{"L16", AudioType::raw, {}},
      Case{"pcm_s16le", AudioType::raw, {}},
      Case{"pcm_16000", AudioType::raw, 16000},
      Case{"audio/l16;rate=24000", AudioType::raw, 24000},
      Case{"audio/L16; channels=1; rate=16000", AudioType::raw, 16000},
      Case{"audio/pcm", AudioType::raw, {}},
      Case{"mulaw", AudioType::pcmu, {}},
      Case{"ulaw_8000", AudioType::pcmu, 8000},
      Case{"g711_ulaw", AudioType::pcmu, {}},
      Case{"audio/x-mulaw", AudioType::pcmu, {}},
      Case{"g711_alaw", AudioType::pcma, {}},
      Case{"wave", AudioType::wav, {}},
      Case{"audio/wav", AudioType::wav, {}},
      Case{"audio/mpeg", AudioType::mp3, {}},
      Case{"ogg", AudioType::ogg, {}},
      Case{"pcm_f32le", AudioType::f32, {}},
      Case{"opus", AudioType::opus, {}},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(audio_type(each.name).type, each.type) << each.name;
    EXPECT_EQ(audio_type(each.name).rate_hz, each.rate_hz) << each.name;
  }
}

TEST(AudioType, AnotherNameIsUnknown) {
  for (const std::string_view name :
       {"", "flac", "raw2", "_", "raw_", "raw_x", ";", ";rate=8000", "audio/"}) {
    EXPECT_EQ(audio_type(name).type, AudioType::unknown) << name;
  }
}

TEST(AudioType, ARateThatIsNoNumberIsNone) {
  EXPECT_EQ(audio_type("audio/l16;rate=fast").rate_hz, std::nullopt);
  EXPECT_EQ(audio_type("audio/l16;rate=-1").rate_hz, std::nullopt);
  EXPECT_EQ(audio_type("audio/l16;rate=99999999999999999999").rate_hz, std::nullopt);
}

TEST(AudioType, EachEncodingHasItsType) {
  for (const auto& [name, encoding] : audio::codec::kEncodings) {
    EXPECT_EQ(encoding_of(type_of(encoding)), encoding) << name;
    EXPECT_EQ(audio_type(name).type, type_of(encoding)) << name;
    EXPECT_EQ(audio::codec::name_of(encoding), name);
  }
  for (const AudioType type :
       {AudioType::wav, AudioType::mp3, AudioType::ogg, AudioType::unknown}) {
    EXPECT_EQ(encoding_of(type), std::nullopt);
  }
}

}  // namespace
}  // namespace audio_stream::dialect
