#include <gtest/gtest.h>

#include "base/model/bench.h"
#include "drivers/sckc/sckc_model.h"
#include "drivers/sckc/sckc_regs.h"

namespace drivers::sckc {
namespace {

using base::mmio::Block;
using base::mmio::Region;
using base::model::kMillisecond;
using base::model::kSecond;

TEST(Sckc, StartsOnTheRcOscillatorAndChangesWhenTheCrystalRuns) {
  base::model::ManualWorld world;
  SckcModel model(world);
  const Block<Regs> regs{Region(model)};
  unsigned changes = 0;
  model.slow().on_change([&] { ++changes; });
  EXPECT_EQ(model.slow().hz(), 32'000u);
  regs.write(Regs::Cr::kCrystal(true));
  world.advance(kSecond);
  EXPECT_EQ(model.slow().hz(), 32'000u) << "the crystal is still starting";
  world.advance(kSecond);
  EXPECT_EQ(model.slow().hz(), 32'768u);
  EXPECT_TRUE(regs.read<Regs::Cr>().has(Regs::Cr::kCrystal));
  regs.write(base::mmio::Value<Regs::Cr>{0});
  world.advance(kMillisecond);
  EXPECT_EQ(model.slow().hz(), 32'000u);
  EXPECT_EQ(changes, 2u);
}

TEST(Sckc, ForgetsItsChoiceOnlyWithItsSupply) {
  base::model::ManualWorld world;
  SckcModel model(world);
  model.store(0, Regs::Cr::kCrystal.kMask, 4);
  world.advance(2 * kSecond);
  EXPECT_EQ(model.slow().hz(), 32'768u);
  model.power_on();
  EXPECT_EQ(model.slow().hz(), 32'000u);
}

}  // namespace
}  // namespace drivers::sckc
