// Pages that are lent, given back and given away; and what happens when either side dies meanwhile.
#include <gtest/gtest.h>

#include <vector>

#include "kernel/test/world.h"

namespace kernel::test {
namespace {
using abi::Info;
using abi::Kind;
using abi::kPageSize;
using abi::Syscall;

constexpr uint32_t kRead = Info::make(Kind::kLend, 1).bits;
constexpr uint32_t kWrite = Info::make(Kind::kLendMut, 1).bits;
constexpr uint32_t kGive = Info::make(Kind::kMove, 1).bits;
constexpr uint32_t kPage = kData + 2 * kPageSize;

class Loans : public testing::Test {
 protected:
  static constexpr uint32_t kQuota = (kMoveSlots + 10) * kPageSize;
  ~Loans() override { EXPECT_EQ(audit(world), ""); }
  World world{{{.name = "client", .grants = {may_connect(0, 0b10)}},
               {.name = "server", .grants = {may_serve(0), may_connect(1, 0b10)}, .quota = kQuota},
               {.name = "second", .grants = {may_connect(0, 0b10), may_serve(1)}}}};
  Thread& client = world.thread(0);
  Thread& server = world.thread(1);
  uint32_t port = 0;
  uint32_t connection = world.connect(0, 1, 0, &port);
  uint8_t pid = client.process->pid;

