#include "drivers/tc/tc.h"

#include <gtest/gtest.h>

#include "base/model/bench.h"
#include "drivers/tc/tc_model.h"

namespace drivers::tc {
namespace {

using base::mmio::Block;
using base::mmio::Region;
using base::mmio::Value;
using base::model::cycles_to_time;
using base::model::kMicrosecond;
using base::model::kMillisecond;
using base::model::kSecond;

constexpr uint32_t kHz = 82'000'000;

struct TcTest : testing::Test {
  base::model::ManualWorld world;
  base::model::ManualClock bus{kHz}, generic{1'000'000}, slow{32'768};
  base::model::Line interrupt;
  TcModel model{world, bus, generic, slow, interrupt};
  Block<Regs> regs{Region(model)};

  /// A waveform channel on the 1 MHz generic clock.
  void start(Regs::Cmr::Shape shape, uint32_t a, uint32_t c, unsigned channel = 0,
             Value<Regs::Cmr> more = {}) {
    regs.write(Regs::Cmr::kShape.from(shape) | Regs::Cmr::kWaveform(true) | more, channel);
    regs.write(Value<Regs::Ra>{a}, channel);
    regs.write(Value<Regs::Rc>{c}, channel);
    regs.write(Regs::Ccr::kEnable(true) | Regs::Ccr::kTrigger(true), channel);
  }
  uint32_t count(unsigned channel = 0) { return regs.read<Regs::Cv>(channel).bits; }
  void pass(uint64_t counts) { world.advance(counts * kMicrosecond); }
};

TEST_F(TcTest, CountsEachOfItsClocks) {
  Counter by8(regs, 0, Counter::Rate::kBusBy8, kHz);
  Counter crystal(regs, 1, Counter::Rate::kSlow, kHz);
  Counter bus_rate(regs, 2, Counter::Rate::kBus, kHz);
  world.advance(kSecond);
  EXPECT_EQ(by8.now(), kHz / 8);
  EXPECT_EQ(crystal.now(), 32'768u);
  EXPECT_EQ(bus_rate.now(), kHz);
  EXPECT_EQ(by8.hz(), kHz / 8);
}

TEST_F(TcTest, StandsStillUntilItIsTriggered) {
  regs.write(Regs::Cmr::kWaveform(true));
  regs.write(Regs::Ccr::kEnable(true));
  pass(100);
  EXPECT_EQ(count(), 0u);
  EXPECT_TRUE(regs.take<Regs::Sr>().has(Regs::Sr::kClockEnabled));
  regs.write(Regs::Ccr::kTrigger(true));
  pass(100);
  EXPECT_EQ(count(), 100u);
  regs.write(Regs::Ccr::kTrigger(true));
  EXPECT_EQ(count(), 0u) << "a trigger also resets";
}

TEST_F(TcTest, ADisabledChannelKeepsItsCount) {
  start(Regs::Cmr::Shape::kUp, 0, 0);
  pass(70);
  regs.write(Regs::Ccr::kDisable(true));
  pass(100);
  EXPECT_EQ(count(), 70u);
}

TEST_F(TcTest, OverflowsAfter2To32Counts) {
  start(Regs::Cmr::Shape::kUp, 5, 5);
  (void)regs.take<Regs::Sr>();
  pass((1ull << 32) - 1);
  EXPECT_EQ(count(), 0xffff'ffffu);
  EXPECT_FALSE(regs.take<Regs::Sr>().has(Regs::Sr::kOverflow));
  pass(1);
  EXPECT_EQ(count(), 0u);
  EXPECT_TRUE(regs.take<Regs::Sr>().has(Regs::Sr::kOverflow));
}

TEST_F(TcTest, UpToCRestartsAtC) {
  start(Regs::Cmr::Shape::kUpToC, 30, 100);
  pass(29);
  EXPECT_EQ(regs.take<Regs::Sr>().bits & 0xff, 0u);
  pass(1);
  EXPECT_TRUE(regs.take<Regs::Sr>().has(Regs::Sr::kReachedA));
  pass(80);
  EXPECT_EQ(count(), 10u);
  EXPECT_TRUE(regs.take<Regs::Sr>().has(Regs::Sr::kReachedC));
}

TEST_F(TcTest, UpDownToCIsATriangle) {
  start(Regs::Cmr::Shape::kUpDownToC, 30, 100);
  pass(100);
  EXPECT_EQ(count(), 100u);
  pass(60);
  EXPECT_EQ(count(), 40u);
  (void)regs.take<Regs::Sr>();
  pass(10);
  EXPECT_TRUE(regs.take<Regs::Sr>().has(Regs::Sr::kReachedA)) << "also on the way down";
  pass(30);
  EXPECT_EQ(count(), 0u);
  pass(7);
  EXPECT_EQ(count(), 7u);
}

TEST_F(TcTest, RcCanStopTheCounterUntilTheNextTrigger) {
  start(Regs::Cmr::Shape::kUpToC, 0, 50, 0, Regs::Cmr::kStopAtC(true));
  pass(500);
  EXPECT_EQ(count(), 0u);
  auto status = regs.take<Regs::Sr>();
  EXPECT_TRUE(status.has(Regs::Sr::kReachedC));
  EXPECT_TRUE(status.has(Regs::Sr::kClockEnabled));
  pass(500);
  EXPECT_FALSE(regs.take<Regs::Sr>().has(Regs::Sr::kReachedC));
  regs.write(Regs::Ccr::kTrigger(true));
  pass(20);
  EXPECT_EQ(count(), 20u);
}

TEST_F(TcTest, RcCanDisableTheClock) {
  start(Regs::Cmr::Shape::kUpToC, 0, 50, 0, Regs::Cmr::kDisableAtC(true));
  pass(500);
  EXPECT_FALSE(regs.take<Regs::Sr>().has(Regs::Sr::kClockEnabled));
}

TEST_F(TcTest, CaptureModeRestartsAtRcWhenAskedTo) {
  regs.write(Regs::Cmr::kTriggerAtC(true));
  regs.write(Value<Regs::Rc>{100});
  regs.write(Regs::Ccr::kEnable(true) | Regs::Ccr::kTrigger(true));
  pass(250);
  EXPECT_EQ(count(), 50u);
}

TEST_F(TcTest, AnRcMovedBelowTheCountIsMetAfterTheOverflow) {
  start(Regs::Cmr::Shape::kUpToC, 0, 1000);
  pass(500);
  regs.write(Value<Regs::Rc>{100});
  pass(100);
  EXPECT_EQ(count(), 600u);
  pass((1ull << 32) - 600 + 30);
  EXPECT_EQ(count(), 30u);
}

TEST_F(TcTest, OneLineServesThreeChannels) {
  for (unsigned channel = 0; channel < 3; ++channel) {
    start(Regs::Cmr::Shape::kUp, 100 * (channel + 1), 0, channel);
    (void)regs.take<Regs::Sr>(channel);
    regs.write(Regs::Ier::kReachedA(true), channel);
  }
  for (unsigned channel = 0; channel < 3; ++channel) {
    pass(99);
    EXPECT_FALSE(interrupt.level()) << channel;
    pass(1);
    EXPECT_TRUE(interrupt.level()) << channel;
    EXPECT_TRUE(regs.take<Regs::Sr>(channel).has(Regs::Sr::kReachedA));
    EXPECT_FALSE(interrupt.level());
  }
}

TEST_F(TcTest, SyncTriggersAllChannelsAtOnce) {
  for (unsigned channel = 0; channel < 3; ++channel) regs.write(Regs::Ccr::kEnable(true), channel);
  regs.write(Regs::Bcr::kSync(true));
  pass(42);
  for (unsigned channel = 0; channel < 3; ++channel) EXPECT_EQ(count(channel), 42u);
}

TEST_F(TcTest, ARateChangeKeepsTheCount) {
  start(Regs::Cmr::Shape::kUp, 0, 0);
  pass(1000);
  generic.set(2'000'000);
  pass(1000);
  EXPECT_EQ(count(), 3000u);
  generic.set(0);
  pass(1000);
  EXPECT_EQ(count(), 3000u);
}

TEST_F(TcTest, WithoutItsBusClockTheBlockIsSilent) {
  start(Regs::Cmr::Shape::kUp, 0, 0);
  pass(1000);
  bus.set(0);
  EXPECT_EQ(count(), 0u);
  regs.write(Regs::Ccr::kTrigger(true));
  bus.set(kHz);
  EXPECT_EQ(count(), 1000u);
}

TEST_F(TcTest, WriteProtectionKeepsModeAndCompare) {
  regs.write(Regs::Wpmr::kKey(Regs::Wpmr::kPassword) | Regs::Wpmr::kEnable(true));
  start(Regs::Cmr::Shape::kUp, 7, 9);
  EXPECT_EQ(regs.read<Regs::Cmr>().bits, 0u);
  EXPECT_EQ(regs.read<Regs::Rc>().bits, 0u);
}

struct CounterTest : TcTest {
  Counter counter{regs, 1, Counter::Rate::kBusBy8, kHz};
};

TEST_F(CounterTest, AnAlarmGoesOffOnceAtItsCount) {
  counter.interrupt_at(10'000);
  world.advance(cycles_to_time(9'999 * 8, kHz));
  EXPECT_FALSE(interrupt.level());
  world.advance(kMicrosecond);
  EXPECT_TRUE(interrupt.level());
  EXPECT_TRUE(counter.take_alarm());
  EXPECT_FALSE(interrupt.level());
  EXPECT_FALSE(counter.take_alarm());
}

TEST_F(CounterTest, AnAlarmCanBeMovedAndCancelled) {
  counter.interrupt_at(10'000);
  counter.interrupt_at(30'000);
  world.advance(cycles_to_time(20'000 * 8, kHz));
  EXPECT_FALSE(interrupt.level());
  counter.cancel();
  world.advance(kSecond);
  EXPECT_FALSE(interrupt.level());
}

TEST_F(CounterTest, AnAlarmWorksAcrossTheWrap) {
  world.advance(cycles_to_time(0xffff'ff00ull * 8, kHz));
  const uint32_t target = counter.interrupt_in(0x200);
  EXPECT_LT(target, 0x1000u);
  world.advance(cycles_to_time(0x1ff * 8, kHz));
  EXPECT_FALSE(interrupt.level());
  world.advance(kMicrosecond);
  EXPECT_TRUE(interrupt.level());
}

/// A world in which every register access takes a while, as over a debug probe.
struct SlowAccess : base::mmio::Model {
  base::mmio::Model& inner;
  base::model::ManualWorld& world;
  SlowAccess(base::mmio::Model& inner, base::model::ManualWorld& world)
      : inner(inner), world(world) {}
  uint32_t load(uint32_t offset, unsigned width) override {
    world.advance(7 * kMicrosecond);
    return inner.load(offset, width);
  }
  void store(uint32_t offset, uint32_t value, unsigned width) override {
    world.advance(7 * kMicrosecond);
    inner.store(offset, value, width);
  }
};

TEST_F(TcTest, AShortAlarmIsNotMissedHoweverSlowTheAccessIs) {
  SlowAccess slow_model(model, world);
  Counter counter(Block<Regs>{Region(slow_model)}, 1, Counter::Rate::kBusBy8, kHz);
  for (uint32_t wait = 1; wait < 600; wait += 13) {
    counter.interrupt_in(wait);
    world.advance(100 * kMillisecond);
    EXPECT_TRUE(counter.take_alarm()) << wait;
  }
}

TEST_F(CounterTest, TheClockRunsOnThroughWraps) {
  CounterClock clock(counter);
  base::Duration last{0};
  for (int i = 0; i < 10; ++i) {
    world.advance(300 * kSecond);
    const base::Duration now = clock.now();
    EXPECT_NEAR((now - last).count(), 300'000'000, 2);
    last = now;
  }
}

TEST_F(TcTest, TheCounterStopsWithItsOwner) {
  {
    Counter counter(regs, 0, Counter::Rate::kBusBy8, kHz);
    counter.interrupt_at(100);
  }
  world.advance(kSecond);
  EXPECT_FALSE(interrupt.level());
  EXPECT_FALSE(regs.take<Regs::Sr>().has(Regs::Sr::kClockEnabled));
}

}  // namespace
}  // namespace drivers::tc
