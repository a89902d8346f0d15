// A process dies alone, whatever it and others are doing; its callers hear of it.
#include <gtest/gtest.h>

#include <algorithm>

#include "kernel/soc/soc.h"
#include "kernel/test/world.h"

namespace kernel::test {
namespace {
using abi::Info;
using abi::Kind;
using abi::Syscall;
constexpr uint32_t kAsk = Info::make(Kind::kCall, 1).bits;

class Death : public testing::Test {
 protected:
  ~Death() override { EXPECT_EQ(audit(world), ""); }
  World world{{{.name = "client", .grants = {may_connect(0, 0b10)}},
               {.name = "server",
                .grants = {may_serve(0),
                           {.kind = abi::GrantKind::kInterrupt, .a = 25},
                           {.kind = abi::GrantKind::kDevice, .a = 0xf802'0000, .b = 0x4000}}},
               {.name = "bystander", .grants = {may_connect(0, 0b10)}}}};
  Thread& client = world.thread(0);
  Thread& server = world.thread(1);
  Thread& bystander = world.thread(2);
  uint32_t port = 0;
  uint32_t connection = world.connect(0, 1, 0, &port);
};

TEST_F(Death, OfAServerAnswersReceivedAndQueuedCallers) {
  const uint32_t second = (world.call(bystander, Syscall::kConnect, {0}), bystander.context.r[1]);
  world.call(server, Syscall::kReceive, {port});
  world.call(client, Syscall::kCall, {connection, kAsk});
  world.call(bystander, Syscall::kCall, {second, kAsk});
  world.fault(server);
  EXPECT_EQ(code_of(client.context.r[0]), kNotFound);
  EXPECT_EQ(code_of(bystander.context.r[0]), kNotFound);
  EXPECT_EQ(code_of(world.call(client, Syscall::kCall, {connection, kAsk})), kNotFound);
  EXPECT_EQ(code_of(world.call(client, Syscall::kConnect, {0})), 0u);  // the handle stays
}

TEST_F(Death, IsReportedWithNameKindAddressAndRegisters) {
  server.context.pc = 0x1'0040;
  world.make_run(server);
  world.kernel.fault(server, {.kind = "write: no page", .address = 0x44});
  world.next();
  const std::string log = world.log_text();
  EXPECT_NE(log.find("kernel: process server (pid 2) died: write: no page at 0x00000044, pc "
                     "0x00010040"),
            std::string::npos)
      << log;
  EXPECT_NE(log.find("r8 0x"), std::string::npos);
}

TEST_F(Death, MasksAndFreesItsInterrupts) {
  world.call(server, Syscall::kInterruptClaim, {25});
  const uint32_t handle = server.context.r[1];
  EXPECT_EQ(world.call(server, Syscall::kInterruptWait, {handle}), World::kBlocked);
  EXPECT_FALSE(world.machine.masked(25));
  world.machine.raise(25);
  world.interrupt();
  EXPECT_EQ(server.state, ThreadState::kRunnable);
  EXPECT_TRUE(world.machine.masked(25));
  world.call(server, Syscall::kInterruptWait, {handle});
  Thread* second = world.kernel.new_thread(*server.process, kCode, kData, 0, 8);
  world.fault(*second);
  EXPECT_TRUE(world.machine.masked(25));
  EXPECT_EQ(world.kernel.interrupts[25].owner, nullptr);
}

TEST_F(Death, InterruptThatNobodyClaimedIsMaskedAndReported) {
  soc::unmask_interrupt(30);
  world.machine.raise(30);
  world.interrupt();
  EXPECT_TRUE(world.machine.masked(30));
  EXPECT_NE(world.log_text().find("interrupt 30 has no owner, masked"), std::string::npos);
}

TEST(DeathOf, AServerIsToldToAllInPiecesBeforeAnotherMayServe) {
  constexpr unsigned kCallers = 3 * kThreadsPerPiece;
  World other{{{.name = "client", .grants = {may_connect(0, 0b10)}},
               {.name = "server", .priority = 9, .grants = {may_serve(0)}},
               {.name = "heir", .priority = 12, .grants = {may_serve(0)}}}};
  uint32_t port = 0;
  const uint32_t connection = other.connect(0, 1, 0, &port);
  std::vector<Thread*> callers;
  for (unsigned i = 0; i < kCallers; ++i) {
    callers.push_back(other.kernel.new_thread(other.process(0), kCode, kData, 0, 8));
    other.call(*callers.back(), Syscall::kCall, {connection, kAsk});
    if (i % 2) other.call(other.thread(1), Syscall::kReceive, {port});
  }
  const auto told = [&] {
    return std::ranges::count_if(callers, [](const Thread* t) {
      return t->state == ThreadState::kRunnable && code_of(t->context.r[0]) == kNotFound;
    });
  };
  other.prompt = false;
  other.fault(other.thread(1));
  EXPECT_EQ(code_of(other.call(other.thread(2), Syscall::kServe, {0})), kBusy);
  long before = told();
  while (other.kernel.servers[0].closing) {
    other.make_run(other.kernel.worker.thread);
    other.kernel.work();
    other.next();
    EXPECT_EQ(audit(other), "");
    EXPECT_LE(told() - before, long{kThreadsPerPiece} + long{kThreadsPerPiece});
    before = told();
  }
  EXPECT_EQ(before, long{kCallers});
  EXPECT_EQ(other.call(other.thread(2), Syscall::kServe, {0}), 0u);
  EXPECT_EQ(audit(other), "");
}

TEST_F(Death, GivesBackEveryFrame) {
  const uint32_t before = world.kernel.unpromised;
  const uint32_t held = world.process(0).pages;
  world.call(client, Syscall::kMap, {0, 40 * abi::kPageSize});
  world.fault(client);
  EXPECT_EQ(world.kernel.unpromised, before + held);
}

TEST_F(Death, OfACallerLeavesTheServerWithANotFound) {
  world.call(server, Syscall::kReceive, {port});
  world.call(client, Syscall::kCall, {connection, kAsk});
  Thread* second = world.kernel.new_thread(world.process(0), kCode, kData, 0, 8);
  world.fault(*second);
  EXPECT_EQ(code_of(world.call(server, Syscall::kReplyReceive, {server.context.r[11]})), kNotFound);
  EXPECT_TRUE(server.process->alive);
}

TEST_F(Death, ByExitIsNoFault) {
  world.call(client, Syscall::kExit, {3});
  EXPECT_FALSE(world.kernel.processes[1].alive);
  EXPECT_EQ(world.kernel.total_faults, 0u);
  EXPECT_NE(world.log_text().find("client (pid 1) exited with 3"), std::string::npos);
}

TEST(DeathOf, TheLastReaderSendsTheLogToTheEmergencyWriter) {
  constexpr abi::SyscallMask kNoLog = ~abi::mask_of(Syscall::kLogRead);
  World other{{{.name = "client", .syscalls = kNoLog}, {.name = "console"}}};
  other.fault(other.thread(1));
  other.call(other.thread(0), Syscall::kSleep, {~0u, ~0u});  // the log has the least urgent turn
  EXPECT_NE(other.machine.emergency.find("console (pid 2) died"), std::string::npos);
  EXPECT_EQ(other.machine.emergency.substr(other.machine.emergency.size() - 2), "\r\n");
}

TEST_F(Death, DeviceAndInterruptOutsideTheManifestAreDenied) {
  EXPECT_EQ(code_of(world.call(client, Syscall::kInterruptClaim, {25})), kDenied);
  EXPECT_EQ(code_of(world.call(client, Syscall::kMapDevice, {0xf802'0000, 0x4000})), kDenied);
  EXPECT_EQ(code_of(world.call(server, Syscall::kMapDevice, {0xf802'0000, 0x8000})), kDenied);
  EXPECT_EQ(world.call(server, Syscall::kMapDevice, {0xf802'0000, 0x4000}), 0u);
  EXPECT_EQ(arch::page_get(2, server.context.r[1]).access, arch::Access::kDevice);
}

TEST_F(Death, QuotaIsAnErrorAndNotAnybodyElsesTrouble) {
  EXPECT_EQ(code_of(world.call(client, Syscall::kMap, {0, 65 * abi::kPageSize})), kNoMemory);
  EXPECT_EQ(world.call(client, Syscall::kMap, {0, 64 * abi::kPageSize}), 0u);
  EXPECT_EQ(code_of(world.call(client, Syscall::kMap, {0, 1})), kNoMemory);
  EXPECT_EQ(world.call(bystander, Syscall::kMap, {0, 64 * abi::kPageSize}), 0u);
}

TEST_F(Death, FreshPagesAreZeroEvenWhenReused) {
  world.call(client, Syscall::kMap, {0, 4 * abi::kPageSize});
  const uint32_t first = client.context.r[1];
  std::fill_n(world.memory(client, first), abi::kPageSize, std::byte{0xee});
  world.call(client, Syscall::kUnmap, {first, 4 * abi::kPageSize});
  world.call(bystander, Syscall::kMap, {0, 4 * abi::kPageSize});
  for (uint32_t page = 0; page < 4; ++page) {
    const std::byte* bytes =
        world.memory(bystander, bystander.context.r[1] + page * abi::kPageSize);
    for (unsigned i = 0; i < abi::kPageSize; ++i) ASSERT_EQ(bytes[i], std::byte{0});
  }
}

TEST_F(Death, LogReaderWaitsAndGetsTheText) {
  world.log_text();
  EXPECT_EQ(world.call(bystander, Syscall::kLogRead, {kData, 100}), World::kBlocked);
  world.fault(client);
  ASSERT_EQ(bystander.state, ThreadState::kRunnable);
  EXPECT_EQ(world.call(bystander, Syscall::kLogRead, {kData, 100}), 0u);
  const char* text = reinterpret_cast<const char*>(world.memory(bystander, kData));
  EXPECT_EQ(std::string_view(text, 22), "kernel: process client");
}

}  // namespace
}  // namespace kernel::test
