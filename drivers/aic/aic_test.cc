#include "drivers/aic/aic.h"

#include <gtest/gtest.h>

#include <vector>

#include "drivers/aic/aic_model.h"

namespace drivers::aic {
namespace {

using base::Code;
using base::mmio::Block;
using base::mmio::Region;
using base::mmio::Value;
using Type = Aic::Type;

struct AicTest : testing::Test {
  base::model::Line irq, fiq;
  AicModel model{irq, fiq};
  Block<Regs> regs{Region(model)};
  Aic aic{regs};

  void take(unsigned source, unsigned priority, Type type = Type::kLevel) {
    ASSERT_TRUE(aic.claim(source, priority, type));
    aic.enable(source);
  }
  void pulse(unsigned source) {
    model.set_source(source, true);
    model.set_source(source, false);
  }
};

TEST_F(AicTest, AClaimedSourceInterruptsOnlyWhileEnabled) {
  ASSERT_TRUE(aic.claim(25, 3));
  model.set_source(25, true);
  EXPECT_FALSE(irq.level());
  aic.enable(25);
  EXPECT_TRUE(irq.level());
  EXPECT_TRUE(aic.enabled(25));
  aic.disable(25);
  EXPECT_FALSE(irq.level());
}

TEST_F(AicTest, ClaimsAreExclusiveAndBounded) {
  ASSERT_TRUE(aic.claim(25, 3));
  EXPECT_EQ(aic.claim(25, 3).error().code(), Code::kBusy);
  EXPECT_EQ(aic.claim(0, 3).error().code(), Code::kInvalid);
  EXPECT_EQ(aic.claim(128, 3).error().code(), Code::kInvalid);
  EXPECT_EQ(aic.claim(26, 8).error().code(), Code::kInvalid);
  ASSERT_TRUE(aic.release(25));
  EXPECT_EQ(aic.release(25).error().code(), Code::kNotFound);
  EXPECT_TRUE(aic.claim(25, 3));
}

TEST_F(AicTest, TheMostUrgentSourceIsServedFirstAndEqualsByNumber) {
  for (const auto& [source, priority] : {std::pair{40u, 1u}, {30u, 5u}, {20u, 5u}, {10u, 3u}}) {
    take(source, priority);
    model.set_source(source, true);
  }
  std::vector<unsigned> order;
  while (const auto source = aic.begin()) {
    order.push_back(*source);
    model.set_source(*source, false);
    aic.end();
  }
  EXPECT_EQ(order, (std::vector<unsigned>{20, 30, 10, 40}));
}

TEST_F(AicTest, OnlyAHigherPriorityInterruptsAService) {
  take(25, 3);
  take(26, 3);
  take(27, 4);
  model.set_source(25, true);
  EXPECT_EQ(aic.begin(), 25u);
  EXPECT_FALSE(irq.level());
  model.set_source(26, true);
  EXPECT_FALSE(irq.level()) << "an equal waits";
  model.set_source(27, true);
  EXPECT_TRUE(irq.level());
  EXPECT_EQ(aic.begin(), 27u);
  EXPECT_EQ(regs.read<Regs::Isr>().get(Regs::Isr::kSource), 27u);
  model.set_source(27, false);
  aic.end();
  EXPECT_EQ(regs.read<Regs::Isr>().get(Regs::Isr::kSource), 25u);
  model.set_source(25, false);
  aic.end();
  EXPECT_EQ(aic.begin(), 26u);
}

TEST_F(AicTest, EightPrioritiesNestEightDeep) {
  for (unsigned priority = 0; priority < 8; ++priority) {
    take(30 + priority, priority);
    model.set_source(30 + priority, true);
    EXPECT_EQ(aic.begin(), 30 + priority);
  }
  EXPECT_EQ(model.nesting(), 8u);
  EXPECT_EQ(aic.begin(), std::nullopt) << "every source is in service already";
}

TEST_F(AicTest, ASourceThatGoesAwayLeavesASpuriousInterrupt) {
  take(25, 3);
  model.set_source(25, true);
  EXPECT_TRUE(irq.level());
  model.set_source(25, false);
  EXPECT_EQ(aic.begin(), std::nullopt);
  EXPECT_EQ(model.nesting(), 0u);
}

TEST_F(AicTest, AnEdgeIsRememberedUntilItsServiceBegins) {
  take(25, 3, Type::kPositiveEdge);
  pulse(25);
  EXPECT_TRUE(irq.level());
  EXPECT_EQ(aic.begin(), 25u);
  aic.end();
  EXPECT_FALSE(irq.level());
  pulse(25);
  pulse(25);
  EXPECT_EQ(aic.begin(), 25u);
  aic.end();
  EXPECT_FALSE(irq.level()) << "two edges before the service are one interrupt";
}

TEST_F(AicTest, AnEdgeDuringItsOwnServiceComesAfterIt) {
  take(25, 3, Type::kPositiveEdge);
  pulse(25);
  EXPECT_EQ(aic.begin(), 25u);
  pulse(25);
  EXPECT_FALSE(irq.level());
  aic.end();
  EXPECT_EQ(aic.begin(), 25u);
}

TEST_F(AicTest, ALevelThatIsNotRemovedComesAgain) {
  take(25, 3);
  model.set_source(25, true);
  EXPECT_EQ(aic.begin(), 25u);
  aic.end();
  EXPECT_TRUE(irq.level());
  aic.disable(25);  // what a kernel does until the driver process has removed the cause
  EXPECT_FALSE(irq.level());
}

TEST_F(AicTest, SoftwareCanSetAndClearAnEdgeButNotALevel) {
  take(25, 3, Type::kPositiveEdge);
  take(26, 3);
  regs.write(Regs::Ssr::kSource(26));
  regs.write(Regs::Iscr::kDo(true));
  EXPECT_FALSE(irq.level());
  regs.write(Regs::Ssr::kSource(25));
  regs.write(Regs::Iscr::kDo(true));
  EXPECT_TRUE(irq.level());
  EXPECT_EQ(regs.read<Regs::Ipr>(0).bits & 1u << 25, 1u << 25);
  regs.write(Regs::Iccr::kDo(true));
  EXPECT_FALSE(irq.level());
}

TEST_F(AicTest, SourceZeroIsTheFastInterruptWithItsOwnVector) {
  regs.write(Regs::Ssr::kSource(0));
  regs.write(Regs::Smr::kType(Type::kPositiveEdge));
  regs.write(Value<Regs::Svr>{0x1234});
  regs.write(Regs::Iecr::kDo(true));
  model.set_source(0, false);
  model.set_source(0, true);
  EXPECT_TRUE(fiq.level());
  EXPECT_FALSE(irq.level());
  EXPECT_TRUE(regs.read<Regs::Cisr>().has(Regs::Cisr::kFiq));
  EXPECT_EQ(regs.take<Regs::Fvr>().bits, 0x1234u);
  EXPECT_FALSE(fiq.level());
  EXPECT_EQ(regs.take<Regs::Fvr>().bits, 0xffff'ffffu) << "spurious";
}

TEST_F(AicTest, UnderProtectionADebuggersReadHasNoEffectAndTheWriteEnters) {
  take(25, 3, Type::kPositiveEdge);
  regs.write(Regs::Dcr::kProtect(true));
  pulse(25);
  EXPECT_EQ(regs.take<Regs::Ivr>().bits, 25u);
  EXPECT_EQ(regs.take<Regs::Ivr>().bits, 25u);
  EXPECT_EQ(model.nesting(), 0u);
  regs.write(Value<Regs::IvrEnter>{0});
  EXPECT_EQ(model.nesting(), 1u);
  EXPECT_FALSE(irq.level());
}

TEST_F(AicTest, TheGeneralMaskSilencesBothLines) {
  take(25, 3);
  model.set_source(25, true);
  regs.write(Regs::Dcr::kMaskAll(true));
  EXPECT_FALSE(irq.level());
  regs.write(Value<Regs::Dcr>{0});
  EXPECT_TRUE(irq.level());
}

TEST_F(AicTest, WriteProtectionKeepsModeAndVector) {
  regs.write(Regs::Wpmr::kKey(Regs::Wpmr::kPassword) | Regs::Wpmr::kEnable(true));
  regs.write(Regs::Ssr::kSource(25));
  regs.write(Regs::Smr::kPriority(5));
  EXPECT_EQ(regs.read<Regs::Smr>().bits, 0u);
  EXPECT_EQ(regs.take<Regs::Wpsr>().bits, 1u | 0x04u << 8);
}

TEST_F(AicTest, TheDriverClearsWhatALastOwnerLeft) {
  take(25, 7);
  model.set_source(25, true);
  (void)aic.begin();
  Aic fresh(regs);
  EXPECT_EQ(model.nesting(), 0u);
  EXPECT_FALSE(irq.level());
}

struct RoutingTest : testing::Test {
  base::model::Line irq, fiq;
  InterruptControllers pair{irq, fiq};

  static void open(AicModel& model, unsigned source) {
    const Block<Regs> regs{Region(model)};
    regs.write(Regs::Ssr::kSource.from(source));
    regs.write(Regs::Iecr::kDo(true));
  }
};

TEST_F(RoutingTest, AfterResetEverySourceIsSecureAndArrivesAsFiq) {
  open(pair.aic, 25);
  open(pair.saic, 25);
  pair.source(25).set(true);
  EXPECT_FALSE(irq.level());
  EXPECT_TRUE(fiq.level());
}

TEST_F(RoutingTest, RedirectionMovesAPendingSourceToTheAic) {
  open(pair.aic, 25);
  open(pair.saic, 25);
  pair.source(25).set(true);
  pair.set_redirected(true);
  EXPECT_TRUE(irq.level());
  EXPECT_FALSE(fiq.level());
  pair.source(25).set(false);
  EXPECT_FALSE(irq.level());
}

TEST_F(RoutingTest, ANonSecurePeripheralReachesTheAicAlone) {
  open(pair.aic, 25);
  open(pair.aic, 26);
  pair.set_secure(25, false);
  pair.source(26).set(true);
  EXPECT_FALSE(irq.level());
  pair.source(25).set(true);
  EXPECT_TRUE(irq.level());
}

TEST_F(RoutingTest, ResetMakesEverythingSecureAgain) {
  pair.set_redirected(true);
  pair.reset();
  open(pair.aic, 25);
  open(pair.saic, 25);
  pair.source(25).set(true);
  EXPECT_FALSE(irq.level());
  EXPECT_TRUE(fiq.level());
}

}  // namespace
}  // namespace drivers::aic
