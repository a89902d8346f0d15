// The card alone, command by command, as JESD84 has it.
#include "drivers/sdmmc/emmc_model.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/model/bench.h"
#include "drivers/sdmmc/test_bench.h"

namespace drivers::sdmmc {
namespace {

using base::model::kMicrosecond, base::model::kMillisecond;
using mmc::State;
using Kind = EmmcModel::Response::Kind;
using Block = EmmcModel::Block;

constexpr EmmcModel::Bus kSlow{.hz = 400'000, .width = 1};
constexpr EmmcModel::Bus kNormal{.hz = 25'000'000, .width = 1};

struct CardTest : testing::Test {
  CardTest() { card.set_power(true); }

  EmmcModel::Response send(uint8_t index, uint32_t argument = 0) {
    return card.command(index, argument, card.state() < State::kStandby ? kSlow : kNormal);
  }
  uint32_t r1(uint8_t index, uint32_t argument = 0) {
    const auto response = send(index, argument);
    EXPECT_EQ(response.kind, Kind::kShort) << "CMD" << int{index};
    EXPECT_EQ(response.index, index);
    return response.words[0];
  }
  bool silent(uint8_t index, uint32_t argument = 0) {
    return send(index, argument).kind == Kind::kNone;
  }
  uint32_t status() { return r1(mmc::kSendStatus, 1 << 16); }
  void to_standby() {
    EXPECT_TRUE(silent(mmc::kGoIdle));
    (void)send(mmc::kSendOpCond, mmc::kOcrSectorMode | mmc::kOcrVoltages);
    world.advance(20 * kMillisecond);
    (void)send(mmc::kSendOpCond, mmc::kOcrSectorMode | mmc::kOcrVoltages);
    (void)send(mmc::kAllSendCid);
    (void)r1(mmc::kSetRelativeAddress, 1 << 16);
  }
  void to_transfer() {
    to_standby();
    (void)r1(mmc::kSelect, 1 << 16);
    ASSERT_EQ(card.state(), State::kTransfer);
  }
  void settle() { world.advance(100 * kMillisecond); }
  Block write(const std::vector<std::byte>& block) { return card.write_block(block, kNormal); }
  std::vector<std::byte> stored(uint64_t sector) {
    const auto bytes = user.bytes().subspan(sector * 512, 512);
    return {bytes.begin(), bytes.end()};
  }

  base::model::ManualWorld world;
  MemoryStorage user{2 << 20};
  MemoryStorage boot1{128 << 10}, boot2{128 << 10};
  EmmcModel card{world, user, {&boot1, &boot2}};
  const std::vector<std::byte> a = pattern(512, 1), b = pattern(512, 2);
};

TEST_F(CardTest, IdentificationWalksTheStatesInOrder) {
  EXPECT_EQ(card.state(), State::kIdle);
  const auto asked = send(mmc::kSendOpCond, 0);
  EXPECT_EQ(asked.words[0], mmc::kOcrVoltages | mmc::kOcrSectorMode);
  EXPECT_FALSE(asked.checked) << "R3 has no CRC";
  const auto busy = send(mmc::kSendOpCond, mmc::kOcrSectorMode | mmc::kOcrVoltages);
  EXPECT_FALSE(busy.words[0] & mmc::kOcrReady);
  EXPECT_EQ(card.state(), State::kIdle);
  world.advance(10 * kMillisecond);
  EXPECT_TRUE(send(mmc::kSendOpCond, mmc::kOcrSectorMode | mmc::kOcrVoltages).words[0] >> 31);
  EXPECT_EQ(card.state(), State::kReady);
  EXPECT_EQ(send(mmc::kAllSendCid).kind, Kind::kLong);
  EXPECT_EQ(card.state(), State::kIdentification);
  EXPECT_EQ(mmc::state_of(r1(mmc::kSetRelativeAddress, 7 << 16)), State::kIdentification)
      << "a status tells the state in which the command came";
  EXPECT_EQ(card.state(), State::kStandby);
  EXPECT_TRUE(silent(mmc::kSendStatus, 1 << 16)) << "another card's address";
  EXPECT_EQ(mmc::state_of(r1(mmc::kSendStatus, 7 << 16)), State::kStandby);
}

TEST_F(CardTest, NothingAnswersAboveTheIdentificationClock) {
  EXPECT_EQ(card.command(mmc::kSendOpCond, 0, kNormal).kind, Kind::kNone);
  EXPECT_EQ(card.command(mmc::kSendOpCond, 0, kSlow).kind, Kind::kShort);
}

TEST_F(CardTest, NoCommonVoltageEndsInTheInactiveState) {
  EXPECT_TRUE(silent(mmc::kSendOpCond, 0x0000'0001 | mmc::kOcrSectorMode));
  EXPECT_EQ(card.state(), State::kInactive);
  EXPECT_TRUE(silent(mmc::kGoIdle));
  EXPECT_TRUE(silent(mmc::kSendOpCond, 0)) << "only a power cycle helps";
}

TEST_F(CardTest, TheRegistersCarryAValidCrc7) {
  to_standby();
  for (const uint8_t index : {mmc::kSendCid, mmc::kSendCsd}) {
    const auto words = send(index, 1 << 16).words;
    uint32_t crc = 0;
    for (int bit = 127; bit >= 8; --bit) {
      const uint32_t in = words[bit / 32] >> bit % 32 & 1;
      crc = (crc << 1 ^ ((crc >> 6 ^ in) & 1 ? 0x09 : 0)) & 0x7f;
    }
    EXPECT_EQ(words[0] & 0xff, crc << 1 | 1);
  }
}

TEST_F(CardTest, AnIllegalCommandIsSilentAndReportedOnce) {
  to_transfer();
  EXPECT_TRUE(silent(mmc::kAllSendCid));
  EXPECT_TRUE(silent(42)) << "lock is not offered";
  EXPECT_TRUE(silent(mmc::kStopTransmission)) << "there is nothing to stop";
  EXPECT_TRUE(status() & mmc::kIllegalCommand);
  EXPECT_FALSE(status() & mmc::kIllegalCommand);
}

TEST_F(CardTest, SelectionMovesBetweenStandbyAndTransfer) {
  to_transfer();
  EXPECT_TRUE(silent(mmc::kSelect, 0));
  EXPECT_EQ(card.state(), State::kStandby);
  EXPECT_EQ(mmc::state_of(r1(mmc::kSelect, 1 << 16)), State::kStandby);
  EXPECT_EQ(card.state(), State::kTransfer);
}

TEST_F(CardTest, DeselectedWhileProgrammingItGoesOnAlone) {
  to_transfer();
  (void)r1(mmc::kWriteSingle, 3);
  EXPECT_EQ(write(a), Block::kGood);
  EXPECT_EQ(card.state(), State::kProgramming);
  EXPECT_TRUE(silent(mmc::kSelect, 0));
  EXPECT_EQ(card.state(), State::kDisconnect);
  settle();
  EXPECT_EQ(card.state(), State::kStandby);
  EXPECT_EQ(stored(3), a);
}

TEST_F(CardTest, ACountedReadEndsItselfAnOpenOneWhenStopped) {
  to_transfer();
  std::vector<std::byte> out(512);
  (void)r1(mmc::kSetBlockCount, 2);
  (void)r1(mmc::kReadMultiple, 0);
  EXPECT_EQ(card.read_block(out, kNormal), Block::kGood);
  EXPECT_EQ(card.state(), State::kData);
  EXPECT_EQ(card.read_block(out, kNormal), Block::kGood);
  EXPECT_EQ(card.state(), State::kTransfer);
  EXPECT_EQ(card.read_block(out, kNormal), Block::kNothing);

  (void)r1(mmc::kSetBlockCount, 2);
  (void)status();  // any other command between them voids the count
  (void)r1(mmc::kReadMultiple, 0);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(card.read_block(out, kNormal), Block::kGood);
  EXPECT_EQ(mmc::state_of(r1(mmc::kStopTransmission)), State::kData);
  EXPECT_EQ(card.state(), State::kTransfer);
}

TEST_F(CardTest, ReadingOverTheEndStopsAndSaysSo) {
  to_transfer();
  EXPECT_TRUE(r1(mmc::kReadSingle, 4096) & mmc::kAddressOutOfRange);
  EXPECT_EQ(card.state(), State::kTransfer);
  std::vector<std::byte> out(512);
  (void)r1(mmc::kReadMultiple, 4095);
  EXPECT_EQ(card.read_block(out, kNormal), Block::kGood);
  EXPECT_EQ(card.read_block(out, kNormal), Block::kNothing);
  EXPECT_TRUE(r1(mmc::kStopTransmission) & mmc::kAddressOutOfRange);
}

TEST_F(CardTest, AWriteIsBusyUntilItIsProgrammed) {
  to_transfer();
  (void)r1(mmc::kWriteSingle, 9);
  EXPECT_EQ(card.state(), State::kReceive);
  EXPECT_EQ(write(a), Block::kGood);
  EXPECT_TRUE(card.busy());
  EXPECT_FALSE(status() & mmc::kReadyForData);
  EXPECT_NE(stored(9), a);
  int released = 0;
  card.on_released([&] { ++released; });
  world.advance(157 * kMicrosecond);
  EXPECT_TRUE(card.busy());
  world.advance(2 * kMicrosecond);
  EXPECT_FALSE(card.busy());
  EXPECT_EQ(released, 1);
  EXPECT_EQ(stored(9), a);
  EXPECT_EQ(mmc::state_of(status()), State::kTransfer);
}

TEST_F(CardTest, AFullBufferHoldsTheHostBackUntilThereIsRoom) {
  to_transfer();
  (void)r1(mmc::kWriteMultiple, 0);
  for (int i = 0; i < 64; ++i) {
    EXPECT_FALSE(card.busy());
    EXPECT_EQ(write(a), Block::kGood);
  }
  EXPECT_TRUE(card.busy());
  world.advance(160 * kMicrosecond);
  EXPECT_FALSE(card.busy());
  EXPECT_EQ(write(b), Block::kGood);
  (void)r1(mmc::kStopTransmission);
  settle();
  EXPECT_EQ(stored(63), a);
  EXPECT_EQ(stored(64), b);
}

TEST_F(CardTest, APowerCutLosesExactlyWhatWasNotProgrammed) {
  to_transfer();
  (void)r1(mmc::kWriteMultiple, 0);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(write(a), Block::kGood);
  world.advance(150 * kMicrosecond + 4 * 8 * kMicrosecond);
  EXPECT_EQ(card.unprogrammed(), 6u);
  card.set_power(false);
  EXPECT_EQ(card.unprogrammed(), 0u);
  EXPECT_TRUE(silent(mmc::kSendOpCond, 0)) << "there is no power";
  settle();
  for (uint64_t sector = 0; sector < 10; ++sector)
    EXPECT_EQ(stored(sector) == a, sector < 4) << sector;
  card.set_power(true);
  to_transfer();
}

TEST_F(CardTest, APowerCutDuringEraseErasesNothing) {
  std::ranges::fill(user.bytes(), std::byte{1});
  to_transfer();
  (void)r1(mmc::kEraseGroupStart, 0);
  (void)r1(mmc::kEraseGroupEnd, 10);
  (void)r1(mmc::kErase, mmc::kEraseTrim);
  card.set_power(false);
  settle();
  EXPECT_EQ(std::ranges::count(user.bytes(), std::byte{1}), 2 << 20);
}

TEST_F(CardTest, DamagedBlocksOfAManyBlockWriteEndItUntilStopped) {
  to_transfer();
  (void)r1(mmc::kWriteMultiple, 0);
  EXPECT_EQ(write(a), Block::kGood);
  card.faults.bad_write_blocks = 1;
  EXPECT_EQ(write(a), Block::kBadCrc);
  EXPECT_EQ(write(a), Block::kGood) << "ignored, not refused";
  EXPECT_EQ(card.state(), State::kReceive);
  (void)r1(mmc::kStopTransmission);
  settle();
  EXPECT_EQ(stored(0), a);
  EXPECT_NE(stored(1), a);
  EXPECT_NE(stored(2), a);
}

TEST_F(CardTest, EraseByGroupsTakesWholeGroupsTrimExactSectors) {
  std::ranges::fill(user.bytes(), std::byte{1});
  to_transfer();
  const auto erase = [&](uint32_t from, uint32_t to, uint32_t how) {
    (void)r1(mmc::kEraseGroupStart, from);
    (void)r1(mmc::kEraseGroupEnd, to);
    (void)r1(mmc::kErase, how);
    EXPECT_TRUE(card.busy());
    settle();
    return std::ranges::count(user.bytes(), std::byte{0}) / 512;
  };
  EXPECT_EQ(erase(100, 100, mmc::kEraseTrim), 1);
  EXPECT_EQ(erase(100, 101, mmc::kEraseGroups), 1024);
  EXPECT_EQ(erase(2047, 2048, mmc::kEraseGroups), 3 * 1024);
}

TEST_F(CardTest, EraseOutOfSequenceIsRefused) {
  to_transfer();
  EXPECT_TRUE(r1(mmc::kEraseGroupEnd, 5) & mmc::kEraseSequenceError);
  EXPECT_TRUE(r1(mmc::kErase, mmc::kEraseTrim) & mmc::kEraseSequenceError);
  (void)r1(mmc::kEraseGroupStart, 5);
  EXPECT_TRUE(r1(mmc::kSetBlockLength, 512) & mmc::kEraseReset);
  EXPECT_TRUE(r1(mmc::kEraseGroupEnd, 6) & mmc::kEraseSequenceError);
  (void)r1(mmc::kEraseGroupStart, 9);
  (void)r1(mmc::kEraseGroupEnd, 3);
  EXPECT_TRUE(r1(mmc::kErase, mmc::kEraseTrim) & mmc::kEraseParameter);
  EXPECT_FALSE(card.busy());
  EXPECT_EQ(status() & mmc::kStatusErrors, 0u) << "each was reported once";
}

TEST_F(CardTest, OnlyWritableBytesOfExtCsdTakeOnlyGoodValues) {
  to_transfer();
  const auto accepted = [&](uint8_t index, uint8_t value) {
    (void)r1(mmc::kSwitch, mmc::switch_argument(index, value));
    settle();
    return !(status() & mmc::kSwitchError);
  };
  EXPECT_FALSE(accepted(mmc::kBusWidth, 5)) << "no dual data rate";
  EXPECT_FALSE(accepted(mmc::kHsTiming, 2)) << "no HS200";
  EXPECT_FALSE(accepted(mmc::kRevision, 8));
  EXPECT_FALSE(accepted(0, 1));
  EXPECT_FALSE(accepted(mmc::kPartitionConfig, 3)) << "no RPMB";
  EXPECT_TRUE(accepted(mmc::kPartitionConfig, 0x49));
  EXPECT_EQ(card.ext_csd()[mmc::kPartitionConfig], 0x49);
  EXPECT_TRUE(accepted(mmc::kRstFunction, 1));
  EXPECT_FALSE(accepted(mmc::kRstFunction, 2)) << "written once for ever";
  (void)send(mmc::kGoIdle);
  EXPECT_EQ(card.ext_csd()[mmc::kPartitionConfig], 0x48) << "the access bits are volatile";
}

TEST_F(CardTest, ResetByPinWorksOnceEnabled) {
  to_transfer();
  card.hardware_reset();
  EXPECT_EQ(card.state(), State::kTransfer);
  (void)r1(mmc::kSwitch, mmc::switch_argument(mmc::kRstFunction, 1));
  settle();
  card.hardware_reset();
  EXPECT_EQ(card.state(), State::kIdle);
}

TEST_F(CardTest, SleepingItAnswersOnlyTheWakeUp) {
  to_standby();
  (void)r1(mmc::kSleepAwake, 1 << 16 | 1 << 15);
  settle();
  EXPECT_EQ(card.state(), State::kSleep);
  EXPECT_TRUE(silent(mmc::kSendStatus, 1 << 16));
  EXPECT_TRUE(silent(mmc::kSelect, 1 << 16));
  (void)r1(mmc::kSleepAwake, 1 << 16);
  settle();
  EXPECT_EQ(card.state(), State::kStandby);
}

TEST_F(CardTest, TheWrongBusWidthOrClockGarblesData) {
  to_transfer();
  std::vector<std::byte> out(512);
  (void)r1(mmc::kReadSingle, 0);
  EXPECT_EQ(card.read_block(out, {.hz = 25'000'000, .width = 4}), Block::kBadCrc);
  (void)r1(mmc::kReadSingle, 0);
  EXPECT_EQ(card.read_block(out, {.hz = 50'000'000, .width = 1}), Block::kBadCrc);
  (void)r1(mmc::kSwitch, mmc::switch_argument(mmc::kHsTiming, 1));
  settle();
  (void)r1(mmc::kReadSingle, 0);
  EXPECT_EQ(card.read_block(out, {.hz = 50'000'000, .width = 1}), Block::kGood);
}

TEST_F(CardTest, AWornOutCardSaysSoInItsHealthReport) {
  to_transfer();
  card.faults.worn_out = true;
  (void)r1(mmc::kWriteSingle, 0);
  EXPECT_EQ(write(a), Block::kGood);
  settle();
  EXPECT_TRUE(status() & mmc::kError);
  EXPECT_NE(stored(0), a);
  std::vector<std::byte> ext_csd(512);
  (void)r1(mmc::kSendExtCsd);
  EXPECT_EQ(card.read_block(ext_csd, kNormal), Block::kGood);
  EXPECT_EQ(ext_csd[mmc::kPreEndOfLife], std::byte{3});
}

TEST_F(CardTest, TheRomReadsSectorsWithoutTheBus) {
  std::vector<std::byte> out(1024);
  EXPECT_FALSE(card.rom_read(0, out)) << "not identified yet";
  ASSERT_TRUE(card.rom_attach());
  user.bytes()[512] = std::byte{0x5a};
  ASSERT_TRUE(card.rom_read(0, out));
  EXPECT_EQ(out[512], std::byte{0x5a});
  EXPECT_FALSE(card.rom_read(4095, out));
  EXPECT_FALSE(card.rom_read(~uint64_t{0}, out));
  card.faults.unreadable = {1};
  EXPECT_FALSE(card.rom_read(0, out));
  card.set_power(false);
  EXPECT_FALSE(card.rom_attach());
  EXPECT_GT(EmmcModel::rom_read_time(64 << 10), 5 * kMillisecond);
}

TEST_F(CardTest, AResetDuringProgrammingKeepsWhatWasReceived) {
  to_transfer();
  (void)r1(mmc::kWriteMultiple, 0);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(write(b), Block::kGood);
  EXPECT_TRUE(silent(mmc::kGoIdle));
  EXPECT_FALSE(card.busy());
  for (uint64_t sector = 0; sector < 5; ++sector) EXPECT_EQ(stored(sector), b);
}

}  // namespace
}  // namespace drivers::sdmmc
