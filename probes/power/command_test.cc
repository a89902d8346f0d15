#include "probes/power/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace probes::power {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(CommandPower, RestPassesBetweenOffAndOn) {
  const std::string log = testing::TempDir() + "power_" + std::to_string(getpid());
  CommandPower power({.on = "echo on >> " + log, .off = "echo off >> " + log});
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(power.off());
  ASSERT_TRUE(power.rest(30ms));
  ASSERT_TRUE(power.on());
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 30ms);
  std::ifstream file(log);
  const std::string words((std::istreambuf_iterator<char>(file)), {});
  unlink(log.c_str());
  EXPECT_EQ(words, "off\non\n");
}

TEST(CommandPower, AFailingCommandIsQuotedWithItsWords) {
  CommandPower power({.on = "echo no such hub >&2; exit 3", .off = "true"});
  const auto on = power.on();
  ASSERT_FALSE(on);
  EXPECT_THAT(on.error().what, HasSubstr("ended with status 3: no such hub"));
  EXPECT_TRUE(power.off());
}

TEST(CommandPower, AHangingCommandEndsAtItsLimit) {
  CommandPower power({.on = "sleep 100", .off = "true", .limit = 50ms});
  EXPECT_THAT(power.on().error().what, HasSubstr("not done after 50 ms"));
}

}  // namespace
}  // namespace probes::power
