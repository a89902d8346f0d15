#include <gtest/gtest.h>

#include "drivers/chipid/chipid_model.h"

namespace drivers::chipid {
namespace {

using base::mmio::Block;
using base::mmio::Region;

TEST(Chipid, TheDefaultIsTheDevicesChipInRevisionC) {
  ChipidModel model;
  const Block<Regs> regs{Region(model)};
  EXPECT_EQ(regs.read<Regs::Cidr>().bits, 0x8a5c'08c2u);
  EXPECT_EQ(regs.read<Regs::Cidr>().bits & Regs::Cidr::kFamilyMask, kSama5d2);
  EXPECT_EQ(regs.read<Regs::Exid>().get(Regs::Exid::kMember), Member::kSama5d28cD1g);
}

TEST(Chipid, CannotBeWritten) {
  ChipidModel model(Member::kSama5d27cu, 1);
  model.store(0, 0, 4);
  model.store(4, 0, 4);
  EXPECT_EQ(model.load(0, 4), 0x8a5c'08c1u);
  EXPECT_EQ(model.load(4, 4), 0x11u);
  EXPECT_EQ(model.load(3, 1), 0x8au);
}

}  // namespace
}  // namespace drivers::chipid
