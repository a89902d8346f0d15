#include "firmware/boot/mbr.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace firmware::boot {
namespace {

using Block = std::array<std::byte, kBlockSize>;

void put_entry(Block& block, unsigned index, uint8_t type, uint32_t first, uint32_t count) {
  std::byte* entry = block.data() + 446 + 16 * index;
  entry[4] = std::byte{type};
  for (unsigned i = 0; i < 4; ++i) {
    entry[8 + i] = std::byte(first >> 8 * i);
    entry[12 + i] = std::byte(count >> 8 * i);
  }
}

Block disk() {
  Block block{};
  block[510] = std::byte{0x55};
  block[511] = std::byte{0xaa};
  put_entry(block, 0, kFat12Type, 128, 1920);
  put_entry(block, 1, kSystemType, 2048, 6144);
  return block;
}

TEST(Mbr, FindsThePartitionOfAType) {
  const auto found = find_partition(disk(), kSystemType, 8192);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->first_block, 2048u);
  EXPECT_EQ(found->bytes(), 3u << 20);
}

TEST(Mbr, MissingPartitionOrSignatureIsNotFound) {
  EXPECT_FALSE(find_partition(disk(), 0x83, 8192));
  Block block = disk();
  block[511] = std::byte{0};
  EXPECT_FALSE(find_partition(block, kSystemType, 8192));
}

TEST(Mbr, PartitionThatLeavesTheCardOrHoldsTheMbrIsNotFound) {
  EXPECT_FALSE(find_partition(disk(), kSystemType, 8191));
  Block block = disk();
  put_entry(block, 1, kSystemType, 0xffff'ffff, 0xffff'ffff);
  EXPECT_FALSE(find_partition(block, kSystemType, 8192));
  put_entry(block, 1, kSystemType, 0, 100);
  EXPECT_FALSE(find_partition(block, kSystemType, 8192));
  put_entry(block, 1, kSystemType, 100, 0);
  EXPECT_FALSE(find_partition(block, kSystemType, 8192));
}

TEST(MbrFuzz, WhateverTheBlockSaysThePartitionFoundIsOnTheCard) {
  std::mt19937 random(1);
  unsigned found_count = 0;
  for (int round = 0; round < 100'000; ++round) {
    Block block;
    for (std::byte& byte : block) byte = std::byte(random());
    block[510] = std::byte{0x55};
    block[511] = std::byte{0xaa};
    put_entry(block, random() % 4, kSystemType, random() % 20000, random() % 20000);
    const uint64_t card = random() % 20000;
    const auto found = find_partition(block, kSystemType, card);
    if (!found) continue;
    ++found_count;
    ASSERT_GT(found->first_block, 0u);
    ASSERT_LE(uint64_t{found->first_block} + found->block_count, card);
  }
  EXPECT_GT(found_count, 1000u);
}

}  // namespace
}  // namespace firmware::boot
