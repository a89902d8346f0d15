#include "bringup/applets/ddr.h"

#include <gtest/gtest.h>

#include <vector>

namespace bringup::applets {
namespace {

constexpr uint32_t kSize = 1 << 20;

/// Memory with something wrong on its lines.
struct Ram : base::mmio::Model {
  uint32_t load(uint32_t offset, unsigned) override {
    return ((words[wired(offset) / 4] & ~stuck_low) | stuck_high);
  }
  void store(uint32_t offset, uint32_t value, unsigned) override {
    if (!deaf) words[wired(offset) / 4] = value;
  }
  uint32_t wired(uint32_t offset) const {
    offset &= ~address_stuck_low;
    if (shorted && (offset & shorted)) offset |= shorted;  // two address lines are one
    return offset;
  }
  std::vector<uint32_t> words = std::vector<uint32_t>(kSize / 4);
  uint32_t stuck_low = 0, stuck_high = 0, address_stuck_low = 0, shorted = 0;
  bool deaf = false;
};

struct DdrTest : testing::Test {
  base::Result<void> test() { return test_memory(base::mmio::Region(ram), kSize, fault); }
  Ram ram;
  MemoryFault fault;
};

TEST_F(DdrTest, GoodMemoryPasses) {
  EXPECT_TRUE(test());
}

TEST_F(DdrTest, EveryStuckDataLineIsNoticed) {
  for (unsigned bit = 0; bit < 32; ++bit) {
    ram.stuck_low = 1u << bit;
    ram.stuck_high = 0;
    EXPECT_EQ(test().error().code(), base::Code::kDataLoss) << bit;
    EXPECT_NE((fault.wrote ^ fault.read) & 1u << bit, 0u);
    std::swap(ram.stuck_low, ram.stuck_high);
    EXPECT_EQ(test().error().code(), base::Code::kDataLoss) << bit;
  }
}

TEST_F(DdrTest, EveryOpenAddressLineIsNoticed) {
  for (uint32_t line = 4; line < kSize; line <<= 1) {
    ram.address_stuck_low = line;
    EXPECT_EQ(test().error().code(), base::Code::kDataLoss) << line;
  }
}

TEST_F(DdrTest, EveryPairOfShortedAddressLinesIsNoticed) {
  for (uint32_t a = 4; a < kSize; a <<= 1) {
    for (uint32_t b = a << 1; b < kSize; b <<= 1) {
      ram.shorted = a | b;
      EXPECT_EQ(test().error().code(), base::Code::kDataLoss) << a << " and " << b;
    }
  }
}

TEST_F(DdrTest, MemoryThatTakesNothingIsNoticed) {
  ram.deaf = true;
  EXPECT_EQ(test().error().code(), base::Code::kDataLoss);
}

}  // namespace
}  // namespace bringup::applets
