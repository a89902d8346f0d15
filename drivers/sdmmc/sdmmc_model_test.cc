// The controller's registers, where drivers written by others rely on them.
#include "drivers/sdmmc/sdmmc_model.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "drivers/sdmmc/test_bench.h"

namespace drivers::sdmmc {
namespace {

using base::mmio::Value;
using base::model::kMicrosecond, base::model::kMillisecond;

struct SdmmcModelTest : testing::Test, Bench {
  void enable_status() {
    r.write(Value<Regs::Nister>{0xffff});
    r.write(Value<Regs::Eister>{0xffff});
  }
  /// Up to a card in transfer state, then the controller as the test wants it.
  void start() { ASSERT_TRUE(emmc.start()); }
  void command(uint8_t index, uint32_t argument, uint32_t flags, Value<Regs::Tmr> tmr = {}) {
    r.write(tmr);
    r.write(Regs::Arg1r::kArgument.from(argument));
    r.write(Regs::Cr::kIndex.from(index) | Value<Regs::Cr>{flags});
  }
  uint32_t word(uint32_t offset) { return model.load(offset, 4); }
  void put_descriptor(unsigned index, uint16_t attributes, uint16_t length, uint32_t address) {
    table().descriptors[index] = {.attributes = attributes, .length = length, .address = address};
  }
  /// Reads `blocks` blocks by ADMA2 from the table as it stands. Answers EISTR.
  uint32_t adma_read(uint16_t blocks) {
    r.write(Regs::Asar::kAddress(kTableAddress));
    r.write(Regs::Bsr::kBlockSize(512));
    r.write(Regs::Bcr::kBlockCount.from(blocks));
    command(mmc::kReadMultiple, 0, kDataShort,
            Regs::Tmr::kDmaEnable(true) | Regs::Tmr::kBlockCountEnable(true) |
                Regs::Tmr::kMultiBlock(true) | Regs::Tmr::kRead(true) | Regs::Tmr::kAutoCommand(1));
    world.advance(50 * kMillisecond);
    return r.read<Regs::Eistr>().bits;
  }

