#include "stream/item_accounts.hpp"

#include <gtest/gtest.h>

#include <string>

namespace audio_stream::stream {
namespace {

using dialect::LateAudio;

std::string shown(const std::vector<ItemAccounts::Part>& parts) {
  std::string text;
  for (const auto& part : parts) {
    text += part.item + " " + std::to_string(part.begin) + "-" + std::to_string(part.end) + " ";
  }
  return text;
}

TEST(ItemAccounts, ACutEndsThePartsThatAreNotHeard) {
  ItemAccounts items;
  items.add("a", 0);
  items.add("a", 100);
  items.add("b", 200);
  items.add("", 300);
  items.add("c", 400);
  items.heard(250);
  EXPECT_EQ(shown(items.cut(450, {})), "b 200-300 c 400-450 ");
  EXPECT_EQ(shown(items.cut(450, {})), "");
}

TEST(ItemAccounts, LateAudioOfACutItemIsKnown) {
  ItemAccounts items;
  items.add("a", 0);
  items.cut(10, {});
  EXPECT_TRUE(items.is_cut("a", LateAudio::same));
  EXPECT_FALSE(items.is_cut("b", LateAudio::same));
  EXPECT_FALSE(items.is_cut("a", LateAudio::plays));
  EXPECT_FALSE(items.is_cut("", LateAudio::same));
}

TEST(ItemAccounts, NumbersUpToTheCutAreCut) {
  ItemAccounts items;
  items.add("7", 0);
  items.cut(10, {});
  EXPECT_TRUE(items.is_cut("7", LateAudio::numbered));
  EXPECT_TRUE(items.is_cut("3", LateAudio::numbered));
  EXPECT_FALSE(items.is_cut("8", LateAudio::numbered));
  items.cut(10, 9);
  EXPECT_TRUE(items.is_cut("9", LateAudio::numbered));
  EXPECT_FALSE(items.is_cut("x", LateAudio::numbered));
}

TEST(ItemAccounts, AreBounded) {
  ItemAccounts items;
  for (std::size_t i = 0; i < 2 * ItemAccounts::kMostParts; ++i) {
    items.add(std::to_string(i), 10 * i);
  }
  EXPECT_EQ(items.cut(1'000'000, {}).size(), ItemAccounts::kMostParts);
  EXPECT_FALSE(items.is_cut("0", LateAudio::same)) << "forgotten";
}

}  // namespace
}  // namespace audio_stream::stream
