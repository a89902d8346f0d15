#include "firmware/runtime/tls.h"

#include <gtest/gtest.h>

#include <array>

namespace runtime {
namespace {

TEST(Tls, ABlockIsTheAbisWordsAndTheVariablesAtTheirAlignment) {
  EXPECT_EQ(size_of_block({.size = 12, .alignment = 4}), 20u);
  EXPECT_EQ(size_of_block({.size = 12, .alignment = 8}), 20u);
  EXPECT_EQ(size_of_block({.size = 100, .alignment = 64}), 164u);
  EXPECT_EQ(size_of_block({}), 0u);
}

TEST(Tls, BlocksLieBelowTheEndOfAStackAndLeaveItAligned) {
  for (const uint32_t alignment : {1u, 4u, 8u, 16u, 64u, 256u})
    for (uint32_t size = 1; size < 300; ++size) {
      const TlsShape shape{.size = size, .alignment = alignment};
      const uintptr_t block = block_below(0x2000'8000, shape);
      EXPECT_EQ(block % std::max(alignment, 8u), 0u);
      EXPECT_LE(block + size_of_block(shape), 0x2000'8000u);
      EXPECT_GT(block + size_of_block(shape) + std::max(alignment, 8u), 0x2000'8000u);
    }
  EXPECT_EQ(block_below(0x2000'8000, {}), 0x2000'8000u);
}

TEST(Tls, ABlockBeginsAsTheTemplateWhereverTheImageLies) {
  struct {
    std::array<char, 8> variables{'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'};
    TlsShape shape{};
  } image;
  image.shape = {.from_here = -static_cast<int32_t>(sizeof image.variables),
                 .filled = 5,
                 .size = 9,
                 .alignment = 16};
  auto other = image;  // moved as a whole
  other.variables[0] = 'x';
  std::array<std::byte, 32> block{};
  fill_block(block.data(), other.shape);
  EXPECT_EQ(std::memcmp(block.data() + 16, "xbcde\0", 6), 0);
  EXPECT_EQ(std::memcmp(block.data(), "\0\0\0\0\0\0\0\0", 8), 0);
}

}  // namespace
}  // namespace runtime
