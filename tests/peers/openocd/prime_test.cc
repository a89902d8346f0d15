// The whole way, with the device's own applets: OpenOCD flashes the eMMC of the virtual board
// `prime`, whose time only passes as granted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>

#include "hil/flash/flash.h"
#include "tests/peers/board_process.h"

namespace tests::peers {
namespace {

using testing::HasSubstr;

class PrimePeer : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v openocd >/dev/null 2>&1") != 0)
      GTEST_SKIP() << "openocd is not installed";
    const std::filesystem::path built = APPLETS;
    applets = {.ddr_init = built / "ddr_init.elf", .emmc_flash = built / "emmc_flash.elf"};
    if (!std::filesystem::exists(applets.ddr_init) || !std::filesystem::exists(applets.emmc_flash))
      GTEST_SKIP() << "the device's applets are not built in " << built;
    folder = std::filesystem::temp_directory_path() / ("prime_peer." + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    board = std::make_unique<BoardProcess>(folder, uint64_t{kCardBytes});
    ASSERT_TRUE(board->up());
    ASSERT_THAT(board->ask(R"({"do":"power","on":true})"), HasSubstr(R"("ok":true)"));
    auto started = open_probe(folder);
    ASSERT_TRUE(started) << started.error().what;
    openocd = *std::move(started);
  }
  void TearDown() override {
    openocd.reset();
    board.reset();
    if (!folder.empty()) std::filesystem::remove_all(folder);
  }
  static constexpr size_t kCardBytes = 8u << 20;

  std::filesystem::path folder;
  hil::flash::Applets applets;
  std::unique_ptr<BoardProcess> board;
  std::unique_ptr<probes::openocd::OpenOcd> openocd;
};

size_t image_bytes() {
  const char* const wanted = std::getenv("FLASH_BYTES");
  return wanted ? std::strtoul(wanted, nullptr, 0) : 256 * 1024;
}

TEST_F(PrimePeer, ItsCardHoldsTheImageThatWasFlashed) {
  std::mt19937 random(2);
  std::vector<std::byte> image(image_bytes());
  for (std::byte& byte : image) byte = static_cast<std::byte>(random());
  const auto done = hil::flash::flash(*openocd, *board, applets, image);
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(done->card_blocks, kCardBytes / 512);
  RecordProperty("write_kib_s", static_cast<int>(done->write_kib_s));
  RecordProperty("verify_kib_s", static_cast<int>(done->verify_kib_s));
  std::printf("write %.0f KiB/s, verify %.0f KiB/s\n", done->write_kib_s, done->verify_kib_s);

  const std::vector<std::byte> large(kCardBytes + 1);
  const auto refused = hil::flash::flash(*openocd, *board, applets, large);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("the card only " + std::to_string(kCardBytes / 512)));

  EXPECT_THAT(board->ask(R"({"do":"power","on":false})"), HasSubstr(R"("ok":true)"));
  std::ifstream card(folder / "emmc.img", std::ios::binary);
  std::vector<char> stored(image.size());
  ASSERT_TRUE(card.read(stored.data(), static_cast<std::streamsize>(stored.size())));
  EXPECT_TRUE(std::memcmp(stored.data(), image.data(), image.size()) == 0);
}

TEST_F(PrimePeer, ABoardThatLosesPowerIsReported) {
  board->ask(R"({"do":"power","on":false})");
  const std::vector<std::byte> image(512, std::byte{1});
  const auto done = hil::flash::flash(*openocd, *board, applets, image);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr("cannot be stopped"));
}

}  // namespace
}  // namespace tests::peers
