#include "transport/bearer_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "fakes/temp_dir.hpp"

namespace audio_stream::transport {
namespace {

class BearerFile : public testing::Test {
 protected:
  std::string write(const std::string& text) {
    std::ofstream{path_, std::ios::binary} << text;
    return path_;
  }
  /// The error, which never contains the file's content.
  std::string refusal(const std::string& text) {
    const auto token = read_bearer_file(write(text));
    EXPECT_FALSE(token) << text;
    if (token) return "";
    EXPECT_EQ(token.error().find("s3cr3t"), std::string::npos) << token.error();
    EXPECT_NE(token.error().find(path_), std::string::npos) << token.error();
    return token.error();
  }

  test::TempDir dir_;
  const std::string path_ = dir_.file("token");
};

TEST_F(BearerFile, BlanksAroundATokenAreIgnored) {
  for (const char* text : {"abc", "abc\n", "  abc\r\n\n", "\tabc "}) {
    EXPECT_EQ(read_bearer_file(write(text)), "abc") << text;
  }
  EXPECT_EQ(read_bearer_file(write("eyJhbGciOi.J9-_~+/x==\n")), "eyJhbGciOi.J9-_~+/x==");
  const std::string longest(16 * 1024, 'x');
  EXPECT_EQ(read_bearer_file(write(longest)), longest);
}

TEST_F(BearerFile, OtherContentIsRefusedAndNotShown) {
  for (const char* text : {"", "\n", "s3cr3t s3cr3t", "s3cr3t\ns3cr3t", "s3cr3t\r\nX-Evil: 1",
                           "==", "s3cr=3t", "\"s3cr3t\"", "s3cr3t\x80"}) {
    EXPECT_NE(refusal(text).find("must hold a token"), std::string::npos) << text;
  }
  EXPECT_NE(refusal(std::string(16 * 1024 + 1, 'x')).find("16384 bytes"), std::string::npos);
  EXPECT_NE(refusal(std::string("s3cr3t\0", 7)).find("must hold a token"), std::string::npos);
}

TEST_F(BearerFile, AMissingFileADirectoryAndAFifoAreRefusedAtOnce) {
  EXPECT_NE(read_bearer_file(path_).error().find("No such file"), std::string::npos);
  EXPECT_NE(read_bearer_file(dir_.path()).error().find("not a regular file"), std::string::npos);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_NE(read_bearer_file(path_).error().find("not a regular file"), std::string::npos);
}

}  // namespace
}  // namespace audio_stream::transport
