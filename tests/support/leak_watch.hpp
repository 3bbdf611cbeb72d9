#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace test {

/// The resources of this process at one moment.
struct Resources {
  std::map<int, std::string> threads;      ///< thread id -> name
  std::map<int, std::string> descriptors;  ///< number -> target, e.g. "socket:[4711]"
  std::set<std::filesystem::path> files;   ///< in the directories given, at any depth

  [[nodiscard]] std::size_t sockets() const;
  [[nodiscard]] std::size_t other_descriptors() const { return descriptors.size() - sockets(); }
};

/// A missing directory counts as empty.
Resources resources_now(const std::vector<std::filesystem::path>& directories = {});

/// Records the resources of this process when constructed, to report later what was left behind.
///
///   const LeakWatch watch{{recordings}};
///   ... a whole call ...
///   EXPECT_TRUE(watch.nothing_left());
///
/// Resources that a library keeps after its first use count too: use it once before.
class LeakWatch {
 public:
  explicit LeakWatch(std::vector<std::filesystem::path> directories = {});

  /// Waits until there are no threads, descriptors or files except those of the beginning, and no
  /// descriptor of the beginning is missing. A failure lists what is left and what is missing.
  [[nodiscard]] testing::AssertionResult nothing_left(
      std::chrono::milliseconds timeout = std::chrono::milliseconds{5'000}) const;

  [[nodiscard]] const Resources& before() const { return before_; }

 private:
  std::vector<std::filesystem::path> directories_;
  Resources before_;
};

}  // namespace test
