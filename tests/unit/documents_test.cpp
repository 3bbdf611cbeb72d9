// Compares statements of the documents about tests with the tests.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

const std::filesystem::path kSource{AUDIO_STREAM_SOURCE_DIR};

std::string content_of(const std::filesystem::path& path) {
  const std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// "Suite" and "Suite.Name" of each TEST, TEST_F and TEST_P in `source`.
void add_tests_of(const std::string& source, std::set<std::string>& names) {
  for (std::size_t at = source.find("TEST"); at != std::string::npos;
       at = source.find("TEST", at + 4)) {
    const auto open = source.find('(', at);
    const auto comma = source.find(',', at);
    const auto close = source.find(')', at);
    if (open > at + 6 || comma > close || close == std::string::npos) continue;
    const std::string suite = source.substr(open + 1, comma - open - 1);
    const auto name = source.find_first_not_of(" \n", comma + 1);
    names.insert(suite);
    names.insert(suite + "." + source.substr(name, close - name));
  }
}

/// The names of all tests. A fuzz target has the name of its file.
std::set<std::string> tests() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{kSource / "tests"}) {
    if (entry.path().extension() != ".cpp") continue;
    if (entry.path().parent_path().filename() == "fuzz") names.insert(entry.path().stem());
    add_tests_of(content_of(entry.path()), names);
  }
  return names;
}

/// The names in backticks in the last cell of a row: "| promise | test |".
std::vector<std::string> named_in(const std::string& row) {
  std::vector<std::string> names;
  std::istringstream cell{row.substr(row.rfind('|', row.size() - 2))};
  std::string piece;
  for (bool inside = false; std::getline(cell, piece, '`'); inside = !inside) {
    if (inside) names.push_back(piece);
  }
  return names;
}

TEST(Security, EachPromiseNamesATestThatExists) {
  const auto known = tests();
  ASSERT_GT(known.size(), 500U);
  std::istringstream document{content_of(kSource / "docs/security.md")};
  std::size_t promises = 0;
  for (std::string row; std::getline(document, row);) {
    if (!row.starts_with("| ") || row == "| promise | test |" || row.starts_with("| --- "))
      continue;
    ++promises;
    const auto names = named_in(row);
    EXPECT_FALSE(names.empty()) << "no test: " << row;
    for (const auto& name : names) {
      EXPECT_TRUE(known.contains(name)) << "no such test: " << name << "\n" << row;
    }
  }
  EXPECT_GE(promises, 20U);
}

}  // namespace
