#include "drivers/pit/pit.h"

#include <gtest/gtest.h>

#include "base/model/bench.h"
#include "drivers/pit/pit_model.h"

namespace drivers::pit {
namespace {

using base::Code;
using base::mmio::Block;
using base::mmio::Region;
using base::model::kMicrosecond;
using base::model::kMillisecond;
using base::model::kSecond;
using namespace std::chrono_literals;

constexpr uint32_t kHz = 82'000'000;

struct PitTest : testing::Test {
  base::model::ManualWorld world;
  base::model::ManualClock bus{kHz};
  base::model::Line interrupt;
  PitModel model{world, bus, interrupt};
  Block<Regs> regs{Region(model)};
};

TEST_F(PitTest, TicksWithItsPeriodAndCountsMissedOnes) {
  Pit pit(regs, kHz);
  ASSERT_TRUE(pit.start(1ms));
  world.advance(kMillisecond - kMicrosecond);
  EXPECT_FALSE(interrupt.level());
  world.advance(2 * kMicrosecond);
  EXPECT_TRUE(interrupt.level());
  EXPECT_EQ(pit.take_periods(), 1u);
  EXPECT_FALSE(interrupt.level());
  world.advance(5 * kMillisecond);
  EXPECT_TRUE(interrupt.level());
  EXPECT_EQ(pit.take_periods(), 5u);
}

TEST_F(PitTest, TicksDoNotDriftOverAMinute) {
  Pit pit(regs, kHz);
  ASSERT_TRUE(pit.start(1ms));
  uint64_t ticks = 0;
  interrupt.connect([&](bool level) {
    if (level) ticks += pit.take_periods();
  });
  world.advance(60 * kSecond + kMicrosecond);
  EXPECT_EQ(ticks, 60'000u);
}

TEST_F(PitTest, AnUnservedInterruptCostsNoEvents) {
  Pit pit(regs, kHz);
  ASSERT_TRUE(pit.start(1ms));
  world.advance(2 * kMillisecond);
  EXPECT_EQ(world.next_due(), base::model::kNever);
}

TEST_F(PitTest, RefusesAPeriodItCannotCount) {
  Pit pit(regs, kHz);
  EXPECT_EQ(pit.start(0us).error().code(), Code::kInvalid);
  EXPECT_EQ(pit.start(1s).error().code(), Code::kInvalid) << "20 bits last 205 ms";
  EXPECT_TRUE(pit.start(200ms));
}

TEST_F(PitTest, ReadingTheImageClearsNothing) {
  Pit pit(regs, kHz);
  ASSERT_TRUE(pit.start(1ms));
  world.advance(3 * kMillisecond + kMicrosecond);
  EXPECT_EQ(regs.read<Regs::Piir>().get(Regs::Piir::kPeriods), 3u);
  EXPECT_EQ(regs.read<Regs::Piir>().get(Regs::Piir::kPeriods), 3u);
  EXPECT_TRUE(regs.read<Regs::Sr>().has(Regs::Sr::kElapsed));
  EXPECT_TRUE(interrupt.level());
}

TEST_F(PitTest, DisablingLetsTheRunningPeriodEnd) {
  regs.write(Regs::Mr::kPeriod(999) | Regs::Mr::kEnable(true));
  world.advance(base::model::cycles_to_time(500 * 16, kHz));
  regs.write(Regs::Mr::kPeriod(999));
  EXPECT_EQ(regs.read<Regs::Piir>().get(Regs::Piir::kCount), 500u);
  world.advance(base::model::cycles_to_time(400 * 16, kHz));
  EXPECT_EQ(regs.read<Regs::Piir>().get(Regs::Piir::kCount), 900u);
  world.advance(kSecond);
  EXPECT_EQ(regs.read<Regs::Piir>().get(Regs::Piir::kCount), 0u);
  EXPECT_EQ(regs.read<Regs::Piir>().get(Regs::Piir::kPeriods), 1u);
  world.advance(kSecond);
  EXPECT_EQ(regs.read<Regs::Piir>().get(Regs::Piir::kPeriods), 1u) << "it has stopped for good";
}

TEST_F(PitTest, APeriodShortenedBelowTheCountGoesRoundTheWholeCounter) {
  regs.write(Regs::Mr::kPeriod(0xfffff) | Regs::Mr::kEnable(true));
  world.advance(base::model::cycles_to_time(1000 * 16, kHz));
  regs.write(Regs::Mr::kPeriod(99) | Regs::Mr::kEnable(true));
  world.advance(base::model::cycles_to_time(200 * 16, kHz));
  EXPECT_EQ(regs.read<Regs::Piir>().get(Regs::Piir::kCount), 1200u);
  world.advance(base::model::cycles_to_time(uint64_t{(1 << 20) - 1200 + 50} * 16, kHz));
  EXPECT_EQ(regs.read<Regs::Piir>().get(Regs::Piir::kCount), 50u);
}

TEST_F(PitTest, WithoutAClockNothingMovesOrAnswers) {
  Pit pit(regs, kHz);
  ASSERT_TRUE(pit.start(1ms));
  bus.set(0);
  world.advance(kSecond);
  EXPECT_FALSE(interrupt.level());
  EXPECT_EQ(regs.read<Regs::Mr>().bits, 0u);
  bus.set(kHz);
  world.advance(kMillisecond + kMicrosecond);
  EXPECT_TRUE(interrupt.level());
}

TEST_F(PitTest, TheClockKeepsTimeAcrossAChangeOfRate) {
  PitClock clock(regs, kHz);
  world.advance(kSecond);
  EXPECT_NEAR(clock.now().count(), 1'000'000, 2);
  clock.retune(12'000'000);
  bus.set(12'000'000);
  world.advance(10 * kSecond);
  EXPECT_NEAR(clock.now().count(), 11'000'000, 3);
}

}  // namespace
}  // namespace drivers::pit
