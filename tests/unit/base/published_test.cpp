#include "base/published.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>

namespace audio_stream::base {
namespace {

struct Figures {
  std::uint64_t first = 0;
  char letter = 'a';
  std::uint64_t last = 0;
};

TEST(Published, AReaderGetsTheLastValue) {
  Published<Figures> published{{1, 'b', 2}};
  EXPECT_EQ(published.load().first, 1U);
  published.store({3, 'c', 4});
  const Figures read = published.load();
  EXPECT_EQ(read.first, 3U);
  EXPECT_EQ(read.letter, 'c');
  EXPECT_EQ(read.last, 4U);
}

TEST(Published, AReaderNeverGetsHalfOfAValue) {
  Published<Figures> published;
  std::atomic<bool> done{false};
  std::thread reader{[&] {
    std::uint64_t before = 0;
    while (!done.load()) {
      const Figures read = published.load();
      ASSERT_EQ(read.first, read.last);
      ASSERT_GE(read.first, before) << "an older value after a newer one";
      before = read.first;
    }
  }};
  for (std::uint64_t i = 1; i <= 100'000; ++i) published.store({i, 'x', i});
  done.store(true);
  reader.join();
  EXPECT_EQ(published.load().first, 100'000U);
}

}  // namespace
}  // namespace audio_stream::base
