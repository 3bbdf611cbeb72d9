#include "stream/packet_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "audio/packet_pool.hpp"

namespace audio_stream::stream {
namespace {

class PacketQueueTest : public testing::Test {
 protected:
  PacketQueueTest() { pool_.ensure(256); }

  audio::PacketPtr numbered(std::uint64_t number) {
    audio::PacketPtr packet = pool_.take();
    if (packet) packet->position = number;
    return packet;
  }

  audio::PacketPool pool_{1, std::size_t{1} << 24U};
};

TEST_F(PacketQueueTest, KeepsTheOrderOfPackets) {
  PacketQueue queue{100};
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_EQ(queue.push(numbered(i)), nullptr);
  EXPECT_EQ(queue.size(), 100U);
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_EQ(queue.pop()->position, i);
  EXPECT_EQ(queue.pop(), nullptr);
  EXPECT_EQ(queue.size(), 0U);
}

TEST_F(PacketQueueTest, DropsTheOldestAndKeepsItsBound) {
  for (const std::size_t capacity : {1U, 2U, 3U, 33U, 64U, 100U}) {
    PacketQueue queue{capacity};
    EXPECT_EQ(queue.capacity(), capacity);
    for (std::uint64_t i = 0; i < 250; ++i) {
      const auto dropped = queue.push(numbered(i));
      if (i < capacity) {
        EXPECT_EQ(dropped, nullptr);
      } else {
        ASSERT_NE(dropped, nullptr);
        EXPECT_EQ(dropped->position, i - capacity);
      }
      ASSERT_LE(queue.size(), capacity);
    }
    EXPECT_EQ(queue.size(), capacity);
    EXPECT_EQ(queue.pop()->position, 250 - capacity);
  }
}

// The popping thread may be late by the whole capacity.
TEST_F(PacketQueueTest, ItsWholeRoomIsAvailableWithoutAPop) {
  PacketQueue queue{3000};
  pool_.ensure(3001);
  for (std::uint64_t i = 0; i < 3000; ++i) ASSERT_EQ(queue.push(numbered(i)), nullptr) << i;
  const auto dropped = queue.push(numbered(3000));
  ASSERT_NE(dropped, nullptr);
  EXPECT_EQ(dropped->position, 0U);
}

TEST_F(PacketQueueTest, ACapacityOfZeroStillHoldsOne) {
  PacketQueue queue{0};
  EXPECT_EQ(queue.capacity(), 1U);
  EXPECT_EQ(queue.push(numbered(1)), nullptr);
  EXPECT_EQ(queue.push(numbered(2))->position, 1U);
}

TEST_F(PacketQueueTest, WrapsAroundManyTimes) {
  PacketQueue queue{3};
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    EXPECT_EQ(queue.push(numbered(2 * i)), nullptr);
    EXPECT_EQ(queue.push(numbered(2 * i + 1)), nullptr);
    ASSERT_EQ(queue.pop()->position, 2 * i);
    ASSERT_EQ(queue.pop()->position, 2 * i + 1);
  }
}

TEST_F(PacketQueueTest, RemainingPacketsGoBackToThePool) {
  const std::size_t free_before = pool_.free_packets();
  {
    PacketQueue queue{8};
    for (std::uint64_t i = 0; i < 5; ++i) queue.push(numbered(i));
    EXPECT_EQ(pool_.free_packets(), free_before - 5);
  }
  EXPECT_EQ(pool_.free_packets(), free_before);
}

// One thread pushes and the other pops. The queue is so small that many packets are dropped. Each
// packet must come out exactly once, on one of the two sides, and each side must see its packets in
// order.
TEST_F(PacketQueueTest, BetweenThreadsEachPacketIsDeliveredOrDroppedOnceAndInOrder) {
  constexpr std::uint64_t kPackets = 50'000;
  for (const std::size_t capacity : {1U, 2U, 5U, 32U, 200U}) {
    PacketQueue queue{capacity};
    std::atomic<bool> pushed_all{false};
    std::vector<std::uint64_t> delivered;
    delivered.reserve(kPackets);
    std::thread consumer{[&] {
      while (true) {
        const bool last_round = pushed_all.load();
        while (const auto packet = queue.pop()) delivered.push_back(packet->position);
        if (last_round) return;
        std::this_thread::yield();
      }
    }};
    std::vector<std::uint64_t> dropped;
    dropped.reserve(kPackets);
    for (std::uint64_t i = 0; i < kPackets; ++i) {
      audio::PacketPtr packet = numbered(i);
      ASSERT_NE(packet, nullptr);
      if (const auto oldest = queue.push(std::move(packet))) dropped.push_back(oldest->position);
      if (i % 256 == 0) std::this_thread::yield();
    }
    pushed_all = true;
    consumer.join();

    ASSERT_EQ(delivered.size() + dropped.size(), kPackets) << "capacity " << capacity;
    std::vector<bool> seen(kPackets, false);
    for (const auto* side : {&delivered, &dropped}) {
      for (std::size_t i = 0; i < side->size(); ++i) {
        ASSERT_TRUE(i == 0 || (*side)[i - 1] < (*side)[i]);
        ASSERT_FALSE(seen[(*side)[i]]);
        seen[(*side)[i]] = true;
      }
    }
    EXPECT_EQ(queue.size(), 0U);
  }
}

}  // namespace
}  // namespace audio_stream::stream
