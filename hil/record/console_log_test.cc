#include "hil/record/console_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace hil::record {
namespace {

using probes::console::Line;

class ConsoleLogTest : public testing::Test {
 protected:
  ConsoleLogTest() { std::filesystem::create_directories(folder_); }
  ~ConsoleLogTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("console_log_" + std::to_string(getpid()));
};

TEST_F(ConsoleLogTest, RawBytesAreUntouchedAndTheIndexPointsIntoThem) {
  ConsoleLog log;
  ASSERT_TRUE(log.open(folder_));
  ASSERT_TRUE(log.bytes("a\r\n\xff\x01z\n"));
  ASSERT_TRUE(log.line({1, 0, std::chrono::milliseconds(5), {}, "a", true}));
  ASSERT_TRUE(log.line({2, 3, std::chrono::milliseconds(6), {}, "\xff\x01z", true}));
  std::ifstream raw(folder_ / "console.log", std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(raw), {}), "a\r\n\xff\x01z\n");
  std::ifstream index(folder_ / "console.jsonl");
  std::string first, second;
  std::getline(index, first);
  std::getline(index, second);
  const auto json = nlohmann::json::parse(second);
  EXPECT_EQ(json["offset"], 3);
  EXPECT_EQ(json["board_ps"], 6'000'000'000);
  EXPECT_EQ(json["text"], "\\xff\\x01z");
}

TEST_F(ConsoleLogTest, ALongLogIsReadAsItsHeadAndTail) {
  ConsoleLog log;
  ASSERT_TRUE(log.open(folder_));
  for (uint64_t i = 1; i <= 100; ++i) ASSERT_TRUE(log.line({i, 0, {}, {}, "x", true}));
  const auto lines = read_console_log(folder_, 10);
  ASSERT_EQ(lines.size(), 20u);
  EXPECT_EQ(lines[9].number, 10u);
  EXPECT_EQ(lines[10].number, 91u);
}

TEST_F(ConsoleLogTest, AnIndexCutByAFullDiskIsStillRead) {
  std::ofstream(folder_ / "console.jsonl") << "{\"line\":1,\"text\":\"ok\"}\n{\"line\":2,\"te";
  EXPECT_EQ(read_console_log(folder_, 10).size(), 1u);
}

}  // namespace
}  // namespace hil::record
