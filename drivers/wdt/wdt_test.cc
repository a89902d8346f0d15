#include "drivers/wdt/wdt.h"

#include <gtest/gtest.h>

#include "base/model/bench.h"
#include "drivers/wdt/wdt_model.h"

namespace drivers::wdt {
namespace {

using base::Code;
using base::mmio::Block;
using base::mmio::Region;
using base::mmio::Value;
using base::model::kMicrosecond;
using base::model::kMillisecond;
using base::model::kSecond;
using namespace std::chrono_literals;

struct WdtTest : testing::Test {
  base::model::ManualWorld world;
  base::model::ManualClock slow{32'768};
  base::model::Line interrupt, fault;
  WdtModel model{world, slow, interrupt, fault};
  Block<Regs> regs{Region(model)};
  Wdt wdt{regs};
};

TEST_F(WdtTest, RunsFromResetAndBitesAfter16Seconds) {
  world.advance(16 * kSecond - kMillisecond);
  EXPECT_FALSE(fault.level());
  world.advance(2 * kMillisecond);
  EXPECT_TRUE(fault.level());
  model.reset();
  EXPECT_FALSE(fault.level());
}

TEST_F(WdtTest, ADisabledWatchdogNeverBites) {
  wdt.disable();
  world.advance(100 * kSecond);
  EXPECT_FALSE(fault.level());
  EXPECT_EQ(world.next_due(), base::model::kNever);
}

TEST_F(WdtTest, RestartingInTimeKeepsItQuiet) {
  ASSERT_TRUE(wdt.arm(1s));
  for (int i = 0; i < 10; ++i) {
    world.advance(kSecond * 9 / 10);
    wdt.restart();
  }
  EXPECT_FALSE(fault.level());
  world.advance(kSecond * 11 / 10);
  EXPECT_TRUE(fault.level());
  EXPECT_TRUE(wdt.take_fault());
}

TEST_F(WdtTest, TheModeMayChangeUntilItIsLocked) {
  ASSERT_TRUE(wdt.arm(1s));
  wdt.disable();
  ASSERT_TRUE(wdt.arm(2s));
  wdt.lock();
  world.advance(kMillisecond);
  wdt.disable();
  world.advance(kSecond * 21 / 10);
  EXPECT_TRUE(fault.level()) << "the disable came too late";
}

TEST_F(WdtTest, ARestartNeedsItsKey) {
  ASSERT_TRUE(wdt.arm(1s));
  world.advance(kSecond * 9 / 10);
  regs.write(Regs::Cr::kKey(0xa4) | Regs::Cr::kRestart(true));
  world.advance(kSecond * 2 / 10);
  EXPECT_TRUE(fault.level());
}

TEST_F(WdtTest, ARestartBeforeTheWindowOpensIsAFault) {
  regs.write(Regs::Mr::kStart(256) | Regs::Mr::kWindow(128) | Regs::Mr::kFaultReset(true));
  world.advance(kSecond / 4);
  wdt.restart();
  EXPECT_TRUE(fault.level());
  EXPECT_TRUE(regs.take<Regs::Sr>().has(Regs::Sr::kError));
}

TEST_F(WdtTest, ARestartWithinTheWindowIsNone) {
  regs.write(Regs::Mr::kStart(256) | Regs::Mr::kWindow(128) | Regs::Mr::kFaultReset(true));
  world.advance(kSecond * 3 / 4);
  wdt.restart();
  EXPECT_FALSE(fault.level());
}

TEST_F(WdtTest, TouchingItTooSoonAfterARestartEndsThePeriod) {
  ASSERT_TRUE(wdt.arm(1s));
  world.advance(kSecond / 2);
  wdt.restart();
  world.advance(50 * kMicrosecond);
  wdt.restart();
  EXPECT_TRUE(fault.level());
}

TEST_F(WdtTest, WithoutResetAFaultInterruptsUntilItIsRead) {
  regs.write(Regs::Mr::kStart(256) | Regs::Mr::kWindow(0xfff) | Regs::Mr::kFaultInterrupt(true));
  world.advance(kSecond * 11 / 10);
  EXPECT_TRUE(interrupt.level());
  EXPECT_FALSE(fault.level());
  EXPECT_TRUE(regs.take<Regs::Sr>().has(Regs::Sr::kUnderflow));
  EXPECT_FALSE(interrupt.level());
  world.advance(kSecond);
  EXPECT_TRUE(interrupt.level()) << "the next period";
}

TEST_F(WdtTest, StandsStillWhileTheCoreIsDebuggedOrIdleAsAskedFor) {
  ASSERT_TRUE(wdt.arm(1s));
  world.advance(kSecond / 2);
  model.set_debug(true);
  world.advance(100 * kSecond);
  EXPECT_FALSE(fault.level());
  model.set_debug(false);
  model.set_idle(true);  // not asked for
  world.advance(kSecond * 6 / 10);
  EXPECT_TRUE(fault.level());
}

TEST_F(WdtTest, ShortIdleTimesDoNotHoldItBack) {
  regs.write(Value<Regs::Mr>{Regs::Mr::kStart(256).bits | Regs::Mr::kWindow(0xfff).bits |
                             Regs::Mr::kFaultReset(true).bits | Regs::Mr::kIdleHalt(true).bits});
  for (int i = 0; i < 1000; ++i) {  // a second awake, in pieces shorter than one count
    world.advance(kMillisecond);
    model.set_idle(true);
    world.advance(kMillisecond);
    model.set_idle(false);
  }
  EXPECT_FALSE(fault.level());
  world.advance(10 * kMillisecond);
  EXPECT_TRUE(fault.level());
}

TEST_F(WdtTest, RefusesPeriodsItCannotCount) {
  EXPECT_EQ(wdt.arm(17s).error().code(), Code::kInvalid);
  EXPECT_EQ(wdt.arm(0ms).error().code(), Code::kInvalid);
}

}  // namespace
}  // namespace drivers::wdt
