#include "firmware/runtime/allocator.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

namespace runtime {
namespace {

using Checks = Allocator::Checks;

struct AllocatorTest : testing::TestWithParam<Checks> {
  AllocatorTest() { allocator.start(arena, GetParam()); }
  std::vector<std::byte> arena = std::vector<std::byte>(64 * 1024);
  Allocator allocator;
};
INSTANTIATE_TEST_SUITE_P(Checks, AllocatorTest, testing::Values(Checks::kCheap, Checks::kFull));

TEST_P(AllocatorTest, PiecesAreApartAndAligned) {
  auto* a = static_cast<char*>(allocator.allocate(10));
  auto* b = static_cast<char*>(allocator.allocate(100, 64));
  auto* c = static_cast<char*>(allocator.allocate(4096, 4096));
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(a) % 8, 0u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(b) % 64, 0u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(c) % 4096, 0u);
  std::memset(a, 1, 10);
  std::memset(b, 2, 100);
  std::memset(c, 3, 4096);
  EXPECT_EQ(a[9], 1);
  EXPECT_EQ(b[99], 2);
  EXPECT_TRUE(allocator.consistent());
  for (void* piece : {static_cast<void*>(b), static_cast<void*>(a), static_cast<void*>(c)})
    allocator.release(piece);
  EXPECT_TRUE(allocator.consistent());
}

TEST_P(AllocatorTest, AllThatWasGivenBackCanBeGivenOutAgainInOnePiece) {
  const size_t whole = allocator.statistics().capacity;
  EXPECT_EQ(allocator.statistics().largest_free, whole);
  std::vector<void*> pieces;
  while (void* piece = allocator.allocate(200)) pieces.push_back(piece);
  EXPECT_GT(pieces.size(), 250u);
  EXPECT_EQ(allocator.statistics().refusals, 1u);
  for (size_t i = 0; i < pieces.size(); i += 2) allocator.release(pieces[i]);
  EXPECT_TRUE(allocator.consistent());
  for (size_t i = 1; i < pieces.size(); i += 2) allocator.release(pieces[i]);
  const auto after = allocator.statistics();
  EXPECT_EQ(after.used, 0u);
  EXPECT_EQ(after.pieces, 0u);
  EXPECT_EQ(after.largest_free, whole);
  EXPECT_GT(after.most_used, 200u * pieces.size());
  EXPECT_NE(allocator.allocate(whole - 8), nullptr);
}

TEST_P(AllocatorTest, WhatCannotBeGivenIsRefusedAndNothingWraps) {
  EXPECT_EQ(allocator.allocate(64 * 1024), nullptr);
  EXPECT_EQ(allocator.allocate(~size_t{0}), nullptr);
  EXPECT_EQ(allocator.allocate(~size_t{0} - 7), nullptr);
  EXPECT_EQ(allocator.allocate(Allocator::kMostBytes), nullptr);
  EXPECT_EQ(allocator.allocate(8, size_t{1} << 30), nullptr);
  EXPECT_EQ(allocator.statistics().refusals, 5u);
  void* nothing = allocator.allocate(0);
  void* other = allocator.allocate(0);
  EXPECT_TRUE(nothing && other && nothing != other);
}

TEST(Allocator, WithoutMemoryItRefuses) {
  Allocator none;
  EXPECT_EQ(none.allocate(1), nullptr);
  std::array<std::byte, 20> little;
  Allocator tiny;
  tiny.start(little, Checks::kCheap);
  EXPECT_EQ(tiny.allocate(1), nullptr);
  EXPECT_TRUE(tiny.consistent());
}

TEST(Allocator, AnArenaMayBeginAndEndAnywhere) {
  alignas(8) std::array<std::byte, 600> memory;
  for (size_t begin = 0; begin < 8; ++begin)
    for (size_t length = 64; length < 90; ++length) {
      Allocator allocator;
      allocator.start(std::span(memory).subspan(begin, length), Checks::kFull);
      void* piece = allocator.allocate(1);
      ASSERT_NE(piece, nullptr);
      EXPECT_TRUE(allocator.consistent());
      allocator.release(piece);
      EXPECT_TRUE(allocator.consistent());
    }
}

using AllocatorDeathTest = AllocatorTest;
INSTANTIATE_TEST_SUITE_P(Checks, AllocatorDeathTest,
                         testing::Values(Checks::kCheap, Checks::kFull));

TEST_P(AllocatorDeathTest, GivingBackWhatIsNotInUseTraps) {
  void* a = allocator.allocate(40);
  void* b = allocator.allocate(40);
  void* c = allocator.allocate(40);
  allocator.release(b);
  EXPECT_DEATH(allocator.release(b), "");
  allocator.release(a);
  EXPECT_DEATH(allocator.release(a), "");
  EXPECT_DEATH(allocator.release(b), "");  // inside a larger free block by now
  EXPECT_DEATH(allocator.release(static_cast<char*>(c) + 8), "");
  EXPECT_DEATH(allocator.release(static_cast<char*>(c) + 1), "");
  int local = 0;
  EXPECT_DEATH(allocator.release(&local), "");
  allocator.release(c);
  EXPECT_TRUE(allocator.consistent());
}

TEST(AllocatorFullDeathTest, AByteWrittenPastTheEndIsFoundWhenThePieceComesBack) {
  std::vector<std::byte> arena(4096);
  Allocator allocator;
  allocator.start(arena, Checks::kFull);
  for (const size_t bytes : {1, 7, 8, 9, 100}) {
    auto* piece = static_cast<unsigned char*>(allocator.allocate(bytes));
    piece[bytes] ^= 0x40;
    EXPECT_FALSE(allocator.consistent()) << bytes;
    EXPECT_DEATH(allocator.release(piece), "") << bytes;
    piece[bytes] ^= 0x40;
    allocator.release(piece);
    if (bytes > 8) EXPECT_EQ(piece[bytes - 1], 0xdd);  // lists use the first eight
  }
}

TEST(AllocatorFullDeathTest, AHeaderThatWasOverwrittenIsFoundWithCheapChecksToo) {
  std::vector<std::byte> arena(4096);
  Allocator allocator;
  allocator.start(arena, Checks::kCheap);
  auto* a = static_cast<char*>(allocator.allocate(16));
  auto* b = static_cast<char*>(allocator.allocate(16));
  std::memset(a, 0x41, 24);  // eight bytes too many
  EXPECT_DEATH(allocator.release(a), "");
  EXPECT_DEATH(allocator.release(b), "");
}

/// Random use; a piece's bytes are its own until it is given back.
TEST_P(AllocatorTest, RandomUseKeepsEveryPieceWholeAndTheListsInAgreement) {
  std::mt19937 random(7);
  struct Piece {
    unsigned char* data;
    size_t bytes;
    unsigned char fill;
  };
  std::vector<Piece> pieces;
  unsigned refused = 0;
  for (int round = 0; round < 60'000; ++round) {
    if (random() % 100 < 52) {
      const size_t bytes = random() % (1u << random() % 13);
      const size_t alignment = random() % 8 ? 8 : size_t{1} << random() % 12;
      auto* data = static_cast<unsigned char*>(allocator.allocate(bytes, alignment));
      if (data == nullptr) {
        ++refused;
        continue;
      }
      ASSERT_EQ(reinterpret_cast<uintptr_t>(data) % alignment, 0u);
      ASSERT_GE(data, reinterpret_cast<unsigned char*>(arena.data()));
      ASSERT_LE(data + bytes, reinterpret_cast<unsigned char*>(arena.data() + arena.size()));
      const auto fill = static_cast<unsigned char>(random());
      std::memset(data, fill, bytes);
      pieces.push_back({data, bytes, fill});
    } else if (!pieces.empty()) {
      const size_t i = random() % pieces.size();
      for (size_t k = 0; k < pieces[i].bytes; ++k)
        ASSERT_EQ(pieces[i].data[k], pieces[i].fill) << round;
      allocator.release(pieces[i].data);
      pieces[i] = pieces.back();
      pieces.pop_back();
    }
    if (round % 64 == 0) ASSERT_TRUE(allocator.consistent()) << round;
  }
  EXPECT_GT(refused, 100u);
  for (const Piece& piece : pieces) allocator.release(piece.data);
  EXPECT_TRUE(allocator.consistent());
  EXPECT_EQ(allocator.statistics().largest_free, allocator.statistics().capacity);
}

}  // namespace
}  // namespace runtime
