#include "transport/address_order.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

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

TEST(AddressOrder, TheFamiliesAlternateBeginningWithTheFirst) {
  EXPECT_EQ(ordered({"::1", "::2", "::3", "1.1.1.1", "2.2.2.2"}), "::1 1.1.1.1 ::2 2.2.2.2 ::3");
  EXPECT_EQ(ordered({"1.1.1.1", "2.2.2.2", "::1"}), "1.1.1.1 ::1 2.2.2.2");
  EXPECT_EQ(ordered({"::1", "1.1.1.1", "2.2.2.2", "3.3.3.3"}), "::1 1.1.1.1 2.2.2.2 3.3.3.3");
}

std::string merged(const std::string& v6, const std::string& v4, bool routes_v6, bool routes_v4) {
  std::vector<boost::asio::ip::address> sixes;
  std::vector<boost::asio::ip::address> fours;
  if (!v6.empty()) sixes.push_back(boost::asio::ip::make_address(v6));
  if (!v4.empty()) fours.push_back(boost::asio::ip::make_address(v4));
  std::string out;
  for (const auto& address : in_order(
           sixes, fours, [&](const auto& each) { return each.is_v6() ? routes_v6 : routes_v4; })) {
    out += (out.empty() ? "" : " ") + address.to_string();
  }
  return out;
}

TEST(AddressOrder, ReachableIpv6ComesFirst) {
  EXPECT_EQ(merged("2001:db8::1", "1.1.1.1", true, true), "2001:db8::1 1.1.1.1");
  EXPECT_EQ(merged("2001:db8::1", "1.1.1.1", false, true), "1.1.1.1 2001:db8::1");
  EXPECT_EQ(merged("2001:db8::1", "", false, true), "2001:db8::1");
  EXPECT_EQ(merged("", "1.1.1.1", true, true), "1.1.1.1");
}

TEST(AddressOrder, UniqueLocalAddressesAndTunnelsComeAfterReachableIpv4) {
  for (const char* v6 : {"fd00::1", "fc00::1", "fec0::1", "2002::1", "2001::1"}) {
    EXPECT_EQ(merged(v6, "1.1.1.1", true, true), std::string{"1.1.1.1 "} + v6);
    EXPECT_EQ(merged(v6, "1.1.1.1", true, false), std::string{v6} + " 1.1.1.1");
  }
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
