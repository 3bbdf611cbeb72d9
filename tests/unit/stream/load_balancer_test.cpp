#include "stream/load_balancer.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace audio_stream::stream {
namespace {

constexpr LoadBalancer::Load kStream = 50;
constexpr std::size_t kToAThread = LoadBalancer::kEnough / kStream;

TEST(LoadBalancer, StreamsShareAThreadUntilItHasEnoughToDo) {
  LoadBalancer shares{2};
  std::vector<LoadBalancer::Share> taken;
  for (std::size_t i = 0; i < kToAThread; ++i) {
    taken.push_back(shares.take(kStream));
    EXPECT_EQ(taken.back().thread(), 0U);
  }
  EXPECT_EQ(shares.take(kStream).thread(), 1U);
}

TEST(LoadBalancer, IfAllHaveEnoughTheOneWithTheLeastLoadIsNext) {
  LoadBalancer shares{2};
  std::vector<LoadBalancer::Share> taken;
  std::vector<std::size_t> of_thread(2);
  for (std::size_t i = 0; i < 4 * kToAThread; ++i) {
    taken.push_back(shares.take(kStream));
    ++of_thread[taken.back().thread()];
  }
  EXPECT_EQ(of_thread, (std::vector<std::size_t>{2 * kToAThread, 2 * kToAThread}));
}

TEST(LoadBalancer, AnEndedStreamMakesRoom) {
  LoadBalancer shares{2};
  std::optional<LoadBalancer::Share> all{shares.take(LoadBalancer::kEnough)};
  EXPECT_EQ(shares.take(kStream).thread(), 1U);
  all.reset();
  EXPECT_EQ(shares.take(kStream).thread(), 0U);
}

TEST(LoadBalancer, ACostlierStreamCountsAsMoreLoad) {
  control::Options plain;
  plain.endpoint.deflate = false;
  EXPECT_EQ(LoadBalancer::load_of(plain), kStream);
  control::Options long_packets = plain;
  long_packets.audio.packet_ms = 100;
  EXPECT_EQ(LoadBalancer::load_of(long_packets), kStream / 5);
  control::Options secure = plain;
  secure.endpoint.url.secure = true;
  EXPECT_GT(LoadBalancer::load_of(secure), kStream);
  control::Options offered = plain;
  offered.endpoint.deflate = true;
  EXPECT_EQ(LoadBalancer::load_of(offered), kStream);
  control::Options compressed = offered;
  compressed.endpoint.deflate_audio = true;
  EXPECT_GT(LoadBalancer::load_of(compressed), kStream);
  control::Options playing = plain;
  playing.playback.enabled = true;
  EXPECT_GT(LoadBalancer::load_of(playing), kStream);
  EXPECT_NEAR(static_cast<double>(LoadBalancer::kEnough) /
                  static_cast<double>(LoadBalancer::load_of(playing)),
              200, 2);
}

}  // namespace
}  // namespace audio_stream::stream
