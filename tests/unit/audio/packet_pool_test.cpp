#include "audio/packet_pool.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace audio_stream::audio {
namespace {

constexpr std::size_t kPlenty = std::size_t{1} << 24U;

/// The need of a stream whose queue has room for 32 packets.
constexpr PacketPool::Need kNeed{.usual = 6, .reserve = 32};

std::vector<PacketPtr> take_all(PacketPool& pool) {
  std::vector<PacketPtr> packets;
  while (PacketPtr packet = pool.take()) packets.push_back(std::move(packet));
  return packets;
}

TEST(PacketPool, IsEmptyAtFirst) {
  PacketPool pool{160, kPlenty};
  EXPECT_EQ(pool.total_packets(), 0U);
  EXPECT_EQ(pool.take(), nullptr);
}

TEST(PacketPool, EnsureMakesPacketsFree) {
  PacketPool pool{160, kPlenty};
  pool.ensure(1);
  EXPECT_GE(pool.free_packets(), 1U);
  pool.ensure(100);
  EXPECT_GE(pool.free_packets(), 100U);
  const std::size_t total = pool.total_packets();
  pool.ensure(100);
  EXPECT_EQ(pool.total_packets(), total);
}

TEST(PacketPool, PacketsAreDistinctEmptyAndHaveTheirRoom) {
  PacketPool pool{161, kPlenty};
  pool.ensure(200);
  auto packets = take_all(pool);
  EXPECT_EQ(packets.size(), pool.total_packets());
  EXPECT_EQ(pool.free_packets(), 0U);
  std::set<const void*> places;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    EXPECT_EQ(packets[i]->size(), 0U);
    ASSERT_EQ(packets[i]->room().size(), 161U);
    std::ranges::fill(packets[i]->room(), static_cast<std::int16_t>(i));
    packets[i]->grow(161);
    EXPECT_TRUE(packets[i]->room().empty());
    places.insert(packets[i]->audio().data());
  }
  EXPECT_EQ(places.size(), packets.size());
  for (std::size_t i = 0; i < packets.size(); ++i) {
    for (const std::int16_t sample : packets[i]->audio()) ASSERT_EQ(sample, i);
  }
}

TEST(PacketPool, APacketComesBackEmpty) {
  PacketPool pool{160, kPlenty};
  pool.ensure(1);
  auto packets = take_all(pool);
  packets.front()->grow(50);
  const std::size_t free_before = pool.free_packets();
  packets.clear();
  EXPECT_GT(pool.free_packets(), free_before);
  for (const auto& packet : take_all(pool)) EXPECT_EQ(packet->size(), 0U);
}

TEST(PacketPool, RunsDryExactlyAtItsBound) {
  constexpr std::size_t kBound = std::size_t{1024} * 1024;
  PacketPool pool{160, kBound};
  pool.ensure(1'000'000);
  const auto packets = take_all(pool);
  EXPECT_EQ(packets.size(), pool.total_packets());
  EXPECT_LE(packets.size() * 160 * sizeof(std::int16_t), kBound);
  EXPECT_GE(packets.size() * 160 * sizeof(std::int16_t), kBound / 2);
  EXPECT_EQ(pool.take(), nullptr);
  pool.ensure(1);
  EXPECT_EQ(pool.take(), nullptr);
}

TEST(PacketPool, KeepsMorePacketsFreeForMoreStreams) {
  PacketPool pool{160, kPlenty};
  const std::size_t none = pool.target_free();
  for (int i = 0; i < 50; ++i) pool.join(kNeed);
  EXPECT_GT(pool.target_free(), none + 49);
  EXPECT_GE(pool.free_packets(), pool.target_free());
  for (int i = 0; i < 50; ++i) pool.leave(kNeed);
  EXPECT_EQ(pool.target_free(), none);
}

