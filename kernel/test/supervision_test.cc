// What permitted processes can learn and do about others: records of ends, kills, statistics, the
// trace; and what a panic leaves for the next boot.
#include <gtest/gtest.h>

#include <cstring>

#include "kernel/abi/statistics.h"
#include "kernel/test/world.h"

namespace kernel::test {
namespace {
using abi::CrashRecord;
using abi::EndReason;
using abi::Info;
using abi::Kind;
using abi::Syscall;
using abi::TraceEvent;
using abi::TraceKind;

constexpr uint32_t kAsk = Info::make(Kind::kCall, 1).bits;

class Supervision : public testing::Test {
 protected:
  ~Supervision() override { EXPECT_EQ(audit(world), ""); }
  World world{
      {{.name = "supervisor",
        .priority = 10,
        .grants = {{.kind = abi::GrantKind::kSupervise, .a = 2}, may_connect(0, 0b11)}},
       {.name = "server", .grants = {may_serve(0), {.kind = abi::GrantKind::kInterrupt, .a = 25}}},
       {.name = "victim"}}};
  Thread& supervisor = world.thread(0);
  Thread& server = world.thread(1);
  Thread& victim = world.thread(2);

  uint32_t read_record() { return world.call(supervisor, Syscall::kCrashRead, {kData}); }
  CrashRecord record() {
    CrashRecord out;
    std::memcpy(&out, world.memory(supervisor, kData), sizeof out);
    return out;
  }
  std::vector<TraceEvent> events() {
    std::vector<TraceEvent> all;
    for (;;) {
      EXPECT_EQ(world.call(supervisor, Syscall::kTraceRead, {kData, 2048}), 0u);
      const uint32_t count = supervisor.context.r[1];
      if (count == 0) return all;
      const auto* from = reinterpret_cast<const TraceEvent*>(world.memory(supervisor, kData));
      all.insert(all.end(), from, from + count);
    }
  }
};

TEST_F(Supervision, TellsHowAProcessDied) {
  EXPECT_EQ(read_record(), World::kBlocked);
  victim.context.r[5] = 0x55;
  victim.context.pc = kCode + 8;
  world.make_run(victim);
  world.kernel.fault(victim, {.kind = "write: no page", .address = 0x44});
  world.next();
  ASSERT_EQ(supervisor.state, ThreadState::kRunnable);
  ASSERT_EQ(read_record(), 0u);
  const CrashRecord got = record();
  EXPECT_EQ(got.reason, EndReason::kFaulted);
  EXPECT_STREQ(got.name.data(), "victim");
  EXPECT_STREQ(got.kind.data(), "write: no page");
  EXPECT_EQ(got.address, 0x44u);
  EXPECT_EQ(got.r[5], 0x55u);
  EXPECT_EQ(got.pc, kCode + 8);
  EXPECT_EQ(got.identity, world.kernel.processes[3].identity);
}

TEST_F(Supervision, TellsOfExitsAndKillsToo) {
  world.call(server, Syscall::kExit, {7});
  EXPECT_EQ(world.call(supervisor, Syscall::kKill, {world.kernel.processes[3].identity}), 0u);
  ASSERT_EQ(read_record(), 0u);
  EXPECT_EQ(record().reason, EndReason::kExited);
  EXPECT_EQ(record().exit_code, 7u);
  ASSERT_EQ(read_record(), 0u);
  EXPECT_EQ(record().reason, EndReason::kKilled);
  EXPECT_EQ(read_record(), World::kBlocked);
}

TEST_F(Supervision, LosesTheOldestRecordsAndCountsThem) {
  for (uint32_t i = 0; i < kCrashRecords + 3; ++i) {
    Process& process = world.kernel.processes[3];
    if (i != 0) {
      process.generation = i + 1;
      process.identity = abi::Identity::make(3, i + 1).bits;
      arch::space_open(3);
      world.kernel.begin_process(process);
      world.kernel.new_thread(process, kCode, kData, 0, 8);
    }
    world.kernel.end_process(process, EndReason::kKilled);
    world.next();
  }
  ASSERT_EQ(read_record(), 0u);
  EXPECT_EQ(supervisor.context.r[1], 3u);
  EXPECT_EQ(abi::Identity{record().identity}.generation(), 4u);
}

TEST_F(Supervision, BacktraceNamesTheCallsOnTheStack) {
  // bl at kCode + 0x20, its return address on the stack; r14 stands behind a blx.
  const uint32_t bl = 0xeb00'0010, blx = 0xe12f'ff33;
  std::byte* const code = world.memory(victim, kCode);
  std::memcpy(code + 0x20, &bl, 4);
  std::memcpy(code + 0x40, &blx, 4);
  victim.context.r[13] = kData + 0x100;
  victim.context.r[14] = kCode + 0x44;
  const uint32_t saved = kCode + 0x24, other = kCode + 0x28;
  std::memcpy(world.memory(victim, kData) + 0x104, &other, 4);  // nothing is called before it
  std::memcpy(world.memory(victim, kData) + 0x108, &saved, 4);
  world.fault(victim);
  ASSERT_EQ(read_record(), 0u);
  ASSERT_EQ(record().frames, 2u);
  EXPECT_EQ(record().backtrace[0], kCode + 0x40);
  EXPECT_EQ(record().backtrace[1], kCode + 0x20);
  std::memset(code, 0, 0x80);  // the audit knows the image
}

TEST_F(Supervision, KillsOnlyWhomItMayAndOnlyTheOneItMeans) {
  const uint32_t identity = world.kernel.processes[3].identity;
  EXPECT_EQ(code_of(world.call(supervisor, Syscall::kKill, {world.kernel.processes[2].identity})),
            kDenied);
  EXPECT_EQ(code_of(world.call(server, Syscall::kKill, {identity})), kDenied);
  EXPECT_EQ(code_of(world.call(supervisor, Syscall::kKill, {identity + 0x100})), kNotFound);
  EXPECT_EQ(code_of(world.call(supervisor, Syscall::kKill, {0xffff'ff03})), kNotFound);
  EXPECT_EQ(code_of(world.call(supervisor, Syscall::kKill, {200})), kNotFound);
  EXPECT_TRUE(world.kernel.processes[3].alive);
  EXPECT_EQ(world.call(supervisor, Syscall::kKill, {identity}), 0u);
  EXPECT_FALSE(world.kernel.processes[3].alive);
  EXPECT_EQ(code_of(world.call(supervisor, Syscall::kKill, {identity})), kNotFound);
}

TEST_F(Supervision, KilledProcessDoesNotRunAgain) {
  Thread* second = world.kernel.new_thread(world.process(2), kCode, kData, 0, 8);
  world.prompt = false;
  world.call(supervisor, Syscall::kKill, {world.kernel.processes[3].identity});
  EXPECT_EQ(victim.state, ThreadState::kFree);
  EXPECT_EQ(second->state, ThreadState::kFree);
  EXPECT_EQ(audit(world), "");
  world.prompt = true;
  world.next();
}

TEST_F(Supervision, EveryPieceOfAnEndKeepsWhatMustHold) {
  // A server with waiting, queued and lending callers, memory in many places, and a claimed
  // interrupt.
  uint32_t port = 0;
  const uint32_t connection = world.connect(0, 1, 0, &port);
  world.call(server, Syscall::kInterruptClaim, {25});
  for (uint32_t i = 0; i < 5; ++i) world.call(server, Syscall::kMap, {0, 20 * abi::kPageSize});
  std::vector<Thread*> callers;
  for (uint32_t i = 0; i < 12; ++i) {
    callers.push_back(world.kernel.new_thread(world.process(0), kCode, kData, 0, 8));
  }
  world.call(server, Syscall::kReceive, {port});
  for (uint32_t i = 0; i < callers.size(); ++i) {
    const bool lends = i % 2;
    world.call(*callers[i], Syscall::kCall,
               {connection, lends ? Info::make(Kind::kLendMut, 1).bits : kAsk,
                lends ? kData + i * abi::kPageSize : 0, lends ? abi::kPageSize : 0});
    if (i == 1 || i == 2) world.call(server, Syscall::kReceive, {port});
  }
  world.prompt = false;
  world.kernel.current = nullptr;
  world.kernel.make_ready(supervisor, true);
  world.kernel.end_process(world.process(1), EndReason::kKilled);
  world.kernel.next_thread(nullptr);
  unsigned pieces = 0;
  for (; world.kernel.worker.ending; ++pieces) {
    world.kernel.work();
    ASSERT_EQ(audit(world), "") << "after piece " << pieces;
    ASSERT_LT(pieces, 1000u);
  }
  EXPECT_GT(pieces, 20u);
  for (const Thread* caller : callers) EXPECT_EQ(code_of(caller->context.r[0]), kNotFound);
  EXPECT_EQ(world.kernel.interrupts[25].owner, nullptr);
}

TEST_F(Supervision, StormingInterruptStaysMaskedAndIsReported) {
  world.call(server, Syscall::kInterruptClaim, {25});
  const uint32_t handle = server.context.r[1];
  world.log_text();
  unsigned deliveries = 0;
  for (; deliveries < 1000; ++deliveries) {
    if (world.call(server, Syscall::kInterruptWait, {handle}) != World::kBlocked) break;
    world.machine.pass(1000);
    world.machine.raise(25);
    world.interrupt();
  }
  EXPECT_EQ(code_of(server.context.r[0]), kBusy);
  EXPECT_EQ(deliveries + 1, abi::kStormDeliveries);
  EXPECT_TRUE(world.machine.masked(25));
  EXPECT_NE(world.log_text().find("interrupt 25 storms, masked"), std::string::npos);
  EXPECT_EQ(world.kernel.total_storms, 1u);
  world.call(server, Syscall::kInterruptWait, {handle});
  EXPECT_FALSE(world.machine.masked(25));
}

TEST_F(Supervision, SlowInterruptsNeverStorm) {
  world.call(server, Syscall::kInterruptClaim, {25});
  const uint32_t handle = server.context.r[1];
  for (unsigned i = 0; i < 3 * abi::kStormDeliveries; ++i) {
    ASSERT_EQ(world.call(server, Syscall::kInterruptWait, {handle}), World::kBlocked);
    world.machine.pass(100'000);
    world.machine.raise(25);
    world.interrupt();
  }
}

TEST_F(Supervision, TraceTellsWhoCalledWhomAndWhoRan) {
  uint32_t port = 0;
  const uint32_t connection = world.connect(0, 1, 0, &port);
  world.call(server, Syscall::kReceive, {port});
  EXPECT_EQ(world.call(supervisor, Syscall::kTraceControl, {1}), 0u);
  world.call(supervisor, Syscall::kCall, {connection, kAsk});
  world.call(server, Syscall::kReply, {server.context.r[11]});
  world.call(supervisor, Syscall::kNotify, {connection, 4});
  world.call(supervisor, Syscall::kTraceControl, {0});
  std::vector<TraceKind> kinds;
  for (const TraceEvent& event : events()) kinds.push_back(event.kind);
  const std::vector<TraceKind> expected{TraceKind::kSwitch, TraceKind::kCall,  TraceKind::kReceive,
                                        TraceKind::kSwitch, TraceKind::kReply, TraceKind::kSwitch,
                                        TraceKind::kNotify};
  EXPECT_EQ(kinds, expected);
}

TEST_F(Supervision, TraceKeepsTheNewestAndCountsTheRest) {
  world.call(supervisor, Syscall::kTraceControl, {1});
  for (unsigned i = 0; i < kTraceEvents; ++i)
    world.kernel.trace_event(TraceKind::kSwitch, nullptr, i);
  world.call(supervisor, Syscall::kTraceControl, {0});
  const std::vector<TraceEvent> got = events();
  EXPECT_EQ(got.size(), kTraceEvents);
  EXPECT_EQ(got.back().value, kTraceEvents - 1);
  EXPECT_EQ(world.kernel.trace.lost, 1u);
}

TEST_F(Supervision, StatisticsCountCallsThreadsAndStates) {
  uint32_t port = 0;
  const uint32_t connection = world.connect(0, 1, 0, &port);
  for (int i = 0; i < 3; ++i) {
    world.call(server, Syscall::kReceive, {port});
    world.call(supervisor, Syscall::kCall, {connection, kAsk});
    world.call(server, Syscall::kReply, {server.context.r[11]});
  }
  world.call(server, Syscall::kReceive, {port});
  const auto ask = [&](abi::Statistics which, uint32_t index) {
    return world.call(supervisor, Syscall::kStatistics, {static_cast<uint32_t>(which), index});
  };
  const auto& r = supervisor.context.r;
  EXPECT_EQ(ask(abi::Statistics::kProcess, 1), 0u);
  EXPECT_EQ(r[8], 3u);
  EXPECT_EQ(ask(abi::Statistics::kSystem, 0), 0u);
  EXPECT_EQ(r[1], 3u);
  EXPECT_EQ(r[2], 3u);
  EXPECT_EQ(ask(abi::Statistics::kThread, server.token & kTokenIndex), 0u);
  EXPECT_EQ(r[2], static_cast<uint32_t>(ThreadState::kReceiving));
  EXPECT_EQ(ask(abi::Statistics::kService, 0), 0u);
  EXPECT_EQ(r[1], world.process(1).identity);
  EXPECT_EQ(r[3], 1u);
  Thread* patient = world.kernel.new_thread(world.process(1), kCode, kData, 0, 8);
  world.call(*patient, Syscall::kReceiveTimed, {port, 0, 1});
  EXPECT_EQ(ask(abi::Statistics::kService, 0), 0u);
  EXPECT_EQ(r[3], 2u);
  EXPECT_EQ(code_of(ask(abi::Statistics::kService, 4)), kNotFound);
  EXPECT_EQ(code_of(ask(abi::Statistics::kThread, kMaxThreads)), kNotFound);
}

TEST_F(Supervision, LogKeepsTheNewestAndCountsTheRest) {
  world.log_text();
  const std::string line(99, 'x');
  for (unsigned i = 0; i < kLogBytes / 100 + 10; ++i) world.kernel.log.line(line.c_str());
  world.kernel.log.line("the newest");
  EXPECT_EQ(world.kernel.log.size(), kLogBytes);
  const uint32_t lost = world.kernel.log.lost();
  EXPECT_GT(lost, 900u);
  const auto system = static_cast<uint32_t>(abi::Statistics::kSystem);
  ASSERT_EQ(world.call(supervisor, Syscall::kStatistics, {system, 0}), 0u);
  EXPECT_EQ(supervisor.context.r[6], lost);
  const std::string text = world.log_text();
  EXPECT_EQ(text.substr(text.size() - 11), "the newest\n");
}

TEST_F(Supervision, PanicLeavesARecordThatTheNextBootReportsOnce) {
  world.kernel.log.line("the last words");
  EXPECT_THROW(arch::panic("test of the panic"), std::runtime_error);
  const abi::PanicRecord& left = *world.kernel.panic_record;
  EXPECT_EQ(left.magic, abi::PanicRecord::kMagic);
  EXPECT_NE(std::string_view(left.log.data(), left.log_size).find("the last words"),
            std::string_view::npos);
  world.log_text();
  world.kernel.report_last_panic();
  EXPECT_NE(world.log_text().find("the last run ended in a panic: test of the panic, pc 0x"),
            std::string::npos);
  world.kernel.report_last_panic();
  EXPECT_EQ(world.log_text(), "");
}

TEST_F(Supervision, DamagedPanicRecordIsNoRecord) {
  EXPECT_THROW(arch::panic("test of the panic"), std::runtime_error);
  world.kernel.panic_record->pc ^= 1;
  world.log_text();
  world.kernel.report_last_panic();
  EXPECT_EQ(world.log_text(), "");
}

}  // namespace
}  // namespace kernel::test
