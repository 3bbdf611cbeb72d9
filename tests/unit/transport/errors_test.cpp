#include "transport/errors.hpp"

#include <gtest/gtest.h>

namespace audio_stream::transport {
namespace {

bool retried(int status) {
  return worth_retrying({ErrorCode::protocol, status, ""});
}

TEST(Errors, AClientErrorIsFinalUnlessItIsTemporary) {
  for (int status = 400; status < 500; ++status) {
    EXPECT_EQ(retried(status), status == 408 || status == 425 || status == 429) << status;
  }
}

TEST(Errors, EverythingElseIsWorthAnotherAttempt) {
  for (const int status : {0, 101, 200, 299, 500, 502, 503, 504, 599}) {
    EXPECT_TRUE(retried(status)) << status;
  }
}

TEST(Errors, CloseCodesHaveTheirUsualReasons) {
  EXPECT_EQ(reason_of(1000), "Normal closure");
  EXPECT_EQ(reason_of(1006), "Abnormal closure");
  EXPECT_EQ(reason_of(1009), "Message too big");
  EXPECT_EQ(reason_of(4321), "Closed with code 4321");
  for (int code = 1000; code <= 1015; ++code) EXPECT_FALSE(reason_of(code).empty());
}

TEST(Errors, FilesForTlsThatCannotBeUsedAreNotWorthRetrying) {
  EXPECT_FALSE(worth_retrying({ErrorCode::tls_init_failed, 0, ""}));
  EXPECT_TRUE(worth_retrying({ErrorCode::ssl_handshake_failed, 0, ""}));
}

TEST(Errors, CodesKeepTheirNumbers) {
  EXPECT_EQ(static_cast<int>(ErrorCode::io), 1);
  EXPECT_EQ(static_cast<int>(ErrorCode::invalid_header), 2);
  EXPECT_EQ(static_cast<int>(ErrorCode::server_masked), 3);
  EXPECT_EQ(static_cast<int>(ErrorCode::not_supported), 4);
  EXPECT_EQ(static_cast<int>(ErrorCode::ping_timeout), 5);
  EXPECT_EQ(static_cast<int>(ErrorCode::connect_failed), 6);
  EXPECT_EQ(static_cast<int>(ErrorCode::tls_init_failed), 7);
  EXPECT_EQ(static_cast<int>(ErrorCode::ssl_handshake_failed), 8);
  EXPECT_EQ(static_cast<int>(ErrorCode::ssl_error), 9);
  EXPECT_EQ(static_cast<int>(ErrorCode::timeout), 10);
  EXPECT_EQ(static_cast<int>(ErrorCode::protocol), 11);
}

}  // namespace
}  // namespace audio_stream::transport