// After a standstill of the machine all calls deliver their backlog before the pool can grow.
TEST(PacketPool, AllStreamsMayBeLateAtOnce) {
  constexpr std::size_t kStreams = 50;
  constexpr std::size_t kLate = 30;  // packets of 20 ms
  PacketPool pool{160, kPlenty};
  for (std::size_t i = 0; i < kStreams; ++i) pool.join(kNeed);
  EXPECT_GE(take_all(pool).size(), kStreams * kLate);
}

// The I/O thread is late, so the pool does not grow meanwhile.
TEST(PacketPool, TheWholeReserveOfAStreamIsAvailable) {
  for (const std::size_t packets : {std::size_t{250}, std::size_t{3000}}) {
    PacketPool pool{160, kPlenty};
    pool.join({.usual = 6, .reserve = packets});
    EXPECT_GE(take_all(pool).size(), packets);
  }
}

// Else a pool at its bound would have no packets that keep their memory.
TEST(PacketPool, ReservesLeaveRoomForNormalLoad) {
  PacketPool pool{160, std::size_t{1} << 20U};
  for (int i = 0; i < 10; ++i) pool.join({.usual = 6, .reserve = 3000});
  EXPECT_LT(pool.target_free(), std::size_t{3000});
  const auto packets = take_all(pool);
  const auto stay =
      std::ranges::count_if(packets, [&](const PacketPtr& packet) { return pool.stays(*packet); });
  EXPECT_GE(stay, 60);
}

std::size_t resident_kib() {
  std::ifstream statm{"/proc/self/statm"};
  std::size_t size = 0;
  std::size_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

/// Whether the page at `place` has memory.
bool is_resident(const void* place) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  auto* begin = static_cast<char*>(const_cast<void*>(place));
  begin -= reinterpret_cast<std::uintptr_t>(begin) % page;
  unsigned char there = 0;
  return ::mincore(begin, 1, &there) == 0 && (there & 1U) != 0;
}

constexpr std::size_t kStreams = 100;
constexpr std::size_t kLong = 4800;  // samples: more than a page
constexpr std::size_t kLongKib = kLong * sizeof(std::int16_t) / 1024;
constexpr std::size_t kRoomForAll = std::size_t{1} << 28U;

TEST(PacketPool, OnlyPacketsOfNormalLoadHaveMemory) {
  PacketPool pool{kLong, kRoomForAll};
  const std::size_t before = resident_kib();
  for (std::size_t i = 0; i < kStreams; ++i) pool.join(kNeed);
  EXPECT_GT(resident_kib(), before + kStreams * kLongKib * 4);
  EXPECT_LT(resident_kib(), before + kStreams * kLongKib * 8);
  EXPECT_GE(pool.free_packets(), kStreams * 30);
}

TEST(PacketPool, APeakTakesMemoryOnlyWhileItLasts) {
  PacketPool pool{kLong, kRoomForAll};
  for (std::size_t i = 0; i < kStreams; ++i) pool.join(kNeed);
  pool.ensure(kStreams * 50);
  auto packets = take_all(pool);
  std::vector<const void*> places;
  for (const auto& packet : packets) {
    std::ranges::fill(packet->room(), std::int16_t{1});
    places.push_back(packet->room().data() + kLong / 2);
  }
  const auto resident = [&] { return std::ranges::count_if(places, is_resident); };
  EXPECT_EQ(resident(), places.size());
  packets.clear();
  pool.trim(PacketPool::Time{} + std::chrono::seconds{10});
  EXPECT_LT(resident(), kStreams * 8);
  EXPECT_GE(pool.free_packets(), pool.target_free());
}

using Seconds = std::chrono::seconds;

