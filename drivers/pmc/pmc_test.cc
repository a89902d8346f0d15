#include "drivers/pmc/pmc.h"

#include <gtest/gtest.h>

#include "base/model/bench.h"
#include "drivers/pmc/pmc_model.h"

namespace drivers::pmc {
namespace {

using base::Code;
using base::mmio::Block;
using base::mmio::Region;
using base::mmio::Value;
using base::model::kMicrosecond;
using base::model::kMillisecond;
using base::model::kSecond;

struct PmcTest : testing::Test {
  base::model::ManualWorld world;
  base::model::ManualClock slow{32'768};
  base::model::Line interrupt;
  PmcModel model{world, slow, interrupt};
  Block<Regs> regs{Region(model)};
  base::model::SteppingClock clock{world};
  Pmc pmc{regs, clock};

  bool status(auto field) { return regs.read<Regs::Sr>().has(field); }
};

TEST_F(PmcTest, TheChipStartsOnTheRcOscillatorWithEveryPeripheralOff) {
  EXPECT_EQ(model.cpu().hz(), 12'000'000u);
  EXPECT_EQ(model.mck().hz(), 12'000'000u);
  EXPECT_EQ(model.ddr().hz(), 0u) << "MDIV = 1 leaves DDR without a clock";
  for (unsigned pid = 0; pid < PmcModel::kPeripherals; ++pid)
    EXPECT_EQ(model.peripheral(pid).hz(), 0u) << pid;
}

TEST_F(PmcTest, TheDriverReachesTheRatedClocksAndCanDoItAgain) {
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(pmc.start_all());
    EXPECT_EQ(model.cpu().hz(), Pmc::kCpuHz);
    EXPECT_EQ(model.mck().hz(), Pmc::kMckHz);
    EXPECT_EQ(model.h32mx().hz(), Pmc::kH32mxHz);
    EXPECT_EQ(model.ddr().hz(), Pmc::kMckHz);
  }
  EXPECT_LT(world.now(), 30 * kMillisecond);
}

TEST_F(PmcTest, NoBusRunsPastItsLimitOnTheWay) {
  uint64_t fastest_mck = 0, fastest_h32mx = 0, fastest_cpu = 0;
  model.mck().on_change([&] { fastest_mck = std::max(fastest_mck, model.mck().hz()); });
  model.h32mx().on_change([&] { fastest_h32mx = std::max(fastest_h32mx, model.h32mx().hz()); });
  model.cpu().on_change([&] { fastest_cpu = std::max(fastest_cpu, model.cpu().hz()); });
  ASSERT_TRUE(pmc.start_all());
  ASSERT_TRUE(pmc.start_all());
  EXPECT_EQ(fastest_cpu, Pmc::kCpuHz);
  EXPECT_EQ(fastest_mck, Pmc::kMckHz);
  EXPECT_EQ(fastest_h32mx, Pmc::kH32mxHz);
}

TEST_F(PmcTest, ADeadCrystalTimesOutOnTheRcOscillator) {
  struct Dead : base::model::ClockSource {
    uint64_t hz() const override { return 1; }  // the start-up counter never gets there
  } dead;
  PmcModel stuck(world, dead, interrupt);
  Pmc driver(Block<Regs>{Region(stuck)}, clock);
  EXPECT_EQ(driver.start_all().error().code(), Code::kTimeout);
  EXPECT_EQ(stuck.cpu().hz(), 12'000'000u);
}

TEST_F(PmcTest, TheCrystalIsStableAfterItsProgrammedTime) {
  regs.write(Regs::Mor::kKey(0x37) | Regs::Mor::kCrystalEnable(true) | Regs::Mor::kRcEnable(true) |
             Regs::Mor::kCrystalStart(16));
  world.advance(kSecond * 128 / 32'768 - kMicrosecond);
  EXPECT_FALSE(status(Regs::Sr::kCrystalStable));
  world.advance(2 * kMicrosecond);
  EXPECT_TRUE(status(Regs::Sr::kCrystalStable));
}

TEST_F(PmcTest, TheMainOscillatorRegisterNeedsItsKey) {
  regs.write(Value<Regs::Mor>{0x0100'0001});
  EXPECT_EQ(regs.read<Regs::Mor>().bits, 0x28u);
}

TEST_F(PmcTest, SelectingAnOscillatorThatDoesNotRunWaitsForIt) {
  regs.write(Regs::Mor::kKey(0x37) | Regs::Mor::kRcEnable(true) | Regs::Mor::kSelectCrystal(true));
  world.advance(kSecond);
  EXPECT_FALSE(status(Regs::Sr::kMainSelected));
  EXPECT_EQ(model.main().hz(), 12'000'000u);
  regs.write(Regs::Mor::kKey(0x37) | Regs::Mor::kRcEnable(true) | Regs::Mor::kCrystalEnable(true) |
             Regs::Mor::kSelectCrystal(true));
  world.advance(kSecond);
  EXPECT_TRUE(status(Regs::Sr::kMainSelected));
  EXPECT_EQ(model.main().hz(), 24'000'000u);
}

TEST_F(PmcTest, AnUnlockedPllLeavesTheProcessorOnTheSlowClock) {
  regs.write(Regs::Mckr::kSource(Regs::Mckr::Source::kPlla));
  world.advance(10 * kMillisecond);
  EXPECT_EQ(model.cpu().hz(), 32'768u);
  EXPECT_FALSE(status(Regs::Sr::kMasterReady));

  regs.write(Regs::Pllar::kOne(true) | Regs::Pllar::kDivider(true) | Regs::Pllar::kCount(10) |
             Regs::Pllar::kMultiplier(24));
  world.advance(kSecond * 10 / 32'768 + kMicrosecond);
  EXPECT_EQ(model.cpu().hz(), 300'000'000u);
  EXPECT_TRUE(status(Regs::Sr::kMasterReady));

  // Reprogramming the PLL in use drops back until it locks again.
  regs.write(Regs::Pllar::kOne(true) | Regs::Pllar::kDivider(true) | Regs::Pllar::kCount(10) |
             Regs::Pllar::kMultiplier(30));
  EXPECT_EQ(model.cpu().hz(), 32'768u);
  world.advance(kMillisecond);
  EXPECT_EQ(model.cpu().hz(), 372'000'000u);
}

TEST_F(PmcTest, AMasterClockChangeTakesItsTime) {
  regs.write(Regs::Mckr::kSource(Regs::Mckr::Source::kSlow));
  EXPECT_FALSE(status(Regs::Sr::kMasterReady));
  EXPECT_EQ(model.cpu().hz(), 12'000'000u);
  world.advance(kMillisecond);
  EXPECT_TRUE(status(Regs::Sr::kMasterReady));
  EXPECT_EQ(model.cpu().hz(), 32'768u);
}

TEST_F(PmcTest, PeripheralClocksRunAtTheRateOfTheirMatrix) {
  ASSERT_TRUE(pmc.start_all());
  pmc.enable(31);
  pmc.enable(25);
  EXPECT_EQ(model.peripheral(31).hz(), Pmc::kMckHz);
  EXPECT_EQ(model.peripheral(25).hz(), Pmc::kH32mxHz);
  EXPECT_TRUE(pmc.enabled(25));
  EXPECT_EQ(regs.read<Regs::Pcsr0>().bits, 1u << 31 | 1u << 25);
  pmc.disable(25);
  EXPECT_EQ(model.peripheral(25).hz(), 0u);
  EXPECT_FALSE(pmc.enabled(25));
}

TEST_F(PmcTest, TheBitRegistersAndPcrAreTwoViewsOfOneThing) {
  regs.write(Value<Regs::Pcer1>{1u << 3 | 1u << 15});
  EXPECT_TRUE(pmc.enabled(35));
  pmc.disable(35);
  EXPECT_EQ(regs.read<Regs::Pcsr1>().bits, 1u << 15);
  regs.write(Value<Regs::Pcdr1>{~0u});
  EXPECT_FALSE(pmc.enabled(47));
}

TEST_F(PmcTest, TheOtherPioBanksShareTheClockOfBankA) {
  pmc.enable(18);
  for (const unsigned pid : {68u, 69u, 70u}) EXPECT_EQ(model.peripheral(pid).hz(), 12'000'000u);
}

TEST_F(PmcTest, AGenericClockIsItsSourceDivided) {
  ASSERT_TRUE(pmc.start_all());
  ASSERT_TRUE(pmc.enable_generic(31, Regs::Pcr::Generic::kPlla, 4));
  EXPECT_EQ(model.generic(31).hz(), 123'000'000u);
  EXPECT_EQ(model.peripheral(31).hz(), 0u) << "the bus clock is another matter";
  pmc.disable_generic(31);
  EXPECT_EQ(model.generic(31).hz(), 0u);
  EXPECT_EQ(pmc.enable_generic(31, Regs::Pcr::Generic::kPlla, 257).error().code(), Code::kInvalid);
}

TEST_F(PmcTest, ListenersHearOfEveryChangeWithAllRatesInPlace) {
  unsigned heard = 0;
  model.peripheral(25).on_change([&] {
    ++heard;
    EXPECT_EQ(model.peripheral(25).hz(), model.h32mx().hz());
  });
  pmc.enable(25);
  ASSERT_TRUE(pmc.start_all());
  EXPECT_GT(heard, 2u);
}

TEST_F(PmcTest, TheFrequencyMeterCountsMainClockIn16SlowCycles) {
  EXPECT_FALSE(regs.read<Regs::Mcfr>().has(Regs::Mcfr::kReady));
  world.advance(kMillisecond);
  const auto measured = regs.read<Regs::Mcfr>();
  EXPECT_TRUE(measured.has(Regs::Mcfr::kReady));
  EXPECT_EQ(measured.get(Regs::Mcfr::kCount), 12'000'000u * 16 / 32'768);
}

TEST_F(PmcTest, AReadyBitInterruptsWhenAskedTo) {
  regs.write(Value<Regs::Ier>{Regs::Sr::kPllaLocked.kMask});
  regs.write(Regs::Pllar::kOne(true) | Regs::Pllar::kDivider(true) | Regs::Pllar::kCount(63) |
             Regs::Pllar::kMultiplier(40));
  EXPECT_FALSE(interrupt.level());
  world.advance(2 * kMillisecond);
  EXPECT_TRUE(interrupt.level());
  regs.write(Value<Regs::Idr>{~0u});
  EXPECT_FALSE(interrupt.level());
}

TEST_F(PmcTest, WriteProtectionHoldsTheTreeAndNamesTheCulprit) {
  regs.write(Regs::Wpmr::kKey(Regs::Wpmr::kPassword) | Regs::Wpmr::kEnable(true));
  pmc.enable(25);
  EXPECT_EQ(model.peripheral(25).hz(), 0u);
  const auto violation = regs.take<Regs::Wpsr>();
  EXPECT_TRUE(violation.has(Regs::Wpsr::kViolation));
  EXPECT_EQ(violation.get(Regs::Wpsr::kSource), Regs::Pcr::kOffset);
  EXPECT_EQ(regs.take<Regs::Wpsr>().bits, 0u);
}

TEST_F(PmcTest, ResetGoesBackToTheRcOscillator) {
  ASSERT_TRUE(pmc.start_all());
  pmc.enable(25);
  model.reset();
  EXPECT_EQ(model.cpu().hz(), 12'000'000u);
  EXPECT_EQ(model.peripheral(25).hz(), 0u);
  EXPECT_EQ(world.next_due(), base::model::kNever);
}

}  // namespace
}  // namespace drivers::pmc
