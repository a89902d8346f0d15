#include "drivers/trng/trng.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "base/model/bench.h"
#include "drivers/trng/trng_model.h"

namespace drivers::trng {
namespace {

using base::Code;
using base::mmio::Block;
using base::mmio::Region;
using base::model::kMicrosecond;
using base::model::kSecond;

constexpr uint32_t kHz = 82'000'000;

struct TrngTest : testing::Test {
  base::model::ManualWorld world;
  base::model::ManualClock bus{kHz};
  base::model::Line interrupt;
  TrngModel model{world, bus, interrupt, 7};
  Block<Regs> regs{Region(model)};
  base::model::SteppingClock clock{world};
};

TEST_F(TrngTest, RunsTheSourceOnlyWhileTheDriverLives) {
  {
    Trng trng(regs, clock);
    EXPECT_TRUE(model.enabled());
  }
  EXPECT_FALSE(model.enabled());
}

TEST_F(TrngTest, WordsComeAndDiffer) {
  Trng trng(regs, clock);
  std::array<uint32_t, 1000> words;
  ASSERT_TRUE(trng.fill(words));
  EXPECT_EQ(std::set<uint32_t>(words.begin(), words.end()).size(), words.size());
}

TEST_F(TrngTest, AStalledSourceTimesOutAndLeaksNothing) {
  Trng trng(regs, clock);
  ASSERT_TRUE(trng.next());
  model.set_fault(Fault::kStalled);
  std::array<uint32_t, 2> out{1, 1};
  EXPECT_EQ(trng.fill(out).error().code(), Code::kTimeout);
  EXPECT_EQ(out, (std::array<uint32_t, 2>{0, 0}));
}

TEST_F(TrngTest, AStuckSourceLatchesTheFailure) {
  Trng trng(regs, clock);
  ASSERT_TRUE(trng.next());
  model.set_fault(Fault::kStuck);
  EXPECT_EQ(trng.next().error().code(), Code::kDataLoss);
  model.set_fault(Fault::kNone);
  EXPECT_EQ(trng.next().error().code(), Code::kDataLoss) << "it is not trusted again";
}

TEST_F(TrngTest, WithoutItsClockTheSourceTimesOut) {
  bus.set(0);
  Trng trng(regs, clock);
  EXPECT_EQ(trng.next().error().code(), Code::kTimeout);
}

TEST_F(TrngTest, AWordTakes84Cycles) {
  regs.write(Regs::Cr::kKey(Regs::Cr::kPassword) | Regs::Cr::kEnable(true));
  regs.write(Regs::Ier::kDataReady(true));
  const base::model::Time start = world.now();
  base::model::Time ready = 0;
  interrupt.connect([&](bool level) {
    if (level) ready = world.now();
  });
  world.advance(100 * kMicrosecond);
  EXPECT_EQ(ready - start, base::model::cycles_to_time(kCyclesPerWord, kHz));
  EXPECT_TRUE(regs.take<Regs::Isr>().has(Regs::Isr::kDataReady));
  EXPECT_FALSE(interrupt.level());
}

TEST_F(TrngTest, ControlNeedsItsKey) {
  regs.write(Regs::Cr::kKey(0x524e48) | Regs::Cr::kEnable(true));
  EXPECT_FALSE(model.enabled());
}

TEST_F(TrngTest, EqualSeedsGiveEqualWordsAndAResetGoesOn) {
  base::model::Line other_line;
  TrngModel twin(world, bus, other_line, 7), stranger(world, bus, other_line, 8);
  const auto word = [&](TrngModel& source) {
    const Block<Regs> block{Region(source)};
    block.write(Regs::Cr::kKey(Regs::Cr::kPassword) | Regs::Cr::kEnable(true));
    world.advance(base::model::cycles_to_time(kCyclesPerWord, kHz));
    const uint32_t got = block.read<Regs::Odata>().bits;
    block.write(Regs::Cr::kKey(Regs::Cr::kPassword));
    return got;
  };
  const uint32_t first = word(model);
  EXPECT_EQ(first, word(twin));
  EXPECT_NE(first, word(stranger));
  model.reset();
  EXPECT_NE(word(model), first);
}

}  // namespace
}  // namespace drivers::trng
