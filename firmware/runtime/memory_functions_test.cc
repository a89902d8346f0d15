#include "firmware/runtime/memory_functions.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace runtime {
namespace {

std::vector<uint8_t> pattern(size_t size) {
  std::vector<uint8_t> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(i * 7 + 1);
  return bytes;
}

// Every alignment of both sides and every length through the block sizes, against the host's own.
TEST(MemoryFunctions, CopyAgreesWithLibcAtEveryAlignmentAndLength) {
  const auto source = pattern(64);
  for (size_t from = 0; from < 8; ++from)
    for (size_t to = 0; to < 8; ++to)
      for (size_t count = 0; count <= 48; ++count) {
        std::vector<uint8_t> ours(64, 0xee), theirs(64, 0xee);
        copy_bytes(ours.data() + to, source.data() + from, count);
        std::memcpy(theirs.data() + to, source.data() + from, count);
        ASSERT_EQ(ours, theirs) << from << " " << to << " " << count;
      }
}

TEST(MemoryFunctions, MoveAgreesWithLibcAtEveryOverlap) {
  for (size_t from = 0; from < 24; ++from)
    for (size_t to = 0; to < 24; ++to)
      for (size_t count = 0; count <= 40; ++count) {
        auto ours = pattern(64), theirs = pattern(64);
        move_bytes(ours.data() + to, ours.data() + from, count);
        std::memmove(theirs.data() + to, theirs.data() + from, count);
        ASSERT_EQ(ours, theirs) << from << " " << to << " " << count;
      }
}

TEST(MemoryFunctions, SetTouchesNothingBeside) {
  for (size_t to = 0; to < 8; ++to)
    for (size_t count = 0; count <= 24; ++count) {
      std::vector<uint8_t> ours(40, 0x11), theirs(40, 0x11);
      set_bytes(ours.data() + to, 0x1a5, count);
      std::memset(theirs.data() + to, 0x1a5, count);
      ASSERT_EQ(ours, theirs);
    }
}

TEST(MemoryFunctions, CompareIsUnsignedAndStopsAtTheEnd) {
  const uint8_t a[] = {1, 2, 0x80, 9}, b[] = {1, 2, 0x7f, 9};
  EXPECT_GT(compare_bytes(a, b, 4), 0);
  EXPECT_LT(compare_bytes(b, a, 3), 0);
  EXPECT_EQ(compare_bytes(a, b, 2), 0);
  EXPECT_EQ(compare_bytes(a, b, 0), 0);
}

}  // namespace
}  // namespace runtime
