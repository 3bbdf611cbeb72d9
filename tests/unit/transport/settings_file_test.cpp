#include "transport/settings_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "fakes/temp_dir.hpp"

namespace audio_stream::transport {
namespace {

class SettingsFile : public testing::Test {
 protected:
  static std::string refusal(const std::string& path) {
    const auto text = read_settings_file(path, 1000);
    return text ? "read " + *text : text.error().why;
  }

  test::TempDir dir_;
};

TEST_F(SettingsFile, IsReadCompletely) {
  const std::string longest(1000, 'x');
  EXPECT_EQ(read_settings_file(dir_.write("empty", ""), 1000).value(), "");
  EXPECT_EQ(read_settings_file(dir_.write("short", "a\nb"), 1000).value(), "a\nb");
  EXPECT_EQ(read_settings_file(dir_.write("longest", longest), 1000).value(), longest);
  const std::string large(300'000, 'y');
  EXPECT_EQ(read_settings_file(dir_.write("large", large), 1'000'000).value(), large);
  std::filesystem::create_symlink(dir_.file("short"), dir_.file("link"));
  EXPECT_EQ(read_settings_file(dir_.file("link"), 1000).value(), "a\nb");
}

TEST_F(SettingsFile, AFileOfReportedSizeZeroIsReadAndBounded) {
  EXPECT_FALSE(read_settings_file("/proc/self/status", 100'000).value().empty());
  EXPECT_EQ(read_settings_file("/proc/self/status", 10).error().why, "it has more than 10 bytes");
}

TEST_F(SettingsFile, TooLargeAFileIsRefused) {
  EXPECT_EQ(refusal(dir_.write("large", std::string(1001, 'x'))), "it has more than 1000 bytes");
}

TEST_F(SettingsFile, AnUnreadableFileIsRefusedWithAReason) {
  const auto missing = read_settings_file(dir_.file("missing"), 1000);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, std::errc::no_such_file_or_directory);
  EXPECT_EQ(missing.error().why, "No such file or directory");
}

TEST_F(SettingsFile, ADirectoryDeviceOrFifoIsRefusedAtOnce) {
  EXPECT_EQ(refusal(dir_.path()), "it is not a regular file");
  EXPECT_EQ(refusal("/dev/null"), "it is not a regular file");
  EXPECT_EQ(refusal("/dev/zero"), "it is not a regular file");
  ASSERT_EQ(::mkfifo(dir_.file("fifo").c_str(), 0600), 0);
  EXPECT_EQ(refusal(dir_.file("fifo")), "it is not a regular file");
  std::filesystem::create_symlink(dir_.file("fifo"), dir_.file("link"));
  EXPECT_EQ(refusal(dir_.file("link")), "it is not a regular file");
}

}  // namespace
}  // namespace audio_stream::transport
