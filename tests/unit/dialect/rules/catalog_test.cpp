#include "dialect/rules/catalog.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "dialect/rules/built_in_dialects.hpp"

namespace audio_stream::dialect::rules {
namespace {

const std::filesystem::path kSource{AUDIO_STREAM_SOURCE_DIR};

TEST(Catalog, HasEachFileOfTheFolder) {
  Catalog catalog;
  for (const BuiltInDialect& each : built_in_dialects()) {
    EXPECT_EQ(catalog.add(each.xml, each.file), std::vector<std::string>{});
  }
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator{kSource / "conf/dialects"}) {
    names.push_back(file.path().stem());
  }
  std::ranges::sort(names);
  EXPECT_EQ(Catalog::built_in().names(), names);
  EXPECT_GE(names.size(), 40U);
}

TEST(Catalog, EachDialectHasAPage) {
  std::string index;
  std::getline(std::ifstream{kSource / "docs/dialects/README.md"}, index, '\0');
  for (const std::string& name : Catalog::built_in().names()) {
    EXPECT_TRUE(std::filesystem::exists(kSource / "docs/dialects" / (name + ".md"))) << name;
    EXPECT_NE(index.find("[" + name + "](" + name + ".md)"), std::string::npos) << name;
  }
}

TEST(Catalog, ADialectMayBeBasedOnAnother) {
  const auto qwen = Catalog::built_in().find("qwen");
  ASSERT_TRUE(qwen);
  EXPECT_TRUE(qwen->ready) << "from openai";
  EXPECT_EQ(qwen->base, "openai");
}

TEST(Catalog, AUsersDialectReplacesTheBuiltInOneThatItIsBasedOn) {
  Catalog catalog = Catalog::built_in();
  EXPECT_EQ(catalog.add(R"(<dialect name="twilio" base="twilio" remote-close="continue"/>)", "f"),
            std::vector<std::string>{});
  const auto own = catalog.find("twilio");
  EXPECT_EQ(own->remote_close, RemoteClose::ends);
  EXPECT_FALSE(own->on.empty());
}

TEST(Catalog, ABaseMustComeBefore) {
  Catalog catalog;
  EXPECT_EQ(catalog.add(R"(<dialect name="a" base="b"/>)", "f.xml"),
            (std::vector<std::string>{
                "f.xml: dialect 'a' has base='b', and there is no such dialect before it"}));
  EXPECT_FALSE(catalog.find("a"));
}

}  // namespace
}  // namespace audio_stream::dialect::rules