  uint32_t lend(uint32_t info, uint32_t address = kPage, uint32_t bytes = kPageSize) {
    return world.call(client, Syscall::kCall, {connection, info, address, bytes});
  }
  void wait_for_loan(uint32_t info, uint32_t address = kPage, uint32_t bytes = kPageSize) {
    world.call(server, Syscall::kReceive, {port});
    ASSERT_EQ(lend(info, address, bytes), World::kBlocked);
    ASSERT_EQ(world.running(), &server);
  }
  uint32_t arrival() const { return server.context.r[2]; }
  uint32_t token() const { return server.context.r[11]; }
};

TEST_F(Loans, MutableLoanLeavesTheLenderAndComesBackChanged) {
  wait_for_loan(kWrite);
  EXPECT_EQ(server.context.r[3], kPageSize);
  EXPECT_EQ(world.memory(client, kPage), nullptr);
  std::byte* page = world.memory(server, arrival());
  ASSERT_NE(page, nullptr);
  page[7] = std::byte{42};
  const uint32_t there = arrival();
  EXPECT_EQ(world.call(server, Syscall::kReplyReceive, {token()}), World::kBlocked);
  EXPECT_EQ(world.memory(server, there), nullptr);
  ASSERT_NE(world.memory(client, kPage), nullptr);
  EXPECT_EQ(world.memory(client, kPage)[7], std::byte{42});
  EXPECT_EQ(arch::page_get(pid, kPage).access, arch::Access::kReadWrite);
}

TEST_F(Loans, LoanForReadingIsReadOnlyOnBothSidesUntilItEnds) {
  wait_for_loan(kRead);
  EXPECT_EQ(arch::page_get(server.process->pid, arrival()).access, arch::Access::kRead);
  EXPECT_EQ(arch::page_get(pid, kPage).access, arch::Access::kRead);
  world.call(server, Syscall::kReply, {token()});
  EXPECT_EQ(arch::page_get(pid, kPage).access, arch::Access::kReadWrite);
}

TEST_F(Loans, ConstantsMayBeLentForReadingOnly) {
  wait_for_loan(kRead, kConstants);
  world.call(server, Syscall::kReply, {token()});
  EXPECT_EQ(arch::page_get(pid, kConstants).access, arch::Access::kRead);
  lend(kWrite, kConstants);
  EXPECT_FALSE(world.kernel.processes[pid].alive);
}

TEST_F(Loans, RangeOfAnyLengthTravelsInWholePages) {
  wait_for_loan(kWrite, kData, 3 * kPageSize + 1);
  EXPECT_EQ(server.context.r[3], 3 * kPageSize + 1);
  for (uint32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(world.memory(client, kData + i * kPageSize), nullptr);
    EXPECT_NE(world.memory(server, arrival() + i * kPageSize), nullptr);
  }
  EXPECT_EQ(world.memory(server, arrival() + 4 * kPageSize), nullptr);
  EXPECT_NE(world.memory(client, kData + 4 * kPageSize), nullptr);
}

TEST_F(Loans, TooMuchOrNothingIsRefusedAndChangesNothing) {
  world.call(server, Syscall::kReceive, {port});
  EXPECT_EQ(code_of(lend(kWrite, kData, abi::kMaxLendPages * kPageSize + 1)), kInvalid);
  EXPECT_EQ(code_of(lend(kWrite, kData, 0)), kInvalid);
  EXPECT_NE(world.memory(client, kData), nullptr);
}

class BadRanges : public Loans,
                  public testing::WithParamInterface<std::pair<uint32_t, uint32_t>> {};

TEST_P(BadRanges, KillTheLenderAlone) {
  world.call(server, Syscall::kReceive, {port});
  lend(kRead, GetParam().first, GetParam().second);
  EXPECT_FALSE(world.kernel.processes[pid].alive);
  EXPECT_TRUE(server.process->alive);
  EXPECT_EQ(server.state, ThreadState::kReceiving);
}
INSTANTIATE_TEST_SUITE_P(
    All, BadRanges,
    testing::Values(std::pair{kData + 1, 16u}, std::pair{kData + 4, 4096u},  // unaligned
                    std::pair{0u, 4096u},                                    // never mapped
                    std::pair{kData + (kDataPages - 1) * kPageSize, 8192u},  // runs off the end
                    std::pair{abi::kUserEnd, 4096u},
                    std::pair{0xc000'1000u, 4096u},  // the kernel's
                    std::pair{0xffff'f000u, 8192u},  // wraps round
                    std::pair{abi::kLoanBase, 4096u}, std::pair{abi::kStackTop, 4096u}));

TEST_F(Loans, PageOnLoanCannotBeLentAgain) {
  wait_for_loan(kWrite);
  world.call(server, Syscall::kReceive, {port});  // the server keeps it
  Process& process = world.process(0);
  Thread* second = world.kernel.new_thread(process, kCode, kData, 0, 8);
  world.call(*second, Syscall::kCall, {connection, kWrite, kPage, kPageSize});
  EXPECT_FALSE(process.alive);
}

TEST_F(Loans, WhatIsBorrowedCannotBeLentOn) {
  wait_for_loan(kRead);
  ASSERT_EQ(world.call(world.thread(2), Syscall::kServe, {1}), 0u);
  ASSERT_EQ(world.call(server, Syscall::kConnect, {1}), 0u);
  const uint32_t borrowed = loan_address(*server.process, client.token & kTokenIndex);
  ASSERT_NE(world.memory(server, borrowed), nullptr);
  world.call(server, Syscall::kCall, {server.context.r[1], kRead, borrowed, kPageSize});
  EXPECT_FALSE(world.kernel.processes[2].alive);
  EXPECT_EQ(code_of(client.context.r[0]), kNotFound);
}

TEST_F(Loans, UnmappingALentPageIsRefused) {
  world.call(client, Syscall::kMap, {0, kPageSize});
  const uint32_t page = client.context.r[1];
  wait_for_loan(kRead, page);
  Thread* second = world.kernel.new_thread(world.process(0), kCode, kData, 0, 8);
  EXPECT_EQ(code_of(world.call(*second, Syscall::kUnmap, {page, kPageSize})), kBusy);
  world.call(server, Syscall::kReply, {token()});
  EXPECT_EQ(world.call(*second, Syscall::kUnmap, {page, kPageSize}), 0u);
}

TEST(LoansOfTheDead, EndWhenTheServerDies) {
  for (const uint32_t info : {kRead, kWrite}) {
    World fresh({{.name = "client", .grants = {may_connect(0, 0b10)}},
                 {.name = "server", .grants = {may_serve(0)}}});
    uint32_t handle = 0;
    const uint32_t to = fresh.connect(0, 1, 0, &handle);
    fresh.call(fresh.thread(1), Syscall::kReceive, {handle});
    fresh.call(fresh.thread(0), Syscall::kCall, {to, info, kPage, kPageSize});
    fresh.fault(fresh.thread(1));
    EXPECT_EQ(code_of(fresh.thread(0).context.r[0]), kNotFound);
    EXPECT_EQ(fresh.thread(0).state, ThreadState::kRunnable);
    EXPECT_EQ(arch::page_get(1, kPage).access, arch::Access::kReadWrite);
    EXPECT_NE(fresh.memory(fresh.thread(0), kPage), nullptr);
    EXPECT_EQ(audit(fresh), "");
  }
}

TEST(LoansOfTheDead, OutliveTheLenderUntilTheServerAnswers) {
  for (const uint32_t info : {kRead, kWrite}) {
    World fresh({{.name = "client", .grants = {may_connect(0, 0b10)}},
                 {.name = "server", .grants = {may_serve(0)}}});
    const uint32_t free_at_first = fresh.kernel.unpromised;
    uint32_t handle = 0;
    const uint32_t to = fresh.connect(0, 1, 0, &handle);
    Thread& borrower = fresh.thread(1);
    Process& lender = fresh.process(0);
    const uint32_t held = lender.pages;
    Thread* second = fresh.kernel.new_thread(lender, kCode, kData, 0, 8);
    fresh.call(borrower, Syscall::kReceive, {handle});
    fresh.call(fresh.thread(0), Syscall::kCall, {to, info, kPage, kPageSize});
    fresh.fault(*second);
    EXPECT_FALSE(lender.alive);
    EXPECT_NE(fresh.memory(borrower, borrower.context.r[2]), nullptr);
    EXPECT_EQ(fresh.kernel.unpromised, free_at_first + held - 1);
    EXPECT_EQ(audit(fresh), "");
    const uint32_t there = borrower.context.r[2];
    const uint32_t token = borrower.context.r[11];
    EXPECT_EQ(code_of(fresh.call(borrower, Syscall::kReply, {token})), kNotFound);
    EXPECT_EQ(fresh.memory(borrower, there), nullptr);
    EXPECT_EQ(fresh.kernel.unpromised, free_at_first + held);
    EXPECT_EQ(audit(fresh), "");
  }
}

TEST_F(Loans, EndAtOnceWhenTheLenderDiesUnheard) {
  lend(kWrite);  // queued: the server has not looked
  Thread* second = world.kernel.new_thread(world.process(0), kCode, kData, 0, 8);
  world.fault(*second);
  EXPECT_EQ(world.call(server, Syscall::kTryReceive, {port}) & 0xff, kBusy);
  EXPECT_EQ(world.memory(server, loan_address(*server.process, client.token & kTokenIndex)),
            nullptr);
}

TEST_F(Loans, TwoReadersOfOnePageBothEndBeforeItIsWritableAgain) {
  Thread* second = world.kernel.new_thread(world.process(0), kCode, kData, 0, 8);
  lend(kRead);
  world.call(*second, Syscall::kCall, {connection, kRead, kPage, kPageSize});
  world.call(server, Syscall::kReceive, {port});
  world.call(server, Syscall::kReply, {token()});
  EXPECT_EQ(arch::page_get(pid, kPage).access, arch::Access::kRead);
  world.call(server, Syscall::kReceive, {port});
  world.call(server, Syscall::kReply, {token()});
  EXPECT_EQ(arch::page_get(pid, kPage).access, arch::Access::kReadWrite);
}

TEST_F(Loans, ServerWithoutRoomForATableIsRefusedCleanly) {
  world.machine.tables_left = 0;
  EXPECT_EQ(code_of(lend(kWrite)), kNoMemory);
  EXPECT_NE(world.memory(client, kPage), nullptr);
}

TEST_F(Loans, AMoveLooksForRoomAFewSlotsAtATimeAndFindsTheLast) {
  Process& receiver = *server.process;
  world.call(client, Syscall::kMap, {0, kPageSize});
  const uint32_t page = client.context.r[1];
  // All slots but one are taken.
  receiver.move_cursor = 5;
  const uint32_t last = kMoveBase + 4 * kLoanStride;
  const uint32_t frame = arch::page_get(receiver.pid, kConstants).physical;
  for (uint32_t slot = kMoveBase; slot != kMoveEnd; slot += kLoanStride) {
    if (slot == last) continue;
    ASSERT_TRUE(arch::page_set(receiver.pid, slot, {frame, arch::Access::kRead, false, true}));
  }
  const std::vector<uint32_t> arguments{connection, kGive, page, kPageSize, 0, 0, 0, 0, 0, 0};
  world.make_run(client);
  const uint32_t pc = client.context.pc;
  world.enter(client, Syscall::kSend, arguments);
  unsigned pieces = 1;
  for (; client.context.pc == pc; ++pieces) world.enter(client, Syscall::kSend, arguments);
  EXPECT_EQ(client.context.r[0], 0u);
  EXPECT_EQ(client.progress, 0u);
  EXPECT_EQ(pieces, kMoveSlots / kSlotsPerPiece);
  EXPECT_NE(world.memory(server, last), nullptr);
  // And now there is none.
  world.call(client, Syscall::kMap, {0, kPageSize});
  EXPECT_EQ(code_of(world.call(client, Syscall::kSend,
                               {connection, kGive, client.context.r[1], kPageSize})),
            kNoMemory);
  EXPECT_EQ(client.progress, 0u);
  EXPECT_EQ(world.call(client, Syscall::kMap, {0, kPageSize}), 0u);
}

TEST_F(Loans, MovedPagesBelongToTheReceiverForGood) {
  world.call(client, Syscall::kMap, {0, 2 * kPageSize});
  const uint32_t pages = client.context.r[1];
  world.memory(client, pages)[5] = std::byte{9};
  const uint32_t before = world.process(1).pages;
  EXPECT_EQ(world.call(client, Syscall::kSend, {connection, kGive, pages, 2 * kPageSize}), 0u);
  EXPECT_EQ(world.memory(client, pages), nullptr);
  EXPECT_EQ(world.call(server, Syscall::kReceive, {port}), 0u);
  EXPECT_EQ(world.process(1).pages, before + 2);
  EXPECT_EQ(world.memory(server, arrival())[5], std::byte{9});
  EXPECT_EQ(world.call(server, Syscall::kUnmap, {arrival(), 2 * kPageSize}), 0u);
  EXPECT_EQ(world.process(1).pages, before);
}

TEST_F(Loans, TooMuchOrNothingIsNotMoved) {
  world.call(client, Syscall::kMap, {0, 17 * kPageSize});
  const uint32_t pages = client.context.r[1];
  const auto give = [&](uint32_t bytes) {
    return code_of(world.call(client, Syscall::kSend, {connection, kGive, pages, bytes}));
  };
  EXPECT_EQ(give(0), kInvalid);
  EXPECT_EQ(give(abi::kMaxLendPages * kPageSize + 1), kInvalid);
  EXPECT_NE(world.memory(client, pages), nullptr);
  EXPECT_EQ(give(abi::kMaxLendPages * kPageSize), 0u);
}

TEST_F(Loans, MovesEndWhenTheReceiverHasNoPlaceLeftAndGoOnWhenItHas) {
  const auto give = [&] {
    EXPECT_EQ(world.call(client, Syscall::kMap, {0, kPageSize}), 0u);
    const uint32_t result =
        world.call(client, Syscall::kSend, {connection, kGive, client.context.r[1], kPageSize});
    if (result == 0) EXPECT_EQ(world.call(server, Syscall::kReceive, {port}), 0u);
    return code_of(result);
  };
  uint32_t first = 0;
  for (unsigned i = 0; i < kMoveSlots; ++i) {
    ASSERT_EQ(give(), 0u) << i;
    if (i == 0) first = arrival();
  }
  EXPECT_EQ(give(), kNoMemory);
  EXPECT_EQ(world.call(server, Syscall::kUnmap, {first, kPageSize}), 0u);
  EXPECT_EQ(give(), 0u);
  EXPECT_EQ(arrival(), first);
}

}  // namespace
}  // namespace kernel::test
