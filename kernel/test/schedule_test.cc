// Priorities, turns, inheritance and time.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "kernel/test/world.h"

namespace kernel::test {
namespace {
using abi::Info;
using abi::Kind;
using abi::Syscall;
constexpr uint32_t kAsk = Info::make(Kind::kCall, 1).bits;

class Schedule : public testing::Test {
 protected:
  ~Schedule() override { EXPECT_EQ(audit(world), ""); }
  World world{{{.name = "low", .priority = 2, .grants = {may_serve(0), may_connect(1, 0b10)}},
               {.name = "low2", .priority = 2, .grants = {may_serve(1), may_connect(0, 0b10)}},
               {.name = "middle", .priority = 5, .grants = {may_connect(0, 0b10)}},
               {.name = "high", .priority = 9, .grants = {may_connect(0, 0b10)}}}};
  Thread& low = world.thread(0);
  Thread& low2 = world.thread(1);
  Thread& middle = world.thread(2);
  Thread& high = world.thread(3);

  /// `thread` sleeps for so many milliseconds.
  void sleep(Thread& thread, uint32_t milliseconds) {
    world.call(thread, Syscall::kSleep, {milliseconds * 1'000'000, 0});
  }
  void pass(uint32_t milliseconds) {
    for (uint32_t i = 0; i < milliseconds; ++i) {
      world.machine.pass(1'000'000);
      world.interrupt();
    }
  }
};

TEST_F(Schedule, MostUrgentRuns) {
  EXPECT_EQ(world.running(), &high);
  sleep(high, 100);
  EXPECT_EQ(world.running(), &middle);
}

TEST_F(Schedule, WakingAMoreUrgentThreadTakesTheProcessor) {
  sleep(high, 3);
  EXPECT_EQ(world.running(), &middle);
  pass(4);
  EXPECT_EQ(world.running(), &high);
}

TEST_F(Schedule, EqualsTakeTurnsOfAtMostTenMilliseconds) {
  sleep(high, 1000);
  sleep(middle, 1000);
  Thread* first = world.running();
  unsigned turns = 0, longest = 0, length = 0;
  for (unsigned i = 0; i < 100; ++i) {
    pass(1);
    ++length;
    if (world.running() != first) {
      first = world.running();
      ++turns;
      longest = std::max(longest, length);
      length = 0;
    }
  }
  EXPECT_GE(turns, 10u);
  EXPECT_LE(longest, 11u);
  EXPECT_EQ(low.priority, low2.priority);
}

TEST_F(Schedule, YieldLetsAnEqualRun) {
  sleep(high, 1000);
  sleep(middle, 1000);
  Thread* first = world.running();
  world.call(*first, Syscall::kYield);
  EXPECT_NE(world.running(), first);
  EXPECT_EQ(world.running()->priority, 2);
}

TEST_F(Schedule, ServerInheritsFromItsCaller) {
  uint32_t port = 0;
  const uint32_t connection = world.connect(3, 0, 0, &port);
  world.call(low, Syscall::kReceive, {port});
  world.call(high, Syscall::kCall, {connection, kAsk});
  EXPECT_EQ(world.running(), &low);  // before `middle`
  EXPECT_EQ(low.priority, 9);
  world.call(low, Syscall::kReply, {low.context.r[11]});
  EXPECT_EQ(low.priority, 2);
  EXPECT_EQ(world.running(), &high);
}

TEST_F(Schedule, InheritanceReachesThroughAChainAndAQueue) {
  uint32_t port = 0, port2 = 0;
  const uint32_t connection = world.connect(3, 0, 0, &port);
  const uint32_t onward = world.connect(0, 1, 1, &port2);
  // low2 has received low's call when high's arrives at low, which is not receiving.
  world.call(low2, Syscall::kReceive, {port2});
  world.kernel.servers[0].last_receiver = &low;
  world.call(low, Syscall::kCall, {onward, kAsk});
  EXPECT_EQ(low2.priority, 2);
  world.call(high, Syscall::kCall, {connection, kAsk});
  EXPECT_EQ(low.priority, 9);
  EXPECT_EQ(low2.priority, 9);
  EXPECT_EQ(world.running(), &low2);
  world.call(low2, Syscall::kReply, {low2.context.r[11]});
  EXPECT_EQ(low2.priority, 2);
  EXPECT_EQ(world.running(), &low);
  EXPECT_EQ(world.call(low, Syscall::kReceive, {port}), 0u);
  EXPECT_EQ(low.priority, 9);
  world.call(low, Syscall::kReplyReceive, {low.context.r[11]});
  EXPECT_EQ(low.priority, 2);
}

TEST_F(Schedule, OnlyTheLastReceiverInheritsFromAQueue) {
  uint32_t port = 0;
  const uint32_t connection = world.connect(3, 0, 0, &port);
  ASSERT_EQ(world.call(middle, Syscall::kConnect, {0}), 0u);
  ASSERT_EQ(world.call(low, Syscall::kThreadCreate, {kCode, kData, 0, 2}), 0u);
  Thread& other = *low.process->threads;
  world.call(middle, Syscall::kCall, {middle.context.r[1], kAsk});
  ASSERT_EQ(world.call(low, Syscall::kReceive, {port}), 0u);
  world.call(high, Syscall::kCall, {connection, kAsk});
  EXPECT_EQ(low.priority, 9);
  ASSERT_EQ(world.call(other, Syscall::kReceive, {port}), 0u);
  EXPECT_EQ(other.priority, 9);
  EXPECT_EQ(low.priority, 5);
}

TEST_F(Schedule, CallerThatDiesInACircleOfCallersIsNoLongerCounted) {
  uint32_t port2 = 0;
  const uint32_t connection = world.connect(3, 0, 0);
  const uint32_t onward = world.connect(0, 1, 1, &port2);
  ASSERT_EQ(world.call(low2, Syscall::kConnect, {0}), 0u);
  const uint32_t back = low2.context.r[1];
  // low waits for low2, which waits in low's queue; both inherit from high until it dies.
  world.call(low2, Syscall::kReceive, {port2});
  world.kernel.servers[0].last_receiver = &low;
  world.call(low, Syscall::kCall, {onward, kAsk});
  world.call(low2, Syscall::kCall, {back, kAsk});
  world.call(high, Syscall::kCall, {connection, kAsk});
  EXPECT_EQ(low2.priority, 9);
  for (Thread* dies : {&high, &low2}) {
    world.kernel.end_process(*dies->process, abi::EndReason::kKilled);
    world.next();
    EXPECT_EQ(audit(world), "");
  }
  EXPECT_EQ(code_of(low.context.r[0]), kNotFound);
  EXPECT_EQ(low.priority, 2);
}

TEST_F(Schedule, SleepersWakeInOrderAndNotEarly) {
  sleep(high, 7);
  sleep(middle, 3);
  pass(2);
  EXPECT_EQ(middle.state, ThreadState::kSleeping);
  pass(1);
  EXPECT_EQ(middle.state, ThreadState::kRunnable);
  EXPECT_EQ(high.state, ThreadState::kSleeping);
  pass(4);
  EXPECT_EQ(high.state, ThreadState::kRunnable);
}

TEST_F(Schedule, SleepOfAnyLengthIsTaken) {
  world.call(high, Syscall::kSleep, {~0u, ~0u});
  EXPECT_EQ(high.state, ThreadState::kSleeping);
}

TEST_F(Schedule, FutexWakesWhoWaitsAndTimesOut) {
  Thread* second = world.kernel.new_thread(*high.process, kCode, kData, 0, 9);
  const uint32_t word = kData + 0x2000;
  EXPECT_EQ(code_of(world.call(high, Syscall::kFutexWait, {word, 1, ~0u, ~0u})), kBusy);
  EXPECT_EQ(world.call(high, Syscall::kFutexWait, {word, 0, ~0u, ~0u}), World::kBlocked);
  EXPECT_EQ(world.call(*second, Syscall::kFutexWake, {word, 5}), 0u);
  EXPECT_EQ(second->context.r[1], 1u);
  EXPECT_EQ(high.state, ThreadState::kRunnable);
  world.call(high, Syscall::kFutexWait, {word, 0, 2'000'000, 0});
  sleep(*second, 1000);
  pass(3);
  EXPECT_EQ(high.state, ThreadState::kRunnable);
  EXPECT_EQ(code_of(high.context.r[0]), kTimeout);
}

TEST_F(Schedule, ThreadAboveItsProcessesLimitIsDenied) {
  EXPECT_EQ(code_of(world.call(low, Syscall::kThreadCreate, {kCode, kData, 0, 3})), kDenied);
  EXPECT_EQ(world.call(low, Syscall::kThreadCreate, {kCode, kData, 0, 2}), 0u);
}

TEST_F(Schedule, JoinGetsTheExitValue) {
  world.call(low, Syscall::kThreadCreate, {kCode, kData, 77, 2});
  const uint32_t id = low.context.r[1];
  Thread& child = *low.process->threads;
  EXPECT_EQ(child.context.r[0], 77u);
  EXPECT_EQ(world.call(low, Syscall::kThreadJoin, {id}), World::kBlocked);
  world.call(child, Syscall::kThreadExit, {123});
  EXPECT_EQ(low.context.r[0], 0u);
  EXPECT_EQ(low.context.r[1], 123u);
  EXPECT_EQ(code_of(world.call(low, Syscall::kThreadJoin, {id})), kNotFound);
}

TEST_F(Schedule, OneThreadIsJoinedByOne) {
  world.call(low, Syscall::kThreadCreate, {kCode, kData, 0, 2});
  const uint32_t id = low.context.r[1];
  Thread& child = *low.process->threads;
  world.call(low, Syscall::kThreadCreate, {kCode, kData, 0, 2});
  Thread& other = *low.process->threads;
  EXPECT_EQ(world.call(low, Syscall::kThreadJoin, {id}), World::kBlocked);
  EXPECT_EQ(code_of(world.call(other, Syscall::kThreadJoin, {id})), kBusy);
  world.call(child, Syscall::kThreadExit, {123});
  EXPECT_EQ(low.context.r[1], 123u);
}

TEST_F(Schedule, ThreadsOfOneProcessAreLimited) {
  unsigned made = 0;
  while (world.call(low, Syscall::kThreadCreate, {kCode, kData, 0, 2}) == 0) ++made;
  EXPECT_EQ(made, kThreadsPerProcess - 1);
  EXPECT_EQ(code_of(low.context.r[0]), kNoMemory);
}

/// Threads of one process that wait for one another: each has received the call of the one before,
/// and calls its own process again.
class Chain : public testing::Test {
 protected:
  ~Chain() override { EXPECT_EQ(audit(world), ""); }

