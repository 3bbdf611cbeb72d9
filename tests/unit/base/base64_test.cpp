#include "base/base64.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace audio_stream::base {
namespace {

using namespace std::string_view_literals;

std::optional<std::string> decoded(std::string_view text) {
  const auto bytes = decode_base64(text);
  if (!bytes) return std::nullopt;
  return std::string{reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

TEST(Base64, ReadsAndWritesTheVectorsOfRfc4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(encode_base64(bytes), text);
    EXPECT_EQ(decoded(text), bytes);
  }
}

TEST(Base64, EveryByteComesBack) {
  std::string bytes;
  for (int round = 0; round < 3; ++round) {
    for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
    bytes += 'x';  // each length modulo 3
    EXPECT_EQ(decoded(encode_base64(bytes)), bytes);
  }
}

TEST(Base64, RefusesAnIncompleteGroup) {
  for (const auto text : {"Z", "Zg", "Zg=", "Zm9vY", "=", "Zm9v="}) {
    EXPECT_EQ(decoded(text), std::nullopt) << text;
  }
}

TEST(Base64, RefusesPaddingAnywhereButAtTheEnd) {
  for (const auto text : {"====", "Z===", "Zg==Zg==", "Z=g=", "=Zg=", "Zm=v"}) {
    EXPECT_EQ(decoded(text), std::nullopt) << text;
  }
}

TEST(Base64, RefusesEveryCharacterOutsideTheAlphabet) {
  const std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"sv;
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool known = alphabet.find(c) != std::string_view::npos;
    for (std::size_t place = 0; place < 4; ++place) {
      std::string text = "AAAA";
      text[place] = c;
      if (c == '=' && place == 3) continue;
      EXPECT_EQ(decoded(text).has_value(), known) << byte << " at " << place;
    }
  }
}

TEST(Base64, RefusesBlanksAroundAndWithin) {
  for (const auto text : {" Zm9v   ", "Zm9v\n\n\n\n", "Zm9 vYg=", "\tZm9"}) {
    EXPECT_EQ(decoded(text), std::nullopt) << text;
  }
}

std::optional<std::string> decoded_leniently(std::string_view text) {
  const auto bytes = decode_lenient_base64(text);
  if (!bytes) return std::nullopt;
  return std::string{reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

TEST(LenientBase64, AcceptsTheUrlAlphabetMissingPaddingAndLineEnds) {
  const std::string bytes = "\xFB\xEF\xBE\xFF?~f";
  ASSERT_EQ(encode_base64(bytes), "++++/z9+Zg==");
  for (const auto text : {"++++/z9+Zg==", "----_z9-Zg==", "++++/z9+Zg", "++++/z9+Zg=", "--++_z9-Zg",
                          "++++\r\n/z9+\r\nZg==\r\n", " ++ ++/z9+\tZg"}) {
    EXPECT_EQ(decoded_leniently(text), bytes) << text;
  }
  EXPECT_EQ(decoded_leniently(""), "");
  EXPECT_EQ(decoded_leniently("\n"), "");
}

TEST(LenientBase64, RefusesEverythingElse) {
  for (const auto text : {"Z", "Zm9vY", "Zg==Zg==", "Z=g", "Zm9%", "Zm9v\"", "Zm.v"}) {
    EXPECT_EQ(decoded_leniently(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace audio_stream::base
