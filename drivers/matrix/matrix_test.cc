#include <gtest/gtest.h>

#include <vector>

#include "drivers/matrix/matrix_model.h"
#include "drivers/matrix/matrix_regs.h"

namespace drivers::matrix {
namespace {

using base::mmio::Block;
using base::mmio::Region;
using base::mmio::Value;

struct MatrixTest : testing::Test {
  std::vector<std::pair<unsigned, bool>> heard;
  MatrixModel::SecurityListener listener = [this](unsigned pid, bool secure) {
    heard.emplace_back(pid, secure);
  };
  MatrixModel matrix0{Kind::kMatrix0, listener}, matrix1{Kind::kMatrix1, listener};
  Block<Regs> regs0{Region(matrix0)}, regs1{Region(matrix1)};
};

TEST_F(MatrixTest, EachPeripheralIsWritableOnExactlyOneMatrixAndSecureAfterReset) {
  for (unsigned i = 0; i < 3; ++i)
    EXPECT_EQ(regs0.read<Regs::Spselr>(i).bits ^ regs1.read<Regs::Spselr>(i).bits, 0xffff'ffffu);
  EXPECT_TRUE(regs1.read<Regs::Spselr>(0).bits >> 31 & 1) << "SDMMC0 is on MATRIX0";
  EXPECT_FALSE(regs0.read<Regs::Spselr>(0).bits >> 31 & 1);
}

TEST_F(MatrixTest, TellsOfEachPeripheralThatChangesItsSecurity) {
  regs1.write(Value<Regs::Spselr>{~0u}, 0);
  EXPECT_EQ(heard.size(), 24u);
  heard.clear();
  regs1.write(Value<Regs::Spselr>{~(1u << 25)}, 0);
  EXPECT_EQ(heard, (std::vector<std::pair<unsigned, bool>>{{25, true}}));
}

TEST_F(MatrixTest, APeripheralOfTheOtherMatrixCannotBeMadeSecureHere) {
  regs0.write(Value<Regs::Spselr>{0}, 0);
  EXPECT_TRUE(regs0.read<Regs::Spselr>(0).bits >> 25 & 1);
  EXPECT_TRUE(heard.empty());
}

TEST_F(MatrixTest, SlaveSecurityIsKeptAndProtected) {
  regs0.write(Value<Regs::Ssr>{0x00ff'0fff}, 3);
  regs0.write(Value<Regs::Srtsr>{0x8}, 3);
  regs0.write(Regs::Wpmr::kKey(Regs::Wpmr::kPassword) | Regs::Wpmr::kEnable(true));
  regs0.write(Value<Regs::Ssr>{0}, 3);
  EXPECT_EQ(regs0.read<Regs::Ssr>(3).bits, 0x00ff'0fffu);
  EXPECT_EQ(regs0.read<Regs::Srtsr>(3).bits, 0x8u);
  EXPECT_EQ(regs0.take<Regs::Wpsr>().bits, 1u | 0x20cu << 8);
}

}  // namespace
}  // namespace drivers::matrix
