#include "support/leak_watch.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>

#include "support/wait.hpp"

namespace test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view socket_prefix = "socket:";

std::vector<int> numbers_in(const fs::path& directory) {
  std::vector<int> numbers;
  for (const auto& entry : fs::directory_iterator{directory}) {
    numbers.push_back(std::stoi(entry.path().filename().string()));
  }
  return numbers;
}

std::map<int, std::string> threads_now() {
  const fs::path tasks = "/proc/self/task";
  std::map<int, std::string> threads;
  for (const int id : numbers_in(tasks)) {
    std::ifstream file{tasks / std::to_string(id) / "comm"};
    std::string name;
    if (std::getline(file, name)) threads[id] = name;  // else the thread has just ended
  }
  return threads;
}

std::map<int, std::string> descriptors_now() {
  const fs::path table = "/proc/self/fd";
  std::map<int, std::string> descriptors;
  for (const int number : numbers_in(table)) {
    std::error_code gone;  // so has the descriptor that read the table
    const fs::path target = fs::read_symlink(table / std::to_string(number), gone);
    if (!gone) descriptors[number] = target;
  }
  return descriptors;
}

std::set<fs::path> files_in(const std::vector<fs::path>& directories) {
  std::set<fs::path> files;
  for (const fs::path& directory : directories) {
    std::error_code error;
    for (fs::recursive_directory_iterator entry{directory, error}, end; !error && entry != end;
         entry.increment(error)) {
      files.insert(entry->path());
    }
  }
  return files;
}

/// A line for each entry of `some` that `others` lacks.
std::string only_in(const std::map<int, std::string>& some,
                    const std::map<int, std::string>& others, std::string_view label) {
  std::string lines;
  for (const auto& [number, what] : some) {
    const auto other = others.find(number);
    if (other != others.end() && other->second == what) continue;
    lines += "\n  " + std::string{label} + ' ' + std::to_string(number) + ": " + what;
  }
  return lines;
}

/// Compares by id, because a thread may change its name.
std::string new_threads(const Resources& before, const Resources& after) {
  std::string lines;
  for (const auto& [id, name] : after.threads) {
    if (!before.threads.contains(id)) lines += "\n  thread " + std::to_string(id) + ": " + name;
  }
  return lines;
}

std::string new_files(const Resources& before, const Resources& after) {
  std::string lines;
  for (const fs::path& file : after.files) {
    if (!before.files.contains(file)) lines += "\n  file " + file.string();
  }
  return lines;
}

std::string difference(const Resources& before, const Resources& after) {
  const std::string left = new_threads(before, after) +
                           only_in(after.descriptors, before.descriptors, "descriptor") +
                           new_files(before, after);
  const std::string missing = only_in(before.descriptors, after.descriptors, "descriptor");
  return (left.empty() ? "" : "left behind:" + left + '\n') +
         (missing.empty() ? "" : "missing:" + missing + '\n');
}

}  // namespace

std::size_t Resources::sockets() const {
  return static_cast<std::size_t>(std::count_if(
      descriptors.begin(), descriptors.end(),
      [](const auto& descriptor) { return descriptor.second.starts_with(socket_prefix); }));
}

Resources resources_now(const std::vector<fs::path>& directories) {
  return {threads_now(), descriptors_now(), files_in(directories)};
}

LeakWatch::LeakWatch(std::vector<fs::path> directories)
    : directories_{std::move(directories)}, before_{resources_now(directories_)} {}

testing::AssertionResult LeakWatch::nothing_left(std::chrono::milliseconds timeout) const {
  std::string found;
  const auto look = [&] {
    found = difference(before_, resources_now(directories_));
    return found.empty();
  };
  if (eventually(look, timeout)) return testing::AssertionSuccess();
  return testing::AssertionFailure() << found;
}

}  // namespace test
