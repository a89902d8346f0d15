#include "drivers/aesb/aesb.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "base/model/bench.h"
#include "drivers/aesb/aesb_model.h"

namespace drivers::aesb {
namespace {

using base::mmio::Block;
using base::mmio::Region;

constexpr std::array<uint32_t, 4> kKey = {1, 2, 3, 4}, kVector = {5, 6, 7, 0};
using Bytes = std::array<std::byte, 64>;

struct AesbTest : testing::Test {
  base::model::ManualClock bus{164'000'000};
  AesbModel model{bus, 7};
  Block<Regs> regs{Region(model)};
  Aesb bridge{regs};

  Bytes crossed(uint32_t address, Bytes data) {
    model.cross(address, data);
    return data;
  }
};

TEST_F(AesbTest, TheWindowOpensWithTheDriversKey) {
  EXPECT_FALSE(model.open());
  bridge.protect(kKey, kVector);
  EXPECT_TRUE(model.open());
}

TEST_F(AesbTest, WhatIsWrittenIsReadBackAndIsSomethingElseBetween) {
  bridge.protect(kKey, kVector);
  const Bytes plain{std::byte{1}, std::byte{2}};
  const Bytes cipher = crossed(0x1000, plain);
  EXPECT_NE(cipher, plain);
  EXPECT_EQ(crossed(0x1000, cipher), plain);
  EXPECT_NE(crossed(0x1040, cipher), plain) << "the same bytes elsewhere mean something else";
}

TEST_F(AesbTest, IsAes128InCounterMode) {
  // NIST SP 800-38A, F.5.1, its first two blocks: the counter ends in fcfdfeff.
  std::array<uint32_t, 4> key;
  constexpr uint8_t kBytes[] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                                0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
  std::memcpy(key.data(), kBytes, sizeof kBytes);
  bridge.protect(key, std::array<uint32_t, 4>{0xf0f1f2f3, 0xf4f5f6f7, 0xf8f9fafb, 0xfcfdfeff});
  constexpr uint8_t kPlain[] = {0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e,
                                0x11, 0x73, 0x93, 0x17, 0x2a, 0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03,
                                0xac, 0x9c, 0x9e, 0xb7, 0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51};
  constexpr uint8_t kCipher[] = {0x87, 0x4d, 0x61, 0x91, 0xb6, 0x20, 0xe3, 0x26, 0x1b, 0xef, 0x68,
                                 0x64, 0x99, 0x0d, 0xb6, 0xce, 0x98, 0x06, 0xf6, 0x6b, 0x79, 0x70,
                                 0xfd, 0xff, 0x86, 0x17, 0x18, 0x7b, 0xb9, 0xff, 0xfd, 0xff};
  std::array<std::byte, sizeof kPlain> data;
  std::memcpy(data.data(), kPlain, sizeof kPlain);
  model.cross(0, data);
  EXPECT_EQ(std::memcmp(data.data(), kCipher, sizeof kCipher), 0);
}

TEST_F(AesbTest, AKeyThatWasNeverWrittenGivesNothingBack) {
  regs.write(Regs::Mr::kBridge(true) | Regs::Mr::kMode(Regs::Mr::kCounter) |
             Regs::Mr::kKey(Regs::Mr::kPassword));
  ASSERT_TRUE(model.open());
  const Bytes plain{std::byte{1}};
  EXPECT_NE(crossed(0, crossed(0, plain)), plain);
}

TEST_F(AesbTest, ModeNeedsItsPasswordOnce) {
  const auto open = Regs::Mr::kBridge(true) | Regs::Mr::kMode(Regs::Mr::kCounter);
  regs.write(open);
  EXPECT_FALSE(model.open());
  regs.write(open | Regs::Mr::kKey(Regs::Mr::kPassword));
  EXPECT_TRUE(model.open());
  regs.write(Regs::Mr::kBridge(false) | Regs::Mr::kKey(0));
  EXPECT_FALSE(model.open());
}

TEST_F(AesbTest, TheKeyCannotBeRead) {
  bridge.protect(kKey, kVector);
  for (uint32_t offset = 0x20; offset < 0x70; offset += 4) EXPECT_EQ(model.load(offset, 4), 0u);
  EXPECT_EQ(model.load(Regs::Mr::kOffset, 4) >> 20, 0u);
}

TEST_F(AesbTest, MemoryIsToldBeforeTheKeyChanges) {
  bridge.protect(kKey, kVector);
  const Bytes plain{std::byte{9}};
  Bytes data = crossed(0, plain);
  unsigned told = 0;
  model.before_change = [&] {
    if (told++ == 0) model.cross(0, data);  // with the old key
  };
  bridge.protect(std::array<uint32_t, 4>{8, 8, 8, 8}, kVector);
  EXPECT_GT(told, 0u);
  EXPECT_EQ(data, plain);
}

TEST_F(AesbTest, WithoutItsClockNothingIsWritten) {
  bus.set(0);
  bridge.protect(kKey, kVector);
  EXPECT_FALSE(model.open());
}

}  // namespace
}  // namespace drivers::aesb
