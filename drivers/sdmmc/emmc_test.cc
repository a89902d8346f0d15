#include "drivers/sdmmc/emmc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "drivers/sdmmc/test_bench.h"

namespace drivers::sdmmc {
namespace {

using base::Code;
using base::model::kMillisecond;
using testing::ElementsAreArray;

struct EmmcTest : testing::Test, Bench {
  void start() { ASSERT_TRUE(emmc.start()); }
  static Code code(const base::Result<void>& result) {
    return result ? Code{} : result.error().code();
  }
  /// gmock's Each over megabytes takes seconds.
  static bool all(std::span<const std::byte> bytes, uint8_t value) {
    return static_cast<size_t>(std::ranges::count(bytes, std::byte{value})) == bytes.size();
  }
  std::span<std::byte> sectors(uint32_t first, size_t count) {
    return user.bytes().subspan(size_t{first} * 512, count * 512);
  }
};

TEST_F(EmmcTest, StartLeavesTheCardInTransferStateAtFullSpeed) {
  start();
  EXPECT_EQ(card.state(), mmc::State::kTransfer);
  EXPECT_EQ(emmc.info().blocks, (4u << 20) / 512);
  EXPECT_EQ(emmc.info().boot_blocks, 256u);
  EXPECT_EQ(emmc.info().end_of_life, 1u);
  EXPECT_TRUE(emmc.info().trim);
  EXPECT_EQ(card.ext_csd()[mmc::kHsTiming], 1);
  EXPECT_EQ(card.ext_csd()[mmc::kBusWidth], 2);
  EXPECT_EQ(model.card_clock_hz(), 49'200'000u);
}

TEST_F(EmmcTest, StartsAgainFromAnyState) {
  start();
  EXPECT_TRUE(card.rom_attach());
  start();
  card.set_power(false);
  card.set_power(true);
  start();
  EXPECT_EQ(card.state(), mmc::State::kTransfer);
}

TEST_F(EmmcTest, ANarrowSlowBusWorksToo) {
  Emmc narrow(host, clock, table(), {.width = Sdmmc::Width::kFour, .max_hz = 20'000'000});
  ASSERT_TRUE(narrow.start());
  EXPECT_LE(model.card_clock_hz(), 20'000'000u);
  EXPECT_EQ(card.ext_csd()[mmc::kHsTiming], 0);
  const auto in = pattern(1024);
  ASSERT_TRUE(narrow.write(3, in));
  EXPECT_THAT(sectors(3, 2), ElementsAreArray(in));
}

TEST_F(EmmcTest, TheProcessorMovesSingleAndManyBlocksBothWays) {
  start();
  const auto in = pattern(40 * 512);
  ASSERT_TRUE(emmc.write(7, std::span(in).first(512)));
  ASSERT_TRUE(emmc.write(100, in));
  EXPECT_THAT(sectors(7, 1), ElementsAreArray(std::span(in).first(512)));
  EXPECT_THAT(sectors(100, 40), ElementsAreArray(in));
  std::vector<std::byte> out(in.size());
  ASSERT_TRUE(emmc.read(100, out));
  EXPECT_EQ(out, in);
}

TEST_F(EmmcTest, DmaMovesMegabytesInPiecesOfTheTable) {
  start();
  const auto in = pattern(4 << 20);
  std::ranges::copy(in, data(in.size()).begin());
  ASSERT_TRUE(emmc.write_dma(0, kDataAddress, 8192));
  EXPECT_TRUE(std::ranges::equal(user.bytes(), in));
  std::ranges::fill(data(in.size()), std::byte{0});
  ASSERT_TRUE(emmc.read_dma(0, kDataAddress, 8192));
  EXPECT_TRUE(std::ranges::equal(data(in.size()), in));
}

TEST_F(EmmcTest, DmaWritesAtNearlyTheSpeedOfTheBus) {
  start();
  const auto begin = world.now();
  ASSERT_TRUE(emmc.write_dma(0, kDataAddress, 8192));
  const double seconds = static_cast<double>(world.now() - begin) / 1e12;
  EXPECT_GT((4 << 20) / seconds, 35e6);
  EXPECT_LT((4 << 20) / seconds, 49.2e6) << "faster than the lines can be";
}

TEST_F(EmmcTest, EraseZeroesExactlyTheSectorsNamed) {
  start();
  std::ranges::fill(user.bytes(), std::byte{0xa5});
  ASSERT_TRUE(emmc.erase(5, 3000));
  EXPECT_TRUE(all(sectors(5, 3000), 0));
  EXPECT_TRUE(all(sectors(0, 5), 0xa5));
  EXPECT_TRUE(all(sectors(3005, 1), 0xa5));
}

TEST_F(EmmcTest, BootPartitionsAreSeparateFromTheUserArea) {
  start();
  const auto in = pattern(512);
  ASSERT_TRUE(emmc.select(Emmc::Partition::kBoot2));
  ASSERT_TRUE(emmc.write(255, in));
  EXPECT_EQ(code(emmc.write(256, in)), Code::kInvalid);
  ASSERT_TRUE(emmc.select(Emmc::Partition::kUser));
  EXPECT_THAT(boot2.bytes().last(512), ElementsAreArray(in));
  EXPECT_TRUE(all(boot1.bytes(), 0));
  EXPECT_TRUE(all(user.bytes(), 0));
}

TEST_F(EmmcTest, OutsideTheCardIsInvalidAndTouchesNothing) {
  start();
  const auto in = pattern(1024);
  EXPECT_EQ(code(emmc.write(8191, in)), Code::kInvalid);
  EXPECT_EQ(code(emmc.write(0xffff'ffff, in)), Code::kInvalid);
  EXPECT_EQ(code(emmc.read_dma(8192, kDataAddress, 1)), Code::kInvalid);
  EXPECT_EQ(code(emmc.erase(8000, 0xffff'ff00)), Code::kInvalid);
  EXPECT_EQ(code(emmc.write_dma(0, kDataAddress, 0)), Code::kInvalid);
  EXPECT_TRUE(all(user.bytes(), 0));
}

TEST_F(EmmcTest, NothingWorksBeforeStart) {
  std::vector<std::byte> block(512);
  EXPECT_EQ(code(emmc.read(0, block)), Code::kNotFound);
  EXPECT_EQ(code(emmc.select(Emmc::Partition::kBoot1)), Code::kNotFound);
}

TEST_F(EmmcTest, AnEmptySocketIsNotFound) {
  card.set_power(false);
  EXPECT_EQ(code(emmc.start()), Code::kNotFound);
}

TEST_F(EmmcTest, AControllerWithoutItsClockTimesOut) {
  bus.rate = 0;
  EXPECT_EQ(code(emmc.start()), Code::kTimeout);
}

TEST_F(EmmcTest, WithoutGclkTheCardNeverAnswers) {
  gclk.rate = 0;
  EXPECT_FALSE(emmc.start());
}

TEST_F(EmmcTest, ACardThatNeverGetsReadyTimesOut) {
  Bench slow(1 << 20, {.power_up = 10 * base::model::kSecond});
  EXPECT_EQ(code(slow.emmc.start()), Code::kTimeout);
}

TEST_F(EmmcTest, AWriteProtectedCardDeniesEveryKindOfWrite) {
  start();
  card.faults.write_protected = true;
  const auto in = pattern(8 * 512);
  EXPECT_EQ(code(emmc.write(0, std::span(in).first(512))), Code::kDenied);
  EXPECT_EQ(code(emmc.write(0, in)), Code::kDenied);
  EXPECT_EQ(code(emmc.write_dma(0, kDataAddress, 100)), Code::kDenied);
  EXPECT_EQ(code(emmc.erase(0, 8)), Code::kDenied);
  EXPECT_TRUE(all(user.bytes(), 0));
  card.faults.write_protected = false;
  EXPECT_TRUE(emmc.write(0, in)) << "the card is fit for use after a refusal";
}

TEST_F(EmmcTest, AWornOutCardLosesDataAndSaysSo) {
  start();
  card.faults.worn_out = true;
  const auto in = pattern(200 * 512);
  EXPECT_EQ(code(emmc.write(0, std::span(in).first(512))), Code::kDataLoss);
  EXPECT_EQ(code(emmc.write(0, in)), Code::kDataLoss);
  EXPECT_EQ(code(emmc.erase(0, 8)), Code::kDataLoss);
  std::vector<std::byte> out(512);
  EXPECT_TRUE(emmc.read(0, out)) << "reading still works";
  start();
  EXPECT_EQ(emmc.info().end_of_life, 3u);
}

TEST_F(EmmcTest, AStuckBusyTimesOutWithinSecondsAndAPowerCycleHelps) {
  start();
  card.faults.stuck_busy = true;
  const auto begin = world.now();
  EXPECT_EQ(code(emmc.write(0, pattern(512))), Code::kTimeout);
  EXPECT_EQ(code(emmc.write_dma(0, kDataAddress, 300)), Code::kTimeout);
  EXPECT_LT(world.now() - begin, 10 * base::model::kSecond);
  card.faults.stuck_busy = false;
  card.set_power(false);
  card.set_power(true);
  start();
  EXPECT_TRUE(emmc.write(0, pattern(512)));
}

TEST_F(EmmcTest, DamageOnTheDataLinesIsDataLossAndPasses) {
  start();
  std::vector<std::byte> buffer(16 * 512);
  for (unsigned i = 0; i < 4; ++i) {
    card.faults.bad_read_blocks = 1;
    EXPECT_EQ(code(i % 2 ? emmc.read(0, buffer) : emmc.read_dma(0, kDataAddress, 16)),
              Code::kDataLoss);
    EXPECT_TRUE(emmc.read(0, buffer));
    card.faults.bad_write_blocks = 1;
    EXPECT_EQ(code(i % 2 ? emmc.write(0, buffer) : emmc.write_dma(0, kDataAddress, 16)),
              Code::kDataLoss);
    EXPECT_TRUE(emmc.write(0, buffer));
    card.faults.bad_write_blocks = 1;
    EXPECT_EQ(code(emmc.write(9, std::span(buffer).first(512))), Code::kDataLoss);
    EXPECT_TRUE(emmc.write(9, std::span(buffer).first(512)));
  }
}

TEST_F(EmmcTest, DamageOnTheCommandLineIsReportedAndPasses) {
  start();
  std::vector<std::byte> buffer(4 * 512);
  card.faults.bad_responses = 1;
  EXPECT_EQ(code(emmc.read(0, buffer)), Code::kDataLoss);
  EXPECT_TRUE(emmc.read(0, buffer));
  card.faults.lost_responses = 1;
  EXPECT_EQ(code(emmc.read(0, buffer)), Code::kTimeout);
  EXPECT_TRUE(emmc.read(0, buffer));
}

TEST_F(EmmcTest, AnUnreadableSectorIsDataLossAndItsNeighboursRead) {
  start();
  card.faults.unreadable = {50};
  std::vector<std::byte> buffer(8 * 512);
  EXPECT_EQ(code(emmc.read(46, buffer)), Code::kDataLoss);
  EXPECT_EQ(code(emmc.read_dma(50, kDataAddress, 1)), Code::kDataLoss);
  EXPECT_TRUE(emmc.read(42, buffer));
  EXPECT_TRUE(emmc.read(51, buffer));
}

TEST_F(EmmcTest, ACardThatDiesMidwayTimesOut) {
  start();
  card.faults.dead = true;
  std::vector<std::byte> buffer(512);
  EXPECT_EQ(code(emmc.read(0, buffer)), Code::kTimeout);
  EXPECT_EQ(code(emmc.write_dma(0, kDataAddress, 4)), Code::kTimeout);
}

TEST_F(EmmcTest, DmaFromWhereThereIsNoMemoryIsInvalid) {
  start();
  EXPECT_EQ(code(emmc.write_dma(0, 0x6000'0000, 4)), Code::kInvalid);
  EXPECT_EQ(code(emmc.write_dma(0, kDataAddress + 2, 4)), Code::kInvalid);
  EXPECT_TRUE(emmc.write_dma(0, kDataAddress, 4));
}

TEST_F(EmmcTest, DmaWithoutATableIsNoMemory) {
  Emmc plain(host, clock, {});
  ASSERT_TRUE(plain.start());
  EXPECT_EQ(code(plain.read_dma(0, kDataAddress, 1)), Code::kNoMemory);
}

TEST_F(EmmcTest, AFullDiskReachesTheGuestAndTheBoard) {
  struct Full : MemoryStorage {
    using MemoryStorage::MemoryStorage;
    Outcome write(uint64_t, std::span<const std::byte>) override {
      return std::string("No space left on device");
    }
  } full(1 << 20);
  EmmcModel failing(world, full);
  std::string told;
  failing.on_storage_failure([&](const std::string& what) { told = what; });
  failing.set_power(true);
  SdmmcModel controller(world, memory, irq, {.bus = bus, .base = main, .generated = gclk},
                        &failing);
  Sdmmc driver(base::mmio::Block<Regs>(base::mmio::Region(controller)), clock, 246'000'000);
  Emmc emmc2(driver, clock, table());
  ASSERT_TRUE(emmc2.start());
  EXPECT_EQ(code(emmc2.write(0, pattern(512))), Code::kDataLoss);
  EXPECT_EQ(told, "No space left on device");
}

}  // namespace
}  // namespace drivers::sdmmc
