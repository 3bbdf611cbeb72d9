#include "stream/audio_files.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fakes/temp_dir.hpp"

namespace audio_stream::stream {
namespace {

std::span<const std::byte> bytes(const std::string& text) {
  return std::as_bytes(std::span{text});
}

class AudioFilesTest : public testing::Test {
 protected:
  test::TempDir dir_;
  std::unique_ptr<AudioFiles> files_ =
      std::make_unique<AudioFiles>(dir_.path(), "uuid", AudioFiles::Limits{});
};

TEST_F(AudioFilesTest, AFileHasTheAudioAndTheExtension) {
  const auto path = files_->write(bytes("audio"), ".r16");
  ASSERT_TRUE(path) << path.error();
  EXPECT_EQ(test::content_of(*path), "audio");
  EXPECT_TRUE(path->ends_with(".tmp.r16")) << *path;
  EXPECT_EQ(std::filesystem::path{*path}.parent_path(), dir_.path());
}

TEST_F(AudioFilesTest, OnlyTheSwitchsOwnUserMayReadIt) {
  const auto before = ::umask(0);
  const auto path = files_->write(bytes("audio"), ".wav");
  ::umask(before);
  ASSERT_TRUE(path);
  struct stat info {};
  ASSERT_EQ(::stat(path->c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
}

TEST_F(AudioFilesTest, NamesAreNumberedAndUnguessable) {
  std::set<std::string> secrets;
  for (int number = 0; number < 20; ++number) {
    const auto path = files_->write(bytes("x"), ".wav");
    ASSERT_TRUE(path);
    const std::string name = std::filesystem::path{*path}.filename();
    const std::string begin = "uuid_" + std::to_string(number) + "_";
    ASSERT_EQ(name.rfind(begin, 0), 0U) << name;
    const std::string secret = name.substr(begin.size(), 32);
    EXPECT_EQ(secret.find_first_not_of("0123456789abcdef"), std::string::npos) << name;
    EXPECT_EQ(name.substr(begin.size() + 32), ".tmp.wav");
    secrets.insert(secret);
  }
  EXPECT_EQ(secrets.size(), 20U);
}

TEST_F(AudioFilesTest, AllFilesAreGoneWithTheStream) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(files_->write(bytes("x"), ".wav"));
  EXPECT_EQ(dir_.files(), 10U);
  files_.reset();
  EXPECT_EQ(dir_.files(), 0U);
}

TEST_F(AudioFilesTest, AFileThatWasRemovedAlreadyDoesNoHarm) {
  const auto path = files_->write(bytes("x"), ".wav");
  ASSERT_TRUE(path);
  std::filesystem::remove(*path);
  files_.reset();
}

TEST_F(AudioFilesTest, NoMoreFilesThanAllowedAreWritten) {
  for (std::size_t i = 0; i < AudioFiles::Limits{}.count; ++i) {
    ASSERT_TRUE(files_->write(bytes("x"), ".wav"));
  }
  const auto path = files_->write(bytes("x"), ".wav");
  ASSERT_FALSE(path);
  EXPECT_NE(path.error().find("10000"), std::string::npos);
  EXPECT_EQ(dir_.files(), AudioFiles::Limits{}.count);
}

TEST_F(AudioFilesTest, NoMoreBytesThanAllowedAreWritten) {
  // Only address space: the bound must apply before any byte is read or written.
  constexpr std::size_t kSize = AudioFiles::Limits{}.bytes + 1;
  void* memory =
      ::mmap(nullptr, kSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  const std::span huge{static_cast<const std::byte*>(memory), kSize};
  EXPECT_FALSE(files_->write(huge, ".wav"));
  ASSERT_TRUE(files_->write(bytes("x"), ".wav"));
  EXPECT_FALSE(files_->write(huge.first(AudioFiles::Limits{}.bytes), ".wav"));
  EXPECT_EQ(dir_.files(), 1U);
  ::munmap(memory, kSize);
}

TEST_F(AudioFilesTest, TheOldestFilesMakeRoomAfterTheirTimeToBePlayed) {
  AudioFiles files{dir_.path(), "uuid", {2, 10}};
  const auto begin = AudioFiles::Clock::now();
  const auto later = begin + AudioFiles::kTimeToBePlayed;
  const auto first = files.write(bytes("1234"), ".wav", begin);
  const auto second = files.write(bytes("1234"), ".wav", later - std::chrono::milliseconds{1});
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(files.write(bytes("x"), ".wav", later - std::chrono::milliseconds{1}));
  const auto third = files.write(bytes("123456"), ".wav", later);
  ASSERT_TRUE(third) << third.error();
  EXPECT_FALSE(std::filesystem::exists(*first));
  EXPECT_TRUE(std::filesystem::exists(*second));
  EXPECT_NE(third->find("_2_"), std::string::npos) << "a number is used twice: " << *third;
  EXPECT_FALSE(files.write(bytes("12345678901"), ".wav", later + std::chrono::hours{1}));
  EXPECT_TRUE(std::filesystem::exists(*second)) << "it drops nothing for a message that never fits";
  EXPECT_TRUE(files.write(bytes("1234567890"), ".wav", later + std::chrono::hours{1}));
  EXPECT_EQ(dir_.files(), 1U);
}

TEST_F(AudioFilesTest, NoFileIsWrittenIfNoneIsAllowed) {
  AudioFiles none{dir_.path(), "uuid", {0, 1000}};
  const auto path = none.write(bytes("x"), ".wav");
  ASSERT_FALSE(path);
  EXPECT_NE(path.error().find("max-files"), std::string::npos) << path.error();
  EXPECT_EQ(dir_.files(), 0U);
}

TEST_F(AudioFilesTest, AnUnwritableFolderIsNamed) {
  AudioFiles nowhere{dir_.file("missing"), "uuid", {}};
  const auto path = nowhere.write(bytes("x"), ".wav");
  ASSERT_FALSE(path);
  EXPECT_NE(path.error().find(dir_.file("missing")), std::string::npos) << path.error();
}

TEST_F(AudioFilesTest, AFileThatCouldNotBeWrittenIsNotLeftBehind) {
  // Reading this memory faults, so the write fails once the file exists.
  void* memory = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  const auto path = files_->write({static_cast<const std::byte*>(memory), 4096}, ".wav");
  ::munmap(memory, 4096);
  ASSERT_FALSE(path);
  EXPECT_NE(path.error().find("can't write"), std::string::npos) << path.error();
  EXPECT_EQ(dir_.files(), 0U);
}

}  // namespace
}  // namespace audio_stream::stream