  World world{{{.name = "chain",
                .priority = 2,
                .grants = {may_serve(0), may_serve(1), may_connect(1, 0b10)}},
               {.name = "high", .priority = 9, .grants = {may_connect(0, 0b10)}}}};
  Thread& high = world.thread(1);
  uint32_t inner_port = 0, port = 0;
  uint32_t inner = world.connect(0, 0, 1, &inner_port);
  uint32_t connection = world.connect(1, 0, 0, &port);
  std::vector<Thread*> links{&world.thread(0)};

  /// The first link has received nothing, the last one runs.
  void make(unsigned length) {
    world.call(high, Syscall::kSleep, {1'000'000, 0});
    world.call(*links[0], Syscall::kTryReceive, {port});
    while (links.size() < length) {
      Thread& link = *world.kernel.new_thread(world.process(0), kCode, kData, 0, 2);
      ASSERT_EQ(world.call(link, Syscall::kReceive, {inner_port}), World::kBlocked);
      ASSERT_EQ(world.call(*links.back(), Syscall::kCall, {inner, kAsk}), World::kBlocked);
      ASSERT_EQ(links.back()->served_by, &link);
      links.push_back(&link);
    }
    world.machine.pass(1'000'000);
    world.interrupt();
    world.kernel.servers[0].last_receiver = links[0];  // it had received, and put that off
  }
  std::vector<unsigned> priorities() const {
    std::vector<unsigned> all;
    for (const Thread* link : links) all.push_back(link->priority);
    return all;
  }
};

TEST_F(Chain, InheritsToItsEndBeforeAnybodyRuns) {
  make(16);
  ASSERT_EQ(world.call(high, Syscall::kCall, {connection, kAsk}), World::kBlocked);
  EXPECT_EQ(priorities(), std::vector<unsigned>(16, 9));
  EXPECT_EQ(world.kernel.unsettled, nullptr);
  EXPECT_EQ(world.running(), links.back());
}

TEST_F(Chain, InheritsNoFurtherThanSixteenCalls) {
  make(20);
  world.call(high, Syscall::kCall, {connection, kAsk});
  std::vector<unsigned> expected(20, 9);
  std::fill(expected.begin() + kMostHops, expected.end(), 2);
  EXPECT_EQ(priorities(), expected);
  world.kernel.end_process(world.process(0), abi::EndReason::kKilled);
  world.next();
}

TEST_F(Chain, GivesThePriorityBackWhenTheCallerStopsWaiting) {
  make(16);
  ASSERT_EQ(world.call(high, Syscall::kCallTimed,
                       {connection, kAsk, 0, 0, 0, 0, 0, 0, 0, 0, 1'000'000, 0}),
            World::kBlocked);
  ASSERT_EQ(priorities(), std::vector<unsigned>(16, 9));
  world.machine.pass(1'000'000);
  world.interrupt();
  EXPECT_EQ(code_of(high.context.r[0]), kTimeout);
  EXPECT_EQ(priorities(), std::vector<unsigned>(16, 2));
}

TEST_F(Chain, IsSettledAFewCallsAtATime) {
  make(16);
  world.make_run(high);
  high.context.r[0] = connection, high.context.r[1] = kAsk;
  high.context.r[12] = static_cast<uint32_t>(Syscall::kCall);
  world.kernel.system_call(high);  // and nothing after it
  for (unsigned settled = kHopsPerPiece; settled < 16; settled += kHopsPerPiece) {
    EXPECT_EQ(links[settled - 1]->priority, 9);
    EXPECT_EQ(links[settled]->priority, 2);
    ASSERT_EQ(world.kernel.unsettled, links[settled]);
    world.kernel.settle_some();
  }
  world.next();
}

TEST_F(Chain, WhoseProcessDiesWhileItIsSettledIsForgotten) {
  make(16);
  world.make_run(high);
  high.context.r[0] = connection, high.context.r[1] = kAsk;
  high.context.r[12] = static_cast<uint32_t>(Syscall::kCall);
  world.kernel.system_call(high);
  ASSERT_NE(world.kernel.unsettled, nullptr);
  world.kernel.end_process(world.process(0), abi::EndReason::kKilled);
  world.next();
  EXPECT_EQ(world.kernel.unsettled, nullptr);
  EXPECT_EQ(code_of(high.context.r[0]), kNotFound);
}

TEST_F(Chain, LinksThatEndBeforeTheyAreSettledAreForgotten) {
  make(16);
  for (unsigned i : {3u, 7u, 11u}) world.kernel.settle_later(*links[i], 1);
  world.kernel.forget_unsettled(*links[7]);
  EXPECT_EQ(world.kernel.unsettled, links[11]);
  EXPECT_EQ(links[11]->unsettled_next, links[3]);
  world.next();
  EXPECT_EQ(world.kernel.attention, 0u);
}

}  // namespace
}  // namespace kernel::test