TEST(PacketPool, MemoryOfAPeakIsReleasedAfterIt) {
  PacketPool pool{160, kPlenty};
  for (int i = 0; i < 50; ++i) pool.join(kNeed);
  const std::size_t usual = pool.total_packets();
  pool.ensure(2000);
  auto packets = take_all(pool);
  EXPECT_GE(packets.size(), 2000U);
  PacketPool::Time now{};
  pool.trim(now += Seconds{10});
  EXPECT_EQ(pool.total_packets(), packets.size()) << "none of them is free";
  packets.clear();
  pool.trim(now += Seconds{10});
  EXPECT_LE(pool.total_packets(), usual + 256);
  EXPECT_GE(pool.free_packets(), pool.target_free());
  EXPECT_EQ(take_all(pool).size(), pool.total_packets());
  // The same again.
  pool.ensure(3000);
  EXPECT_GE(take_all(pool).size(), 3000U);
  pool.trim(now += Seconds{10});
  EXPECT_LE(pool.total_packets(), usual + 256);
}

// A day has many peaks, so released slabs must be reusable.
TEST(PacketPool, GrowsAndShrinksRepeatedly) {
  constexpr std::size_t kMuch = 64 * 40;
  constexpr int kTimes = 300;  // more slabs in total than a pool can have at once
  PacketPool pool{160, kPlenty};
  pool.join(kNeed);
  PacketPool::Time now{};
  for (int i = 0; i < kTimes; ++i) {
    pool.ensure(kMuch);
    ASSERT_GE(pool.free_packets(), kMuch) << "time " << i;
    pool.trim(now += Seconds{10});
    ASSERT_LT(pool.total_packets(), kMuch / 4) << "time " << i;
  }
}

TEST(PacketPool, AStreamThatKeepsItsPacketsDoesNotKeepThoseOfOthers) {
  PacketPool pool{160, kPlenty};
  pool.join(kNeed);
  pool.ensure(2000);
  auto packets = take_all(pool);
  packets.resize(100);
  pool.trim(PacketPool::Time{} + Seconds{10});
  EXPECT_LE(pool.total_packets(), 512U);
  for (const auto& packet : packets) packet->grow(packet->room().size());
}

TEST(PacketPool, TheLastStreamLeavesLittleMemoryBehind) {
  PacketPool pool{160, kPlenty};
  pool.join(kNeed);
  pool.join(kNeed);
  pool.ensure(2000);
  const std::size_t total = pool.total_packets();
  pool.trim(PacketPool::Time::max() - PacketPool::kTrimEvery * 2);  // no further trim by time
  pool.ensure(2000);
  pool.leave(kNeed);
  EXPECT_GE(pool.total_packets(), total - 64);
  pool.leave(kNeed);
  EXPECT_LE(pool.total_packets(), 256U);
}

TEST(PacketPool, TrimsAtMostOnceInAnInterval) {
  PacketPool pool{160, kPlenty};
  pool.join(kNeed);
  pool.ensure(2000);
  const PacketPool::Time now{Seconds{10}};
  pool.trim(now);
  pool.ensure(2000);
  const std::size_t total = pool.total_packets();
  pool.trim(now + Seconds{PacketPool::kTrimEvery} / 2);
  EXPECT_EQ(pool.total_packets(), total);
  pool.trim(now + PacketPool::kTrimEvery);
  EXPECT_LT(pool.total_packets(), total);
}

TEST(PacketPool, ATrimWithoutResultIsNotRepeatedAtOnce) {
  PacketPool pool{160, kPlenty};
  pool.join(kNeed);
  pool.ensure(2000);
  auto packets = take_all(pool);
  std::vector<PacketPtr> held;  // one packet of each slab
  for (std::size_t i = 0; i < packets.size(); i += 32) held.push_back(std::move(packets[i]));
  packets.clear();
  const std::size_t total = pool.total_packets();
  const PacketPool::Time now{Seconds{10}};
  pool.trim(now);
  EXPECT_EQ(pool.total_packets(), total);
  held.clear();
  pool.trim(now + PacketPool::kTrimEvery);
  EXPECT_EQ(pool.total_packets(), total);
  pool.trim(now + PacketPool::kTrimAfterNone);
  EXPECT_LT(pool.total_packets(), total);
}

