#include "drivers/sfr/sfr.h"

#include <gtest/gtest.h>

#include "drivers/sfr/sfr_model.h"

namespace drivers::sfr {
namespace {

using base::Code;
using base::mmio::Block;
using base::mmio::Region;
using base::mmio::Value;

struct SfrTest : testing::Test {
  base::model::Line redirected;
  SfrModel model{redirected};
  Block<Regs> regs{Region(model)};
  Sfr sfr{regs};
};

TEST_F(SfrTest, TheDriverKnowsTheKeyOfThisVeryChip) {
  ASSERT_TRUE(sfr.redirect_interrupts());
  EXPECT_TRUE(redirected.level());
  EXPECT_TRUE(sfr.redirect_interrupts()) << "again is no harm";
}

TEST_F(SfrTest, AnotherChipsKeyIsWrongAndTheThirdLocks) {
  const uint32_t bare = Regs::Aicredir::kUnlock | 1;
  for (int i = 0; i < 2; ++i) regs.write(Value<Regs::Aicredir>{bare});
  EXPECT_FALSE(redirected.level());
  ASSERT_TRUE(sfr.redirect_interrupts()) << "two wrong tries are forgiven";
  model.reset();
  EXPECT_FALSE(redirected.level());
  for (int i = 0; i < 3; ++i) regs.write(Value<Regs::Aicredir>{bare});
  EXPECT_EQ(sfr.redirect_interrupts().error().code(), Code::kDenied);
}

TEST_F(SfrTest, AChipFusedForSecureModeNeverRedirects) {
  SfrModel secure(redirected, {.secure_mode = true});
  EXPECT_EQ(Sfr(Block<Regs>{Region(secure)}).redirect_interrupts().error().code(), Code::kDenied);
  EXPECT_FALSE(redirected.level());
}

TEST_F(SfrTest, TheSecondSramChangesHands) {
  EXPECT_FALSE(model.sram_is_l2_cache());
  sfr.give_sram_to_l2_cache();
  EXPECT_TRUE(model.sram_is_l2_cache());
}

TEST_F(SfrTest, AHiddenRomStaysHiddenUntilReset) {
  regs.write(Regs::Secure::kHideRom(true));
  regs.write(Value<Regs::Secure>{0});
  EXPECT_TRUE(model.rom_hidden());
  model.reset();
  EXPECT_FALSE(model.rom_hidden());
}

}  // namespace
}  // namespace drivers::sfr
