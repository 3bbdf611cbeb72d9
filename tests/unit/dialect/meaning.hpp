#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "dialect/dialect.hpp"

namespace audio_stream::dialect {

/// What a text means, for a dialect that gives each message one meaning.
template <class Speaks>
Incoming text_to(Speaks&& dialect, std::string text) {
  auto all = dialect.understand_text(std::move(text));
  EXPECT_EQ(all.size(), 1U);
  return std::move(all.at(0));
}

/// What a binary message means, likewise. May point into `bytes`.
template <class Speaks>
Incoming binary_to(Speaks&& dialect, std::string_view bytes) {
  auto all = dialect.understand_binary(bytes);
  EXPECT_EQ(all.size(), 1U);
  return std::move(all.at(0));
}

}  // namespace audio_stream::dialect
