#include "firmware/runtime/dma.h"

#include <gtest/gtest.h>

namespace runtime {
namespace {

struct DmaTest : testing::Test {
  DmaTest() { dma_machine() = {.grant = 4096}; }
  uint32_t device_reads(size_t index) const {
    uint32_t value;
    std::memcpy(&value, dma_machine().memory.data() + 4 * index, 4);
    return value;
  }
  void device_writes(size_t index, uint32_t value) {
    std::memcpy(dma_machine().memory.data() + 4 * index, &value, 4);
  }
};

TEST_F(DmaTest, TheDeviceReadsWhatTheProgramWroteBeforeItsTurn) {
  auto buffer = DmaBuffer<uint32_t>::create(100);
  ASSERT_TRUE(buffer);
  buffer->items()[99] = 7;
  EXPECT_EQ(device_reads(99), 0u);
  auto turn = buffer->hand_over(Flow::kToDevice);
  EXPECT_EQ(turn.physical(), DmaMachine::kPhysical);
  EXPECT_EQ(device_reads(99), 7u);
}

TEST_F(DmaTest, TheProgramReadsWhatTheDeviceWroteAfterItsTurn) {
  auto buffer = DmaBuffer<uint32_t>::create(100);
  ASSERT_TRUE(buffer);
  buffer->items()[0] = 1;
  {
    auto turn = buffer->hand_over(Flow::kFromDevice);
    auto moved = std::move(turn);
    device_writes(5, 9);
  }
  EXPECT_EQ(buffer->items()[5], 9u);
  EXPECT_EQ(buffer->items()[0], 1u);
}

TEST_F(DmaTest, WhatTheManifestDoesNotGrantIsRefused) {
  EXPECT_EQ(DmaBuffer<uint32_t>::create(1025).error().code(), base::Code::kDenied);
  EXPECT_EQ(DmaBuffer<uint32_t>::create(0).error().code(), base::Code::kInvalid);
  EXPECT_EQ(DmaBuffer<uint32_t>::create(size_t{1} << 62).error().code(), base::Code::kInvalid);
}

TEST_F(DmaTest, TouchingItInTheDevicesTurnTraps) {
  auto buffer = DmaBuffer<uint32_t>::create(100);
  auto turn = buffer->hand_over(Flow::kToDevice);
  EXPECT_DEATH((void)buffer->items(), "");
  EXPECT_DEATH((void)buffer->hand_over(Flow::kToDevice), "");
}

}  // namespace
}  // namespace runtime
