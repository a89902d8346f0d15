// Calls and receives that do not wait for ever, and what a server keeps of a call that has ended.
#include <gtest/gtest.h>

#include "kernel/test/world.h"

namespace kernel::test {
namespace {
using abi::Info;
using abi::Kind;
using abi::kPageSize;
using abi::Syscall;

constexpr uint32_t kAsk = Info::make(Kind::kCall, 1).bits;
constexpr uint32_t kRead = Info::make(Kind::kLend, 1).bits;
constexpr uint32_t kWrite = Info::make(Kind::kLendMut, 1).bits;
constexpr uint32_t kPage = kData + 2 * kPageSize;
constexpr uint32_t kMillisecond = 1'000'000;

class TimedCall : public testing::Test {
 protected:
  ~TimedCall() override { EXPECT_EQ(audit(world), ""); }
  World world{{{.name = "client", .grants = {may_connect(0, 0b10)}},
               {.name = "server", .grants = {may_serve(0)}},
               {.name = "high", .priority = 12, .grants = {may_connect(0, 0b10)}}}};
  Thread& client = world.thread(0);
  Thread& server = world.thread(1);
  Thread& high = world.thread(2);
  uint32_t port = 0;
  uint32_t connection = world.connect(0, 1, 0, &port);

  uint32_t call(Thread& who, uint32_t info, uint32_t nanoseconds, uint32_t pages = 0,
                uint32_t to = 0) {
    return world.call(who, Syscall::kCallTimed,
                      {to ? to : connection, info, kPage, pages * kPageSize, 0, 0, 0, 0, 0, 0,
                       nanoseconds, nanoseconds == ~0u ? ~0u : 0});
  }
  void pass(uint64_t nanoseconds) {
    world.machine.pass(nanoseconds);
    world.interrupt();
  }
  uint32_t token() const { return server.context.r[11]; }
  void receive() { world.call(server, Syscall::kReceive, {port}); }
  void fill(std::byte value) {
    for (uint32_t i = 0; i < 16; ++i) world.memory(client, kPage + i * kPageSize)[3] = value;
  }
};

TEST_F(TimedCall, IsAnsweredLikeAnyOther) {
  receive();
  ASSERT_EQ(call(client, kAsk, 5 * kMillisecond), World::kBlocked);
  EXPECT_EQ(world.call(server, Syscall::kReplyReceive, {token(), 0, 42}), World::kBlocked);
  EXPECT_EQ(client.context.r[0], 0u);
  EXPECT_EQ(client.context.r[2], 42u);
  EXPECT_EQ(world.kernel.sleeping, 0u);
}

TEST_F(TimedCall, ThatNobodyReceivesNeverHappened) {
  ASSERT_EQ(call(client, kWrite, 2 * kMillisecond, 3), World::kBlocked);
  EXPECT_EQ(world.memory(client, kPage), nullptr);
  pass(2 * kMillisecond);
  EXPECT_EQ(code_of(client.context.r[0]), kTimeout);
  EXPECT_NE(world.memory(client, kPage), nullptr);
  EXPECT_EQ(code_of(world.call(server, Syscall::kTryReceive, {port})), kBusy);
  EXPECT_EQ(client.ghost.pages, 0);
}

TEST_F(TimedCall, DoesNotEndEarly) {
  receive();
  call(client, kAsk, 3 * kMillisecond);
  pass(2 * kMillisecond);
  EXPECT_EQ(client.state, ThreadState::kAwaitingReply);
  pass(kMillisecond);
  EXPECT_EQ(client.state, ThreadState::kRunnable);
}

TEST_F(TimedCall, AnsweredTooLateMeetsNotFoundAndTheNextCallIsAnother) {
  receive();
  call(client, kAsk, kMillisecond);
  const uint32_t stale = token();
  pass(kMillisecond);
  EXPECT_EQ(code_of(client.context.r[0]), kTimeout);
  call(client, kAsk, 5 * kMillisecond);
  EXPECT_EQ(code_of(world.call(server, Syscall::kReply, {stale, 0, 9})), kNotFound);
  EXPECT_EQ(client.state, ThreadState::kQueued);
  receive();
  EXPECT_NE(token(), stale);
  EXPECT_EQ(world.call(server, Syscall::kReply, {token(), 0, 7}), 0u);
  EXPECT_EQ(client.context.r[2], 7u);
}

TEST_F(TimedCall, LendsItsPriorityNoLonger) {
  world.call(high, Syscall::kConnect, {0});
  const uint32_t to = high.context.r[1];
  receive();
  call(high, kAsk, kMillisecond, 0, to);
  EXPECT_EQ(server.priority, 12);
  pass(kMillisecond);
  EXPECT_EQ(server.priority, 8);
}

TEST_F(TimedCall, InAQueueLendsItsPriorityNoLonger) {
  world.call(high, Syscall::kConnect, {0});
  const uint32_t to = high.context.r[1];
  receive();
  call(client, kAsk, ~0u);  // now the server is busy
  call(high, kAsk, kMillisecond, 0, to);
  EXPECT_EQ(server.priority, 12);
  pass(kMillisecond);
  EXPECT_EQ(server.priority, 8);
}

TEST_F(TimedCall, TriedWhenNobodyWaitsIsBusyAndLendsNothing) {
  EXPECT_EQ(code_of(call(client, kWrite, 0, 1)), kBusy);
  EXPECT_NE(world.memory(client, kPage), nullptr);
  receive();
  EXPECT_EQ(call(client, kAsk, 0), World::kBlocked);
  pass(50 * kMillisecond);
  EXPECT_EQ(world.call(server, Syscall::kReply, {token()}), 0u);
  EXPECT_EQ(client.context.r[0], 0u);
}

TEST_F(TimedCall, GivesBackALoanForWritingWhileTheServerKeepsACopy) {
  fill(std::byte{1});
  receive();
  call(client, kWrite, kMillisecond, 4);
  const uint32_t there = server.context.r[2], stale = token();
  const uint32_t free = world.kernel.unpromised;
  world.memory(server, there)[3] = std::byte{2};
  pass(kMillisecond);
  ASSERT_EQ(client.state, ThreadState::kRunnable);
  EXPECT_EQ(code_of(client.context.r[0]), kTimeout);
  EXPECT_EQ(world.memory(client, kPage)[3], std::byte{2});
  world.memory(client, kPage)[3] = std::byte{3};
  ASSERT_NE(world.memory(server, there), nullptr);
  EXPECT_EQ(world.memory(server, there)[3], std::byte{2});
  world.memory(server, there)[3] = std::byte{4};
  EXPECT_EQ(world.memory(client, kPage)[3], std::byte{3});
  EXPECT_EQ(world.kernel.unpromised, free - 4);
  EXPECT_EQ(audit(world), "");

  EXPECT_EQ(code_of(call(client, kWrite, kMillisecond, 1)), kBusy);  // its slot is taken
  EXPECT_EQ(code_of(world.call(server, Syscall::kReply, {stale})), kNotFound);
  EXPECT_EQ(world.memory(server, there), nullptr);
  EXPECT_EQ(world.kernel.unpromised, free);
  EXPECT_EQ(call(client, kWrite, kMillisecond, 1), World::kBlocked);
}

TEST_F(TimedCall, GivesBackALoanForReadingAsACopyAndImagePagesWithoutOne) {
  receive();
  call(client, kRead, kMillisecond, 2);
  const uint32_t there = server.context.r[2];
  pass(kMillisecond);
  EXPECT_EQ(arch::page_get(1, kPage).access, arch::Access::kReadWrite);
  EXPECT_NE(arch::page_get(1, kPage).physical, arch::page_get(2, there).physical);
  EXPECT_EQ(arch::page_get(2, there).access, arch::Access::kRead);
  world.call(server, Syscall::kReply, {token()});

  receive();
  world.call(client, Syscall::kCallTimed,
             {connection, kRead, kConstants, kPageSize, 0, 0, 0, 0, 0, 0, kMillisecond, 0});
  pass(kMillisecond);
  EXPECT_EQ(arch::page_get(1, kConstants).physical, arch::page_get(2, there).physical);
  EXPECT_EQ(code_of(world.call(server, Syscall::kReply, {token()})), kNotFound);
  EXPECT_FALSE(arch::page_get(2, there).present());
}

TEST_F(TimedCall, WithdrawsPageByPageAndCanBeAnsweredInTheMiddle) {
  fill(std::byte{5});
  receive();
  call(client, kWrite, kMillisecond, 16);
  const uint32_t stale = token();
  const uint32_t free = world.kernel.unpromised;
  world.call(high, Syscall::kSleep, {~0u, ~0u});
  world.prompt = false;  // the server, which runs, and the worker are equally urgent
  pass(kMillisecond);
  EXPECT_EQ(world.running(), &server);
  EXPECT_EQ(client.state, ThreadState::kWithdrawing);
  for (int i = 0; i < 5; ++i) world.kernel.work();
  EXPECT_EQ(client.loan.pages, 11);
  EXPECT_EQ(audit(world), "");
  EXPECT_EQ(code_of(world.call(server, Syscall::kReply, {stale})), kNotFound);
  EXPECT_EQ(client.state, ThreadState::kRunnable);
  EXPECT_EQ(code_of(client.context.r[0]), kTimeout);
  EXPECT_EQ(world.kernel.unpromised, free);
  for (uint32_t i = 0; i < 16; ++i) {
    EXPECT_EQ(world.memory(client, kPage + i * kPageSize)[3], std::byte{5});
  }
}

TEST_F(TimedCall, WithoutAFrameForTheCopyWaitsForOne) {
  receive();
  call(client, kWrite, kMillisecond, 1);
  const uint32_t free = std::exchange(world.kernel.unpromised, 0);
  pass(kMillisecond);
  EXPECT_EQ(client.state, ThreadState::kWithdrawing);
  world.kernel.unpromised = free;
  for (int i = 0; i < 12; ++i) pass(kMillisecond);
  EXPECT_EQ(client.state, ThreadState::kRunnable);
  EXPECT_EQ(code_of(client.context.r[0]), kTimeout);
}

TEST_F(TimedCall, KilledWhileAnotherIsWithdrawnLeavesTheOtherAlone) {
  const uint32_t second = (world.call(high, Syscall::kConnect, {0}), high.context.r[1]);
  receive();
  call(client, kWrite, kMillisecond, 4);
  receive();
  call(high, kWrite, kMillisecond, 4, second);
  receive();
  for (Thread* t : {&client, &high}) {
    world.kernel.cancel_sleep(*t);
    world.kernel.time_out(*t);
  }
  ASSERT_EQ(client.state, ThreadState::kWithdrawing);
  ASSERT_EQ(high.state, ThreadState::kWithdrawing);
  const Thread* last = world.kernel.worker.withdrawing->next;
  ASSERT_NE(last, nullptr);
  world.kernel.end_process(*last->process, abi::EndReason::kKilled);
  world.next();
  Thread& other = last == &client ? high : client;
  EXPECT_EQ(other.state, ThreadState::kRunnable);
  EXPECT_EQ(code_of(other.context.r[0]), kTimeout);
}

TEST_F(TimedCall, WhoseGhostHasAPageThatAnotherLendsLeavesItToTheOther) {
  Thread& other = *world.kernel.new_thread(world.process(0), kCode, kData, 0, 8);
  const auto lend = [&](Thread& thread, uint32_t limit) {
    receive();
    world.call(thread, Syscall::kCallTimed,
               {connection, kRead, kConstants, kPageSize, 0, 0, 0, 0, 0, 0, limit, 0});
  };
  lend(client, kMillisecond);
  const uint32_t first = token();
  lend(other, 100 * kMillisecond);
  const uint32_t second = token(), there = loan_address(*server.process, other.token & kTokenIndex);
  pass(kMillisecond);
  ASSERT_EQ(client.ghost.pages, 1);
  EXPECT_EQ(code_of(world.call(server, Syscall::kReply, {first})), kNotFound);
  EXPECT_NE(world.memory(server, there), nullptr);
  EXPECT_EQ(audit(world), "");
  EXPECT_EQ(world.call(server, Syscall::kReply, {second}), 0u);
  EXPECT_EQ(world.memory(server, there), nullptr);
}

TEST_F(TimedCall, WhoseGhostAStrangerAnswersKeepsIt) {
  receive();
  call(client, kWrite, kMillisecond, 2);
  const uint32_t old = token();
  pass(kMillisecond);
  EXPECT_EQ(code_of(world.call(high, Syscall::kReply, {old})), kNotFound);
  EXPECT_EQ(client.ghost.pages, 2);
  EXPECT_EQ(code_of(world.call(server, Syscall::kReply, {old})), kNotFound);
  EXPECT_EQ(client.ghost.pages, 0);
}

TEST_F(TimedCall, LeavesNothingBehindWhenTheServerDies) {
  receive();
  call(client, kWrite, kMillisecond, 3);
  const uint32_t free = world.kernel.unpromised + world.process(1).pages;
  pass(kMillisecond);
  EXPECT_EQ(client.ghost.pages, 3);
  world.fault(server);
  EXPECT_EQ(client.ghost.pages, 0);
  EXPECT_EQ(world.kernel.unpromised, free);
}

TEST_F(TimedCall, WhoseCallerDiesAfterwardsIsAGhostUntilTheAnswer) {
  receive();
  call(client, kWrite, kMillisecond, 3);
  pass(kMillisecond);
  const uint32_t there = server.context.r[2];
  const uint32_t index = client.token & kTokenIndex;
  world.fault(client);
  EXPECT_EQ(world.kernel.threads[index].state, ThreadState::kOrphan);
  EXPECT_NE(world.memory(server, there), nullptr);
  EXPECT_EQ(audit(world), "");
  EXPECT_EQ(code_of(world.call(server, Syscall::kReply, {token()})), kNotFound);
  EXPECT_EQ(world.memory(server, there), nullptr);
  EXPECT_EQ(world.kernel.threads[index].state, ThreadState::kFree);
}

TEST_F(TimedCall, ReceiveEndsAtItsTimeAndIsServedBeforeIt) {
  EXPECT_EQ(world.call(server, Syscall::kReceiveTimed, {port, 2 * kMillisecond, 0}),
            World::kBlocked);
  pass(2 * kMillisecond);
  EXPECT_EQ(code_of(server.context.r[0]), kTimeout);
  EXPECT_EQ(server.context.r[11], 0u);
  world.call(server, Syscall::kReceiveTimed, {port, 2 * kMillisecond, 0});
  call(client, kAsk, ~0u);
  EXPECT_EQ(server.context.r[0], 0u);
  EXPECT_EQ(world.kernel.sleeping, 0u);
  EXPECT_EQ(world.call(server, Syscall::kReply, {token()}), 0u);
  EXPECT_EQ(code_of(world.call(server, Syscall::kReceiveTimed, {port, 0, 0})), kBusy);
}

TEST_F(TimedCall, ReceiverWithADeadlineIsNotServedByTheFastPath) {
  world.call(server, Syscall::kReceiveTimed, {port, kMillisecond, 0});
  EXPECT_EQ(world.kernel.servers[0].waiting, nullptr);  // where the fast path looks
  pass(kMillisecond);
  receive();
  call(client, kAsk, kMillisecond);
  EXPECT_NE(token(), client.token);  // what the fast path compares
}

TEST(Sleepers, OfAnyNumberWakeInOrder) {
  World world({{.name = "one", .priority = 9}, {.name = "idle", .priority = 1}});
  std::vector<Thread*> threads;
  for (unsigned i = 0; i + 1 < kThreadsPerProcess; ++i) {
    threads.push_back(world.kernel.new_thread(world.process(0), kCode, kData, 0, 9));
  }
  for (unsigned i = 0; i < threads.size(); ++i) {
    world.call(*threads[i], Syscall::kSleep, {(i * 37 % 63 + 1) * 1000, 0});
  }
  world.call(world.thread(0), Syscall::kSleep, {~0u, ~0u});
  EXPECT_EQ(audit(world), "");
  uint64_t last = 0;
  for (unsigned woken = 0; woken < threads.size();) {
    ASSERT_TRUE(world.machine.pass_to_timer());
    world.interrupt();
    while (Thread* thread = world.running()) {
      if (thread == &world.thread(1)) break;
      EXPECT_GE(thread->deadline, last);
      last = thread->deadline;
      ++woken;
      world.call(*thread, Syscall::kThreadExit, {});
    }
  }
}

}  // namespace
}  // namespace kernel::test
