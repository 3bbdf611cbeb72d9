#include "base/json_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace audio_stream::base {
namespace {

using Json = nlohmann::ordered_json;

TEST(JsonText, HasNoBlanksAndKeepsTheOrder) {
  EXPECT_EQ(json_text({{"b", 1}, {"a", {1, 2}}, {"c", {{"d", nullptr}}}}),
            R"({"b":1,"a":[1,2],"c":{"d":null}})");
}

TEST(JsonText, BrokenUtf8IsReplaced) {
  EXPECT_EQ(json_text(Json("a\xFFz\xC3")), "\"a\xEF\xBF\xBDz\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace audio_stream::base