  static constexpr uint32_t kShort = 0x1a, kDataShort = 0x3a, kBusy = 0x1b;
  base::mmio::Block<Regs> r = regs();
};

TEST_F(SdmmcModelTest, AGatedBlockReadsZerosAndIgnoresWrites) {
  bus.rate = 0;
  r.write(Regs::Arg1r::kArgument(5));
  EXPECT_EQ(word(0x40), 0u);
  bus.rate = 82'000'000;
  EXPECT_EQ(word(0x08), 0u);
  EXPECT_NE(word(0x40), 0u);
}

TEST_F(SdmmcModelTest, RegistersAnswerAtEveryWidth) {
  model.store(0x08, 0x4433'2211, 4);
  EXPECT_EQ(model.load(0x08, 1), 0x11u);
  EXPECT_EQ(model.load(0x09, 1), 0x22u);
  EXPECT_EQ(model.load(0x0a, 2), 0x4433u);
  model.store(0x0b, 0x99, 1);
  EXPECT_EQ(word(0x08), 0x9933'2211u);
  EXPECT_EQ(model.load(0xfe, 2), 0x1502u);
}

TEST_F(SdmmcModelTest, PowerNeedsACard) {
  r.write(Regs::Pcr::kPower(true));
  EXPECT_FALSE(r.read<Regs::Pcr>().has(Regs::Pcr::kPower));
  enable_status();
  r.write(Regs::Mc1r::kForceCardDetect(true));
  EXPECT_TRUE(r.read<Regs::Nistr>().has(Regs::Nistr::kCardInsertion));
  EXPECT_TRUE(r.read<Regs::Psr>().has(Regs::Psr::kCardInserted));
  r.write(Regs::Pcr::kPower(true));
  EXPECT_TRUE(r.read<Regs::Pcr>().has(Regs::Pcr::kPower));
}

TEST_F(SdmmcModelTest, TheInternalClockTakesAWhileToSettle) {
  r.write(Regs::Ccr::kInternalClock(true));
  EXPECT_FALSE(r.read<Regs::Ccr>().has(Regs::Ccr::kInternalStable));
  world.advance(3 * kMicrosecond);
  EXPECT_TRUE(r.read<Regs::Ccr>().has(Regs::Ccr::kInternalStable));
}

TEST_F(SdmmcModelTest, BothClockModesDivideTheirOwnSource) {
  r.write(Regs::Mc1r::kForceCardDetect(true));
  r.write(Regs::Pcr::kPower(true));
  const auto hz = [&](Value<Regs::Ccr> setting) {
    r.write(Value<Regs::Ccr>{});
    r.write(setting | Regs::Ccr::kInternalClock(true));
    world.advance(5 * kMicrosecond);
    r.write(setting | Regs::Ccr::kInternalClock(true) | Regs::Ccr::kCardClock(true));
    return model.card_clock_hz();
  };
  EXPECT_EQ(hz({}), 24'000'000u);
  EXPECT_EQ(hz(Regs::Ccr::kDividerLow(30)), 400'000u);
  EXPECT_EQ(hz(Regs::Ccr::kProgrammable(true)), 246'000'000u);
  EXPECT_EQ(hz(Regs::Ccr::kProgrammable(true) | Regs::Ccr::kDividerLow(614 & 0xff) |
               Regs::Ccr::kDividerHigh(614 >> 8)),
            400'000u);
}

TEST_F(SdmmcModelTest, ACommandWaitsForItsClock) {
  start();
  r.modify<Regs::Ccr>([](auto ccr) { return ccr.with(Regs::Ccr::kCardClock, false); });
  command(mmc::kSendStatus, 1 << 16, kShort);
  world.advance(kMillisecond);
  EXPECT_TRUE(r.read<Regs::Psr>().has(Regs::Psr::kCommandInhibit));
  r.modify<Regs::Ccr>([](auto ccr) { return ccr.with(Regs::Ccr::kCardClock, true); });
  (void)word(0x24);
  world.advance(kMillisecond);
  EXPECT_TRUE(r.read<Regs::Nistr>().has(Regs::Nistr::kCommandComplete));
  EXPECT_EQ(mmc::state_of(r.read<Regs::Rr>(0).bits), mmc::State::kTransfer);
}

TEST_F(SdmmcModelTest, ALongResponseLacksItsCrcByte) {
  start();
  command(mmc::kSelect, 0, 0);
  world.advance(kMillisecond);
  command(mmc::kSendCid, 1 << 16, 0x09);
  world.advance(kMillisecond);
  EXPECT_EQ(r.read<Regs::Rr>(3).bits >> 16, 0xfeu) << "the manufacturer, 24 bits below its place";
  EXPECT_EQ(r.read<Regs::Rr>(3).bits & 0xff, uint32_t{'V'});
  EXPECT_EQ(r.read<Regs::Rr>(2).bits >> 24, uint32_t{'T'});
}

TEST_F(SdmmcModelTest, TheInterruptFollowsStatusAndSignalEnable) {
  start();
  r.acknowledge(Value<Regs::Nistr>{0xffff});
  command(mmc::kSendStatus, 1 << 16, kShort);
  world.advance(kMillisecond);
  EXPECT_FALSE(irq.level());
  r.write(Value<Regs::Nisier>{1});
  EXPECT_TRUE(irq.level());
  r.acknowledge(Regs::Nistr::kCommandComplete(true));
  EXPECT_FALSE(irq.level());
  command(mmc::kAllSendCid, 0, 0x09);  // nobody answers that in transfer state
  world.advance(kMillisecond);
  EXPECT_FALSE(irq.level());
  r.write(Value<Regs::Eisier>{1});
  EXPECT_TRUE(irq.level());
  EXPECT_TRUE(r.read<Regs::Nistr>().has(Regs::Nistr::kError));
  r.acknowledge(Regs::Eistr::kCommandTimeout(true));
  EXPECT_FALSE(irq.level());
}

TEST_F(SdmmcModelTest, StatusThatIsNotEnabledIsNotRecorded) {
  start();
  r.write(Value<Regs::Nister>{0});
  r.acknowledge(Value<Regs::Nistr>{0xffff});
  command(mmc::kSendStatus, 1 << 16, kShort);
  world.advance(kMillisecond);
  EXPECT_EQ(r.read<Regs::Nistr>().bits, 0u);
}

TEST_F(SdmmcModelTest, AutoCommands12And23AreSentAndAnswered) {
  start();
  put_descriptor(0, 0x23, 1024, kDataAddress);
  EXPECT_EQ(adma_read(2), 0u);
  EXPECT_EQ(card.state(), mmc::State::kTransfer) << "stopped by CMD12";
  EXPECT_EQ(mmc::state_of(r.read<Regs::Rr>(3).bits), mmc::State::kData);
  EXPECT_TRUE(r.read<Regs::Nistr>().has(Regs::Nistr::kTransferComplete));

  r.acknowledge(Value<Regs::Nistr>{0xffff});
  r.write(Regs::Ssar::kAddress(2));
  r.write(Regs::Asar::kAddress(kTableAddress));
  r.write(Regs::Bcr::kBlockCount(2));
  command(mmc::kReadMultiple, 0, kDataShort,
          Regs::Tmr::kDmaEnable(true) | Regs::Tmr::kBlockCountEnable(true) |
              Regs::Tmr::kMultiBlock(true) | Regs::Tmr::kRead(true) | Regs::Tmr::kAutoCommand(2));
  world.advance(50 * kMillisecond);
  EXPECT_TRUE(r.read<Regs::Nistr>().has(Regs::Nistr::kTransferComplete));
  EXPECT_EQ(card.state(), mmc::State::kTransfer) << "the count ended it";
  EXPECT_EQ(mmc::state_of(r.read<Regs::Rr>(3).bits), mmc::State::kTransfer);
}

TEST_F(SdmmcModelTest, AdmaFollowsLinksAndSkipsNops) {
  start();
  const auto in = pattern(1024);
  std::ranges::copy(in, user.bytes().begin());
  put_descriptor(0, 0x01, 0, 0);                       // nop
  put_descriptor(1, 0x31, 0, kTableAddress + 10 * 8);  // link
  put_descriptor(10, 0x21, 600, kDataAddress + 2048);
  put_descriptor(11, 0x21, 424, kDataAddress);
  put_descriptor(12, 0x03, 0, 0);  // nop, end: as Linux closes its tables
  EXPECT_EQ(adma_read(2), 0u);
  EXPECT_TRUE(std::ranges::equal(data(4096).subspan(2048, 600), std::span(in).first(600)));
  EXPECT_TRUE(std::ranges::equal(data(424), std::span(in).subspan(600)));
}

TEST_F(SdmmcModelTest, BadAdmaTablesAreErrorsNotCrashes) {
  start();
  const uint32_t adma = Regs::Eistr::kAdma.kMask;
  const auto again = [&] {
    r.write(Regs::Srr::kCommandLine(true) | Regs::Srr::kDataLine(true));
    world.advance(kMillisecond);
    r.acknowledge(Value<Regs::Eistr>{0xffff});
    r.acknowledge(Value<Regs::Nistr>{0xffff});
    (void)card.rom_attach();
    ASSERT_TRUE(emmc.start());
  };
  put_descriptor(0, 0x20, 512, kDataAddress);  // not valid
  EXPECT_EQ(adma_read(2), adma);
  EXPECT_EQ(r.read<Regs::Aesr>().get(Regs::Aesr::kState), 1u);
  again();
  put_descriptor(0, 0x23, 512, kDataAddress);  // ends too early
  EXPECT_EQ(adma_read(2), adma);
  EXPECT_TRUE(r.read<Regs::Aesr>().has(Regs::Aesr::kLengthMismatch));
  again();
  put_descriptor(0, 0x23, 2048, kDataAddress);  // too long
  EXPECT_EQ(adma_read(2), adma);
  again();
  put_descriptor(0, 0x23, 1024, 0x7000'0000);  // no memory there
  EXPECT_EQ(adma_read(2), adma);
  EXPECT_EQ(r.read<Regs::Aesr>().get(Regs::Aesr::kState), 3u);
  again();
  put_descriptor(0, 0x31, 0, kTableAddress);  // links to itself
  EXPECT_EQ(adma_read(2), 0u) << "busy for ever, but the world goes on";
  again();
  EXPECT_TRUE(emmc.write(0, pattern(512))) << "a reset makes all well";
}

TEST_F(SdmmcModelTest, SdmaStopsAtItsBoundaryAndGoesOn) {
  start();
  const auto in = pattern(12 * 512);
  std::ranges::copy(in, user.bytes().begin());
  r.write(Value<Regs::Hc1r>{r.read<Regs::Hc1r>().with(Regs::Hc1r::kDmaSelect, 0u)});
  r.write(Regs::Ssar::kAddress(kDataAddress));
  r.write(Regs::Bsr::kBlockSize(512));  // boundary 4 KiB
  r.write(Regs::Bcr::kBlockCount(12));
  r.acknowledge(Value<Regs::Nistr>{0xffff});
  command(mmc::kReadMultiple, 0, kDataShort,
          Regs::Tmr::kDmaEnable(true) | Regs::Tmr::kBlockCountEnable(true) |
              Regs::Tmr::kMultiBlock(true) | Regs::Tmr::kRead(true) | Regs::Tmr::kAutoCommand(1));
  world.advance(50 * kMillisecond);
  EXPECT_EQ(r.read<Regs::Nistr>().bits & 0xa, Regs::Nistr::kDma.kMask);
  EXPECT_EQ(r.read<Regs::Ssar>().bits, kDataAddress + 4096);
  r.acknowledge(Regs::Nistr::kDma(true));
  r.write(r.read<Regs::Ssar>());
  world.advance(50 * kMillisecond);
  EXPECT_EQ(r.read<Regs::Nistr>().bits & 0xa, Regs::Nistr::kTransferComplete.kMask);
  EXPECT_TRUE(std::ranges::equal(data(in.size()), in));
}

TEST_F(SdmmcModelTest, ADataTimeoutComesWhenTcrSays) {
  start();
  card.faults.unreadable = {0};
  r.write(Regs::Tcr::kTimeout(0));  // 2^13 periods of 12 MHz: 683 us
  r.write(Regs::Bsr::kBlockSize(512));
  command(mmc::kReadSingle, 0, kDataShort, Regs::Tmr::kRead(true));
  world.advance(600 * kMicrosecond);
  EXPECT_EQ(r.read<Regs::Eistr>().bits, 0u);
  world.advance(200 * kMicrosecond);
  EXPECT_EQ(r.read<Regs::Eistr>().bits, Regs::Eistr::kDataTimeout.kMask);
  EXPECT_TRUE(r.read<Regs::Psr>().has(Regs::Psr::kDataInhibit)) << "until the line is reset";
  r.write(Regs::Srr::kDataLine(true));
  EXPECT_FALSE(r.read<Regs::Psr>().has(Regs::Psr::kDataInhibit));
}

TEST_F(SdmmcModelTest, CapabilitiesAreWritableOnlyWithTheKey) {
  const uint32_t before = word(0x44);
  model.store(0x44, 0x0028'0000, 4);
  EXPECT_EQ(word(0x44), before);
  r.write(Regs::Cacr::kWriteEnable(true) | Regs::Cacr::kKey(0x45));
  model.store(0x44, 0x0028'0000, 4);
  EXPECT_EQ(word(0x44), before);
  r.write(Regs::Cacr::kWriteEnable(true) | Regs::Cacr::kKey(Regs::Cacr::kPassword));
  model.store(0x44, 0x0028'0000, 4);
  EXPECT_EQ(word(0x44), 0x0028'0000u);
  r.write(Value<Regs::Cacr>{});
  model.store(0x44, before, 4);
  EXPECT_EQ(word(0x44), 0x0028'0000u);
}

TEST_F(SdmmcModelTest, ForcedErrorsLookLikeRealOnes) {
  enable_status();
  model.store(Regs::Fereis::kOffset, 0x20, 2);
  EXPECT_EQ(r.read<Regs::Eistr>().bits, 0x20u);
}

TEST_F(SdmmcModelTest, ResetOfEverythingForgetsForceCardDetect) {
  start();
  r.write(Regs::Srr::kAll(true));
  EXPECT_TRUE(r.read<Regs::Srr>().has(Regs::Srr::kAll));
  world.advance(kMicrosecond);
  EXPECT_EQ(r.read<Regs::Srr>().bits, 0u);
  EXPECT_EQ(r.read<Regs::Mc1r>().bits, 0u);
  EXPECT_EQ(model.card_clock_hz(), 0u);
}

}  // namespace
}  // namespace drivers::sdmmc
