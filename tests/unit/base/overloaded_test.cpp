#include "base/overloaded.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace audio_stream::base {
namespace {

TEST(Overloaded, VisitsEachAlternativeByItsOwnLambda) {
  const auto name = [](const std::variant<int, std::string>& value) {
    return std::visit(Overloaded{[](int number) { return "number " + std::to_string(number); },
                                 [](const std::string& text) { return "text " + text; }},
                      value);
  };
  EXPECT_EQ(name(3), "number 3");
  EXPECT_EQ(name("a"), "text a");
}

}  // namespace
}  // namespace audio_stream::base