// Each thread stamps the packets it holds. A packet given to two threads would show a foreign
// stamp.
TEST(PacketPool, ManyThreadsTakeAndReturnWithoutLosingOrSharingAPacket) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 20'000;
  PacketPool pool{16, 1};  // one slab: the threads contend for few packets
  pool.ensure(1);
  const std::size_t total = pool.total_packets();
  std::atomic<int> foreign{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&pool, &foreign, t] {
      const auto stamp = static_cast<std::int16_t>(t + 1);
      std::vector<PacketPtr> held;
      for (int round = 0; round < kRounds; ++round) {
        if (held.size() < 24) {
          if (PacketPtr packet = pool.take()) {
            std::ranges::fill(packet->room(), stamp);
            packet->grow(16);
            held.push_back(std::move(packet));
          }
        }
        if (held.size() >= 24 || round % 3 == 0) {
          for (const auto& packet : held) {
            for (const std::int16_t sample : packet->audio()) foreign += sample != stamp;
          }
          if (!held.empty()) held.erase(held.begin());
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(foreign.load(), 0);
  EXPECT_EQ(pool.free_packets(), total);
  EXPECT_EQ(take_all(pool).size(), total);
}

TEST(PacketPool, GrowsWhileOthersTakeAndReturn) {
  PacketPool pool{16, kPlenty};
  std::atomic<bool> grown{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      while (!grown.load()) {
        const PacketPtr one = pool.take();
        const PacketPtr two = pool.take();
      }
    });
  }
  for (std::size_t packets = 64; packets <= 64 * 64; packets += 64) pool.ensure(packets);
  grown = true;
  for (auto& thread : threads) thread.join();
  EXPECT_GE(pool.total_packets(), std::size_t{64} * 64);
  EXPECT_EQ(take_all(pool).size(), pool.total_packets());
}

TEST(PacketPool, GrowsAndShrinksWhileOthersTakeFillAndReturn) {
  PacketPool pool{16, kPlenty};
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      std::vector<PacketPtr> held;
      for (std::size_t round = 0; !over.load(); ++round) {
        if (PacketPtr packet = pool.take()) {
          std::ranges::fill(packet->room(), static_cast<std::int16_t>(t));
          packet->grow(16);
          held.push_back(std::move(packet));
        }
        if (round % 500 == 0) held.clear();
      }
    });
  }
  PacketPool::Time now{};
  for (int round = 0; round < 300; ++round) {
    pool.ensure(1000);
    pool.trim(now += Seconds{10});
  }
  over = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(pool.free_packets(), pool.total_packets());
  EXPECT_EQ(take_all(pool).size(), pool.total_packets());
}

TEST(PacketPool, AStartGetsItsPacketWhileThePoolShrinks) {
  PacketPool pool{16, kPlenty};
  std::atomic<bool> over{false};
  std::thread trimming{[&] {
    PacketPool::Time now{};
    while (!over.load()) {
      pool.ensure(1000);
      pool.trim(now += Seconds{10});
    }
  }};
  std::vector<std::thread> starts;
  std::atomic<int> refused{0};
  for (int t = 0; t < 2; ++t) {
    starts.emplace_back([&] {
      for (int round = 0; round < 20'000; ++round) refused += pool.take_or_grow() == nullptr;
    });
  }
  for (auto& thread : starts) thread.join();
  over = true;
  trimming.join();
  EXPECT_EQ(refused.load(), 0);
}

TEST(PacketPool, AFullPoolRefusesAStart) {
  PacketPool pool{16, 1};
  std::vector<PacketPtr> held;
  while (PacketPtr packet = pool.take_or_grow()) held.push_back(std::move(packet));
  EXPECT_EQ(held.size(), pool.total_packets());
  EXPECT_EQ(pool.free_packets(), 0U);
  held.pop_back();
  EXPECT_NE(pool.take_or_grow(), nullptr);
}

}  // namespace
}  // namespace audio_stream::audio
