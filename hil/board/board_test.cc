#include "hil/board/board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace hil::board {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class BoardTest : public testing::Test {
 protected:
  ~BoardTest() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path file(const std::string& text) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "file.yaml") << text;
    return folder_ / "file.yaml";
  }
  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("board_test_" + std::to_string(getpid()));
};

TEST_F(BoardTest, PrimeIsFoundByNameAndSaysWhatItIs) {
  const auto prime = load_board("prime");
  ASSERT_TRUE(prime.value) << (prime.problems.empty() ? "" : prime.problems[0].text());
  EXPECT_EQ(prime.value->soc, "sama5d28");
  EXPECT_EQ(prime.value->baud, 115200u);
  ASSERT_EQ(prime.value->memories.size(), 2u);
  EXPECT_EQ(prime.value->memories[1].at, 0x2000'0000u);
  ASSERT_TRUE(prime.value->virtual_board);
  EXPECT_EQ(prime.value->virtual_board->card_size, 64u << 20);
  EXPECT_EQ(facts_of(*prime.value, false).flash_size, 64u << 20);
  EXPECT_EQ(facts_of(*prime.value, true).flash_size, uint64_t{58} << 30);
}

TEST_F(BoardTest, AnUnknownBoardGetsTheNearestName) {
  const auto board = load_board("pirme");
  ASSERT_EQ(board.problems.size(), 1u);
  EXPECT_EQ(board.problems[0].text(),
            "hil: no board `pirme`; did you mean `prime`? (`hil board list` lists them; the path "
            "of a board file will do too)");
}

TEST_F(BoardTest, MissingAndWrongKeysAreNamedWithTheirPlace) {
  const auto path = file("name: x\nsoc: y\nflsh: {}\nflash: {kind: emmc, size: 64}\n");
  const auto board = load_board(path.string());
  std::string all;
  for (const auto& problem : board.problems) all += problem.text() + "\n";
  EXPECT_FALSE(board.value);
  EXPECT_THAT(all, HasSubstr("file.yaml:3:1: `a board` has no key `flsh`; did you mean `flash`?"));
  EXPECT_THAT(all, HasSubstr(":4:27: `size`: `64` has no unit; write `64 B`"));
  EXPECT_THAT(all, HasSubstr("needs `console`"));
}

TEST_F(BoardTest, ABenchSaysHowSiliconIsWired) {
  const auto bench = load_bench(file(
      "name: bench-3\nboard: prime\nprobe: {adapter: ft2232h, serial: A1}\n"
      "console: {device: /dev/ttyUSB0}\npower: {on: 'relay 1', off: 'relay 0', within: 3 s}\n"));
  ASSERT_TRUE(bench.value);
  EXPECT_EQ(bench.value->probe_serial, "A1");
  EXPECT_EQ(bench.value->power_off, "relay 0");
  EXPECT_EQ(bench.value->power_limit, std::chrono::seconds(3));
}

TEST_F(BoardTest, ABenchMayLackAnything) {
  const auto bench = load_bench(file("name: b\nboard: prime\n"));
  ASSERT_TRUE(bench.value);
  EXPECT_EQ(bench.value->probe, "");
  EXPECT_EQ(bench.value->console, "");
  EXPECT_EQ(bench.value->power_on, "");
}

TEST_F(BoardTest, ABenchNameMustBeAFileName) {
  EXPECT_FALSE(load_bench(file("name: a/b\nboard: prime\n")).value);
}

}  // namespace
}  // namespace hil::board
