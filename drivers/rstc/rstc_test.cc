#include "drivers/rstc/rstc.h"

#include <gtest/gtest.h>

#include "base/model/bench.h"
#include "drivers/rstc/rstc_model.h"

namespace drivers::rstc {
namespace {

using base::Code;
using base::mmio::Block;
using base::mmio::Region;
using base::model::kMillisecond;

struct RstcTest : testing::Test {
  base::model::ManualWorld world;
  base::model::ManualClock slow{32'768};
  base::model::Line interrupt, reset;
  RstcModel model{world, slow, interrupt, reset};
  Block<Regs> regs{Region(model)};
  base::model::SteppingClock clock{world};
  Rstc rstc{regs, clock};
};

TEST_F(RstcTest, ASoftwareResetIsAPulseAndIsRemembered) {
  unsigned pulses = 0;
  reset.connect([&](bool level) {
    if (!level) return;
    ++pulses;
    model.reset();
  });
  EXPECT_EQ(rstc.last_reset(), Reset::kPowerOn);
  regs.write(Regs::Cr::kKey(0xa5) | Regs::Cr::kReset(true));
  EXPECT_TRUE(regs.take<Regs::Sr>().has(Regs::Sr::kInProgress));
  world.advance(kMillisecond);
  EXPECT_EQ(pulses, 1u);
  EXPECT_FALSE(reset.level());
  EXPECT_EQ(rstc.last_reset(), Reset::kSoftware);
}

TEST_F(RstcTest, TheDriverReturnsOnlyWhenNothingHappens) {
  EXPECT_EQ(rstc.reset().error().code(), Code::kTimeout);
}

TEST_F(RstcTest, AWrongKeyResetsNothing) {
  regs.write(Regs::Cr::kKey(0x5a) | Regs::Cr::kReset(true));
  world.advance(kMillisecond);
  EXPECT_EQ(rstc.last_reset(), Reset::kPowerOn);
}

TEST_F(RstcTest, TheWatchdogAndThePinAreToldApart) {
  model.watchdog_fault();
  world.advance(kMillisecond);
  EXPECT_EQ(rstc.last_reset(), Reset::kWatchdog);
  model.set_nrst(false);
  EXPECT_TRUE(reset.level());
  EXPECT_EQ(rstc.last_reset(), Reset::kUser);
}

TEST_F(RstcTest, ThePinHoldsTheChipAsLongAsItIsLow) {
  model.set_nrst(false);
  world.advance(100 * kMillisecond);
  EXPECT_TRUE(reset.level());
  model.set_nrst(true);
  world.advance(kMillisecond);
  EXPECT_FALSE(reset.level());
}

TEST_F(RstcTest, ThePinCanBeMadeAnInterruptInstead) {
  regs.write(Regs::Mr::kKey(0xa5) | Regs::Mr::kUserInterrupt(true));
  model.set_nrst(false);
  EXPECT_FALSE(reset.level());
  EXPECT_TRUE(interrupt.level());
  const auto status = regs.take<Regs::Sr>();
  EXPECT_TRUE(status.has(Regs::Sr::kUserSeen));
  EXPECT_FALSE(status.has(Regs::Sr::kPinLevel));
  EXPECT_FALSE(interrupt.level());
}

TEST_F(RstcTest, PowerOnForgetsWhatAResetKeeps) {
  regs.write(Regs::Mr::kKey(0xa5) | Regs::Mr::kUserInterrupt(true));
  model.watchdog_fault();
  world.advance(kMillisecond);
  model.reset();
  EXPECT_TRUE(regs.read<Regs::Mr>().has(Regs::Mr::kUserInterrupt));
  model.power_on();
  EXPECT_FALSE(regs.read<Regs::Mr>().has(Regs::Mr::kUserInterrupt));
  EXPECT_EQ(rstc.last_reset(), Reset::kPowerOn);
}

}  // namespace
}  // namespace drivers::rstc
