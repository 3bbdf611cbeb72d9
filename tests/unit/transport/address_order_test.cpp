#include "transport/address_order.hpp"

#include <gtest/gtest.h>

#include <string>

namespace audio_stream::transport {
namespace {

std::string ordered(const std::vector<std::string>& given) {
  std::vector<boost::asio::ip::address> addresses;
  for (const auto& text : given) addresses.push_back(boost::asio::ip::make_address(text));
  std::string out;
  for (const auto& address : in_turns(addresses)) {
    out += (out.empty() ? "" : " ") + address.to_string();
  }
  return out;
}

TEST(AddressOrder, TheFamiliesTakeTurnsBeginningWithThatOfTheFirst) {
  EXPECT_EQ(ordered({"::1", "::2", "::3", "1.1.1.1", "2.2.2.2"}), "::1 1.1.1.1 ::2 2.2.2.2 ::3");
  EXPECT_EQ(ordered({"1.1.1.1", "2.2.2.2", "::1"}), "1.1.1.1 ::1 2.2.2.2");
  EXPECT_EQ(ordered({"::1", "1.1.1.1", "2.2.2.2", "3.3.3.3"}), "::1 1.1.1.1 2.2.2.2 3.3.3.3");
}

TEST(AddressOrder, OneFamilyKeepsItsOrder) {
  EXPECT_EQ(ordered({"2.2.2.2", "1.1.1.1"}), "2.2.2.2 1.1.1.1");
  EXPECT_EQ(ordered({"::2", "::1"}), "::2 ::1");
  EXPECT_EQ(ordered({}), "");
}

TEST(AddressOrder, TheNumberIsBounded) {
  std::vector<boost::asio::ip::address> many(1000, boost::asio::ip::make_address("1.1.1.1"));
  EXPECT_EQ(in_turns(many).size(), kMostAddresses);
  many.front() = boost::asio::ip::make_address("::1");
  EXPECT_EQ(in_turns(many).size(), kMostAddresses);
}

}  // namespace
}  // namespace audio_stream::transport
