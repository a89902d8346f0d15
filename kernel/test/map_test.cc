// kMap, kUnmap and kMapDevice: where they find room, what they do in pieces, and that one that
// cannot be finished leaves nothing.
#include <gtest/gtest.h>

#include "kernel/test/world.h"

namespace kernel::test {
namespace {
using abi::kPageSize;
using abi::Syscall;

constexpr uint32_t kMegabyte = 0x10'0000;
constexpr uint32_t kDevice = 0xf800'0000, kDeviceBytes = 40 * kPageSize;

class Map : public testing::Test {
 protected:
  ~Map() override { EXPECT_EQ(audit(world), ""); }
  World world{{{.name = "user",
                .grants = {{.kind = abi::GrantKind::kDevice, .a = kDevice, .b = kDeviceBytes}},
                .quota = 700 * kPageSize},
               {.name = "other"}},
              4,
              2048};
  Thread& user = world.thread(0);
  Thread& second = *world.kernel.new_thread(*user.process, kCode, kData, 0, 8);
  const uint32_t heap = user.process->layout.heap;

  uint32_t map(uint32_t address, uint32_t pages) {
    return world.call(user, Syscall::kMap, {address, pages * kPageSize});
  }
  uint32_t mapped() const { return user.context.r[1]; }
  /// One entry of a call that may want more of them. True: it does.
  bool piece(Thread& thread, Syscall number, std::vector<uint32_t> registers) {
    registers.resize(10);
    const uint32_t pc = thread.context.pc;
    world.make_run(thread);
    world.enter(thread, number, registers);
    return thread.context.pc == pc;
  }
  bool next_piece(Thread& thread, Syscall number) {
    return piece(thread, number, {thread.context.r.begin(), thread.context.r.begin() + 10});
  }
};

TEST_F(Map, FindsTheOneHoleThatIsLargeEnough) {
  // All of the heap up to here is full of small holes.
  for (uint32_t i = 0; i < 100; ++i) ASSERT_EQ(map(heap + 2 * i * kPageSize, 1), 0u);
  user.process->heap_cursor = heap;
  ASSERT_EQ(map(0, 2), 0u);
  EXPECT_EQ(mapped(), heap + 199 * kPageSize);
}

TEST_F(Map, BeginsAgainAtTheBeginningWhenTheEndIsReached) {
  user.process->heap_cursor = abi::kHeapEnd - kPageSize;
  ASSERT_EQ(map(abi::kHeapEnd - kPageSize, 1), 0u);
  ASSERT_EQ(map(heap, 3), 0u);
  user.process->heap_cursor = abi::kHeapEnd - 2 * kPageSize;
  ASSERT_EQ(map(0, 2), 0u);
  EXPECT_EQ(mapped(), heap + 3 * kPageSize);
}

TEST_F(Map, WithoutAnyHoleThatIsLargeEnoughIsRefused) {
  // No hole is as long as what is asked for.
  for (uint32_t at = heap; at < abi::kHeapEnd; at += 16 * kMegabyte)
    ASSERT_EQ(map(at + 8 * kMegabyte, 1), 0u);
  const uint32_t pages = user.process->pages, unpromised = world.kernel.unpromised;
  const uint32_t limit = user.process->pages_limit;
  user.process->pages_limit = world.kernel.unpromised = 8192;  // as if there were enough
  EXPECT_EQ(code_of(map(0, 16 * kMegabyte / kPageSize)), kNoMemory);
  EXPECT_EQ(world.kernel.unpromised, 8192u);
  EXPECT_EQ(user.process->pages, pages);
  world.kernel.unpromised = unpromised;
  user.process->pages_limit = limit;
}

TEST_F(Map, WhatTheQuotaDoesNotAllowIsRefusedWithoutALook) {
  for (uint32_t i = 0; i < 40; ++i) ASSERT_EQ(map(heap + i * kMegabyte, 1), 0u);
  EXPECT_FALSE(piece(user, Syscall::kMap, {0, 701 * kPageSize}));
  EXPECT_EQ(code_of(user.context.r[0]), kNoMemory);
}

TEST_F(Map, LooksAtABoundedNumberOfEntriesAtATime) {
  // Tables that are empty but for their last entries: nothing can be skipped.
  for (uint32_t i = 1; i <= 8; ++i) ASSERT_EQ(map(heap + i * kMegabyte - kPageSize, 1), 0u);
  user.process->heap_cursor = heap;
  unsigned pieces = 1;
  bool more = piece(user, Syscall::kMap, {0, 300 * kPageSize});
  for (; more && user.progress >> 28 == 1; ++pieces) more = next_piece(user, Syscall::kMap);
  EXPECT_GE(pieces, 8 * 256 / kEntriesPerPiece);
  while (more) more = next_piece(user, Syscall::kMap);
  EXPECT_EQ(user.context.r[0], 0u);
  EXPECT_EQ(mapped(), heap + 8 * kMegabyte);
}

TEST_F(Map, WithoutATableGivesBackWhatItHas) {
  // All tables but one, then a range that needs two.
  const uint32_t code = user.process->pages;
  uint32_t megabyte = 0;
  while (map(heap + 2 * megabyte * kMegabyte, 1) == 0) ++megabyte;
  ASSERT_EQ(code_of(user.context.r[0]), kNoMemory);
  const uint32_t last = heap + 2 * (megabyte - 1) * kMegabyte;
  ASSERT_EQ(code_of(map(last + kMegabyte - 6 * kPageSize, 12)), kNoMemory);
  EXPECT_EQ(user.process->pages, code + megabyte);
  EXPECT_EQ(arch::page_next(user.process->pid, last + kPageSize, last + 2 * kMegabyte),
            last + 2 * kMegabyte);
}

TEST_F(Map, AnywhereLooksOnWhenAnotherThreadIsQuicker) {
  ASSERT_TRUE(piece(user, Syscall::kMap, {0, 12 * kPageSize}));
  ASSERT_EQ(user.progress >> 28, 2u);
  ASSERT_EQ(world.call(second, Syscall::kMap, {heap + 8 * kPageSize, kPageSize}), 0u);
  while (next_piece(user, Syscall::kMap)) {
  }
  EXPECT_EQ(user.context.r[0], 0u);
  EXPECT_EQ(mapped(), heap + 9 * kPageSize);
  EXPECT_EQ(arch::page_next(user.process->pid, heap, abi::kHeapEnd), heap + 8 * kPageSize);
}

TEST_F(Map, AtAnAddressIsBusyWhenAnotherThreadIsQuicker) {
  ASSERT_TRUE(piece(user, Syscall::kMap, {heap, 12 * kPageSize}));
  ASSERT_EQ(world.call(second, Syscall::kMap, {heap + 8 * kPageSize, kPageSize}), 0u);
  while (next_piece(user, Syscall::kMap)) {
  }
  EXPECT_EQ(code_of(user.context.r[0]), kBusy);
  EXPECT_EQ(arch::page_next(user.process->pid, heap, abi::kHeapEnd), heap + 8 * kPageSize);
}

TEST_F(Map, TakenBackPagesThatAnotherThreadLentStay) {
  ASSERT_TRUE(piece(user, Syscall::kMap, {heap, 12 * kPageSize}));
  Frame& frame =
      *world.kernel.frame_of(arch::page_get(user.process->pid, heap + kPageSize).physical);
  frame.loans = 1;
  ASSERT_EQ(world.call(second, Syscall::kMap, {heap + 8 * kPageSize, kPageSize}), 0u);
  while (next_piece(user, Syscall::kMap)) {
  }
  frame.loans = 0;
  EXPECT_TRUE(arch::page_get(user.process->pid, heap + kPageSize).present());
  EXPECT_FALSE(arch::page_get(user.process->pid, heap).present());
}

TEST_F(Map, UnmappedGivesItsTablesBackSoThatAProcessCanGoOnForEver) {
  const unsigned tables = world.machine.tables_left;
  for (uint32_t i = 0; i < 3 * kPageTablesPerProcess; ++i) {
    const uint32_t at = heap + i * kMegabyte - (i != 0 ? 3 * kPageSize : 0);  // over the edge
    ASSERT_EQ(map(at, 20), 0u);
    ASSERT_EQ(world.call(user, Syscall::kUnmap, {at, 20 * kPageSize}), 0u);
  }
  EXPECT_EQ(world.machine.tables_left, tables);
}

TEST_F(Map, UnmappedKeepsATableThatIsNotEmpty) {
  ASSERT_EQ(map(heap, 10), 0u);
  ASSERT_EQ(world.call(user, Syscall::kUnmap, {heap, 9 * kPageSize}), 0u);
  EXPECT_TRUE(arch::page_get(user.process->pid, heap + 9 * kPageSize).present());
  EXPECT_TRUE(arch::table_exists(user.process->pid, heap));
}

TEST_F(Map, OfADeviceIsDoneInPiecesAndOnce) {
  unsigned pieces = 1;
  while (pieces == 1 ? piece(user, Syscall::kMapDevice, {kDevice, kDeviceBytes})
                     : next_piece(user, Syscall::kMapDevice))
    ++pieces;
  EXPECT_EQ(pieces, kDeviceBytes / kPageSize / kUnmapsPerPiece);
  const uint32_t base = mapped();
  for (uint32_t offset = 0; offset < kDeviceBytes; offset += kPageSize) {
    const arch::Page page = arch::page_get(user.process->pid, base + offset);
    EXPECT_EQ(page.physical, kDevice + offset);
    EXPECT_EQ(page.access, arch::Access::kDevice);
  }
  EXPECT_FALSE(arch::page_get(user.process->pid, base + kDeviceBytes).present());
  ASSERT_EQ(world.call(second, Syscall::kMapDevice, {kDevice, kDeviceBytes}), 0u);
  EXPECT_EQ(second.context.r[1], base);
}

TEST_F(Map, OfADeviceByTwoThreadsAtOnceIsWholeForBoth) {
  ASSERT_TRUE(piece(user, Syscall::kMapDevice, {kDevice, kDeviceBytes}));
  ASSERT_EQ(world.call(second, Syscall::kMapDevice, {kDevice, kDeviceBytes}), 0u);
  const uint32_t base = second.context.r[1];
  EXPECT_TRUE(arch::page_get(user.process->pid, base + kDeviceBytes - kPageSize).present());
  while (next_piece(user, Syscall::kMapDevice)) {
  }
  EXPECT_EQ(mapped(), base);
}

}  // namespace
}  // namespace kernel::test
