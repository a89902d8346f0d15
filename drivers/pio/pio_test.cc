#include "drivers/pio/pio.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/model/bench.h"
#include "drivers/pio/pio_model.h"

namespace drivers::pio {
namespace {

using base::Code;
using base::mmio::Region;
using base::mmio::Value;
using Event = Pio::Event;
using Function = Pio::Function;

constexpr Pin kTx{.bank = Bank::kD, .line = 3};
constexpr Pin kButton{.bank = Bank::kA, .line = 25};
constexpr Pin kLed{.bank = Bank::kB, .line = 0};

struct PioTest : testing::Test {
  base::model::ManualClock clock{82'000'000};
  std::array<base::model::Line, 4> irq;
  PioModel model{clock, {&irq[0], &irq[1], &irq[2], &irq[3]}};
  base::mmio::Block<Regs> regs{Region(model)};
  Pio pio{regs};
};

TEST_F(PioTest, PinsStartAsInputsPulledUp) {
  EXPECT_EQ(regs.read<Regs::Pdsr>(3).bits, 0xffff'ffffu);
  EXPECT_EQ(model.function(3, 3), Function::kGpio);
}

TEST_F(PioTest, APinGoesToAPeripheralAndNoOtherPinMoves) {
  ASSERT_TRUE(pio.mux(kTx, Function::kA));
  EXPECT_EQ(model.function(3, 3), Function::kA);
  EXPECT_EQ(model.function(3, 2), Function::kGpio);
  EXPECT_EQ(model.function(2, 3), Function::kGpio);
}

TEST_F(PioTest, AnOutputIsSeenOnThePin) {
  std::vector<bool> seen;
  model.listen(1, 0, [&](bool level) { seen.push_back(level); });
  ASSERT_TRUE(pio.output(kLed, false));
  pio.set(kLed, true);
  pio.set(kLed, true);
  pio.set(kLed, false);
  EXPECT_EQ(seen, (std::vector<bool>{false, true, false}));
  EXPECT_FALSE(pio.level(kLed));
}

TEST_F(PioTest, AnOutputThatStartsHighNeverDips) {
  std::vector<bool> seen;
  model.set_input(1, 0, std::nullopt);
  model.listen(1, 0, [&](bool level) { seen.push_back(level); });
  ASSERT_TRUE(pio.output(kLed, true));
  EXPECT_TRUE(seen.empty());
}

TEST_F(PioTest, TheBoardDrivesAnInputAndThePullDoesTheRest) {
  ASSERT_TRUE(pio.input(kButton, Pull::kUp));
  EXPECT_TRUE(pio.level(kButton));
  model.set_input(0, 25, false);
  EXPECT_FALSE(pio.level(kButton));
  model.set_input(0, 25, std::nullopt);
  EXPECT_TRUE(pio.level(kButton));
  ASSERT_TRUE(pio.input(kButton, Pull::kDown));
  EXPECT_FALSE(pio.level(kButton));
  model.set_input(0, 25, true);
  ASSERT_TRUE(pio.input(kButton, Pull::kNone));
  model.set_input(0, 25, std::nullopt);
  EXPECT_TRUE(pio.level(kButton)) << "an open pin keeps its level";
}

TEST_F(PioTest, AnOpenDrainOutputOnlyPullsDown) {
  regs.write(Value<Regs::Mskr>{1}, 1);
  regs.write(Regs::Cfgr::kOutput(true) | Regs::Cfgr::kOpenDrain(true) | Regs::Cfgr::kPullUp(true),
             1);
  pio.set(kLed, true);
  EXPECT_TRUE(pio.level(kLed));
  model.set_input(1, 0, false);
  EXPECT_FALSE(pio.level(kLed)) << "the board may hold it low";
  model.set_input(1, 0, std::nullopt);
  pio.set(kLed, false);
  EXPECT_FALSE(pio.level(kLed));
}

TEST_F(PioTest, EdgesInterruptTheirOwnBankOnce) {
  ASSERT_TRUE(pio.input(kButton, Pull::kUp, Event::kFalling));
  pio.enable_interrupt(kButton);
  model.set_input(0, 25, false);
  EXPECT_TRUE(irq[0].level());
  EXPECT_FALSE(irq[1].level());
  EXPECT_EQ(pio.take_events(Bank::kA), 1u << 25);
  EXPECT_FALSE(irq[0].level());
  model.set_input(0, 25, true);
  EXPECT_FALSE(irq[0].level()) << "the other edge";
}

TEST_F(PioTest, ALevelInterruptsForAsLongAsItLasts) {
  ASSERT_TRUE(pio.input(kButton, Pull::kUp, Event::kLowLevel));
  (void)pio.take_events(Bank::kA);
  pio.enable_interrupt(kButton);
  EXPECT_FALSE(irq[0].level());
  model.set_input(0, 25, false);
  EXPECT_TRUE(pio.take_events(Bank::kA) & 1u << 25);
  EXPECT_TRUE(irq[0].level());
  model.set_input(0, 25, true);
  (void)pio.take_events(Bank::kA);
  EXPECT_FALSE(irq[0].level());
}

TEST_F(PioTest, ADisabledLineIsNotedButSilent) {
  ASSERT_TRUE(pio.input(kButton, Pull::kUp, Event::kBoth));
  model.set_input(0, 25, false);
  EXPECT_FALSE(irq[0].level());
  pio.enable_interrupt(kButton);
  EXPECT_TRUE(irq[0].level());
  pio.disable_interrupt(kButton);
  EXPECT_FALSE(irq[0].level());
}

TEST_F(PioTest, TheWholePortIsWrittenThroughTheMask) {
  for (uint8_t line = 0; line < 8; ++line) ASSERT_TRUE(pio.output({Bank::kC, line}, true));
  regs.write(Value<Regs::Mskr>{0x0f}, 2);
  regs.write(Value<Regs::Odsr>{0x05}, 2);
  EXPECT_EQ(regs.read<Regs::Pdsr>(2).bits & 0xff, 0xf5u);
}

TEST_F(PioTest, AFrozenPinRefusesUntilReset) {
  ASSERT_TRUE(pio.mux(kTx, Function::kA));
  regs.write(Regs::Iofr::kKey(Regs::Iofr::kPassword) | Regs::Iofr::kPhysical(true), 3);
  EXPECT_EQ(pio.mux(kTx, Function::kB).error().code(), Code::kDenied);
  EXPECT_TRUE(regs.read<Regs::Cfgr>(3).has(Regs::Cfgr::kFrozen));
  EXPECT_TRUE(pio.mux({Bank::kD, 2}, Function::kA)) << "its neighbour is free";
  model.reset();
  EXPECT_TRUE(pio.mux(kTx, Function::kB));
}

TEST_F(PioTest, ALockedPinIsShownAndRefuses) {
  model.set_locked(3, 3, true);
  EXPECT_EQ(regs.read<Regs::Locksr>(3).bits, 1u << 3);
  EXPECT_EQ(pio.mux(kTx, Function::kA).error().code(), Code::kDenied);
}

TEST_F(PioTest, WriteProtectionRefusesAndTellsWhere) {
  regs.write(Regs::Wpmr::kKey(Regs::Wpmr::kPassword) | Regs::Wpmr::kEnable(true));
  EXPECT_EQ(pio.mux(kTx, Function::kA).error().code(), Code::kDenied);
  EXPECT_EQ(regs.take<Regs::Wpsr>().bits, 1u | 0xc0u << 8);
}

TEST_F(PioTest, WithoutItsClockTheBlockNeitherListensNorAnswers) {
  ASSERT_TRUE(pio.input(kButton, Pull::kUp, Event::kBoth));
  pio.enable_interrupt(kButton);
  clock.set(0);
  EXPECT_EQ(pio.mux(kTx, Function::kA).error().code(), Code::kDenied);
  model.set_input(0, 25, false);
  clock.set(82'000'000);
  EXPECT_FALSE(irq[0].level());
  EXPECT_FALSE(pio.level(kButton));
  EXPECT_EQ(model.function(3, 3), Function::kGpio);
}

}  // namespace
}  // namespace drivers::pio
