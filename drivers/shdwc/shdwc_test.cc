#include <gtest/gtest.h>

#include "base/model/bench.h"
#include "drivers/shdwc/shdwc_model.h"
#include "drivers/shdwc/shdwc_regs.h"

namespace drivers::shdwc {
namespace {

using base::mmio::Block;
using base::mmio::Region;
using base::model::kMillisecond;

struct ShdwcTest : testing::Test {
  base::model::ManualWorld world;
  base::model::FixedClock slow{32'768};
  base::model::Line shutdown;
  ShdwcModel model{world, slow, shutdown};
  Block<Regs> regs{Region(model)};

  void shut_down() {
    regs.write(Regs::Cr::kKey(Regs::Cr::kPassword) | Regs::Cr::kShutDown(true));
    world.advance(kMillisecond);
  }
};

TEST_F(ShdwcTest, ShutsDownWithItsKeyOnly) {
  regs.write(Regs::Cr::kKey(0x5a) | Regs::Cr::kShutDown(true));
  world.advance(kMillisecond);
  EXPECT_FALSE(shutdown.level());
  shut_down();
  EXPECT_TRUE(shutdown.level());
}

TEST_F(ShdwcTest, RemembersWhatWokeTheChip) {
  shut_down();
  model.wake_up(ShdwcModel::Source::kRtc);
  EXPECT_TRUE(shutdown.level()) << "the RTC was not asked to";
  model.wake_up(ShdwcModel::Source::kPin);
  EXPECT_FALSE(shutdown.level());
  EXPECT_TRUE(regs.take<Regs::Sr>().has(Regs::Sr::kPin));
  EXPECT_FALSE(regs.take<Regs::Sr>().has(Regs::Sr::kPin));
}

}  // namespace
}  // namespace drivers::shdwc
