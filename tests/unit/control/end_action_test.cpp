#include "control/end_action.hpp"

#include <gtest/gtest.h>

#include <string>

namespace audio_stream::control {
namespace {

using Kind = EndAction::Kind;

TEST(EndAction, IsContinueHangupOrTransfer) {
  EXPECT_EQ(parse_end_action("continue"), (EndAction{.kind = Kind::go_on}));
  EXPECT_EQ(parse_end_action("Hangup"), (EndAction{.kind = Kind::hang_up}));
  EXPECT_EQ(parse_end_action("transfer:1001"), (EndAction{.kind = Kind::transfer, .to = "1001"}));
  EXPECT_EQ(parse_end_action("transfer:1001:XML:default"),
            (EndAction{Kind::transfer, "1001", "XML", "default"}));
  EXPECT_EQ(parse_end_action("transfer:1001::default"),
            (EndAction{Kind::transfer, "1001", "", "default"}));
}

TEST(EndAction, IsWrittenAsItIsRead) {
  for (const auto* text : {"continue", "hangup", "transfer:1", "transfer:1:XML",
                           "transfer:1:XML:default", "transfer:1::default"}) {
    const auto action = parse_end_action(text);
    ASSERT_TRUE(action) << text;
    EXPECT_EQ(to_string(*action), text);
  }
}

TEST(EndAction, NothingElseIs) {
  for (const auto* text : {"", "transfer", "transfer:", "transfer::XML", "transfer:1:XML:default:x",
                           "transfer:playback(x):inline", "transfer:1:INLINE:default",
                           "transfer:a b", "transfer:1\r\n2", "hangup:16", "hang up", "park"}) {
    EXPECT_FALSE(parse_end_action(text)) << text;
  }
}

}  // namespace
}  // namespace audio_stream::control
