#include "drivers/l2cc/l2cc.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/model/bench.h"
#include "drivers/l2cc/l2cc_model.h"

namespace drivers::l2cc {
namespace {

using base::Code;
using base::mmio::Block;
using base::mmio::Region;
using base::mmio::Value;
using base::model::kMillisecond;

struct L2ccTest : testing::Test {
  base::model::ManualWorld world;
  base::model::ManualClock cpu{492'000'000};
  L2ccModel model{world, cpu};
  Block<Regs> regs{Region(model)};
  base::model::SteppingClock clock{world};
  L2cc cache{regs, clock};
};

TEST_F(L2ccTest, IdentifiesItselfAsTheDatasheetSays) {
  EXPECT_EQ(regs.read<Regs::Idr>().bits, 0x4100'00c9u);
  EXPECT_EQ(regs.read<Regs::Typr>().bits, 0x0010'0100u);
}

TEST_F(L2ccTest, InvalidatesBeforeItIsSwitchedOn) {
  ASSERT_TRUE(cache.enable());
  EXPECT_TRUE(model.enabled());
  EXPECT_EQ(model.way_operations(), 1u);
  ASSERT_TRUE(cache.enable()) << "again must not throw dirty lines away";
  EXPECT_EQ(model.way_operations(), 1u);
  EXPECT_EQ(model.errors(), 0u);
}

TEST_F(L2ccTest, WritesBackBeforeItIsSwitchedOff) {
  ASSERT_TRUE(cache.enable());
  ASSERT_TRUE(cache.disable());
  EXPECT_FALSE(model.enabled());
  EXPECT_EQ(model.way_operations(), 2u);
}

TEST_F(L2ccTest, AnOperationByWayGoesOnInTheBackground) {
  regs.write(Regs::Ciwr::kWays(0x81));
  EXPECT_EQ(regs.read<Regs::Ciwr>().bits, 0x81u);
  EXPECT_EQ(regs.read<Regs::Iwr>().bits, 0u);
  EXPECT_TRUE(regs.read<Regs::Csr>().has(Regs::Csr::kBusy));
  regs.write(Value<Regs::Cpalr>{0x2000'0000});
  EXPECT_EQ(model.errors(), 1u) << "the chip refuses meanwhile";
  world.advance(kMillisecond);
  EXPECT_EQ(regs.read<Regs::Ciwr>().bits, 0u);
  EXPECT_FALSE(regs.read<Regs::Csr>().has(Regs::Csr::kBusy));
}

TEST_F(L2ccTest, AControllerThatNeverFinishesTimesOut) {
  cpu.set(1);
  EXPECT_EQ(cache.enable().error().code(), Code::kTimeout);
  EXPECT_FALSE(model.enabled());
}

/// Notes the lines that software names.
struct Recorder : base::mmio::Model {
  std::vector<std::pair<uint32_t, uint32_t>> writes;
  uint32_t load(uint32_t, unsigned) override { return 0; }
  void store(uint32_t offset, uint32_t value, unsigned) override {
    writes.emplace_back(offset, value);
  }
};

TEST_F(L2ccTest, ARangeMeansEveryLineItTouches) {
  Recorder recorder;
  L2cc driver(Block<Regs>{Region(recorder)}, clock);
  ASSERT_TRUE(driver.clean(0x2000'001f, 2));
  EXPECT_EQ(recorder.writes, (std::vector<std::pair<uint32_t, uint32_t>>{
                                 {0x7b0, 0x2000'0000}, {0x7b0, 0x2000'0020}, {0x730, 0}}));
}

TEST_F(L2ccTest, InvalidationSparesTheNeighboursOfItsEdges) {
  Recorder recorder;
  L2cc driver(Block<Regs>{Region(recorder)}, clock);
  ASSERT_TRUE(driver.invalidate(0x2000'0010, 0x40));
  EXPECT_EQ(recorder.writes, (std::vector<std::pair<uint32_t, uint32_t>>{{0x7f0, 0x2000'0000},
                                                                         {0x730, 0},
                                                                         {0x7f0, 0x2000'0040},
                                                                         {0x730, 0},
                                                                         {0x770, 0x2000'0000},
                                                                         {0x770, 0x2000'0020},
                                                                         {0x770, 0x2000'0040},
                                                                         {0x730, 0}}));
}

TEST_F(L2ccTest, ARangeUpToTheEndOfTheAddressSpaceEnds) {
  ASSERT_TRUE(cache.clean(0xffff'ffc0, 0x40));
  EXPECT_EQ(model.line_operations(), 2u);
  ASSERT_TRUE(cache.clean(0x2000'0000, 0));
  EXPECT_EQ(model.line_operations(), 2u);
}

TEST_F(L2ccTest, ALargeRangeIsDoneByWay) {
  ASSERT_TRUE(cache.clean_invalidate(0x2000'0000, 16 << 20));
  EXPECT_EQ(model.line_operations(), 0u);
  EXPECT_EQ(model.way_operations(), 1u);
}

TEST_F(L2ccTest, TheGeometryIsFixedWhileTheCacheIsOn) {
  ASSERT_TRUE(cache.enable());
  regs.write(Value<Regs::Acr>{0});
  EXPECT_EQ(regs.read<Regs::Acr>().bits, 0x0202'0000u);
  EXPECT_EQ(model.errors(), 1u);
}

}  // namespace
}  // namespace drivers::l2cc
