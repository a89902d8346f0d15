// Processes made while the system runs: by a supervisor from the image, and from scratch.
#include "kernel/abi/create.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "kernel/test/world.h"

namespace kernel::test {
namespace {

using abi::GrantKind;
using abi::Syscall;
constexpr uint32_t kPage = abi::kPageSize;
constexpr uint32_t kPlace = 0x0040'0000;  // where a child's pages go

abi::Grant may_start(uint32_t index) {
  return {.kind = GrantKind::kSupervise, .a = index};
}

/// A supervisor of process 1 and creator of children, an ordinary process, and a stranger.
class Create : public testing::Test {
 protected:
  static constexpr abi::SyscallMask kChildCalls = abi::kOrdinary;
  static constexpr uint32_t kChildQuota = 16 * kPage;
  World world{
      {{.name = "maker",
        .priority = 20,
        .grants = {may_start(1),
                   {.kind = GrantKind::kChildren, .a = 2, .b = kChildQuota, .mask = kChildCalls},
                   {.kind = GrantKind::kChildConnect, .a = 0, .mask = 0b1010}}},
       {.name = "worker", .priority = 9, .grants = {may_serve(0)}},
       {.name = "stranger"}}};
  Thread& maker = world.thread(0);

  abi::CreateArguments wanted() const {
    abi::CreateArguments arguments{.priority = 5,
                                   .memory_quota = kChildQuota,
                                   .stack_size = 2 * kPage,
                                   .syscalls = kChildCalls,
                                   .grant_count = 1};
    std::memcpy(arguments.name.data(), "child", 5);
    arguments.grants[0] = {.service = 0, .methods = 0b0010};
    return arguments;
  }
  uint32_t create(Thread& thread, const abi::CreateArguments& arguments) {
    std::memcpy(world.memory(thread, kData), &arguments, sizeof arguments);
    return world.call(thread, Syscall::kProcessCreate, {kData});
  }
  /// The identity of a child that waits for its pages.
  uint32_t child() {
    EXPECT_EQ(create(maker, wanted()), 0u);
    return maker.context.r[1];
  }
  uint32_t map(Thread& thread, uint32_t bytes) {
    EXPECT_EQ(world.call(thread, Syscall::kMap, {0, bytes}), 0u);
    return thread.context.r[1];
  }
  uint32_t give(uint32_t identity, uint32_t from, uint32_t bytes, uint32_t to,
                abi::GiveAccess how) {
    return world.call(maker, Syscall::kProcessGive,
                      {identity, from, bytes, to | static_cast<uint32_t>(how)});
  }
  /// A child with a page of code.
  uint32_t loaded_child() {
    const uint32_t identity = child();
    EXPECT_EQ(give(identity, map(maker, kPage), kPage, kPlace, abi::GiveAccess::kExecute), 0u);
    return identity;
  }
  Process& slot(uint32_t identity) { return world.kernel.processes[identity & 0xff]; }
  void end(unsigned process) { world.fault(world.thread(process)); }
  void sound() { EXPECT_EQ(audit(world), ""); }
};

TEST_F(Create, ADeadProcessOfTheImageStartsAnewWithAnotherIdentity) {
  const uint32_t before = world.process(1).identity;
  std::memset(world.memory(world.thread(1), kData), 0x11, 2 * kPage);
  end(1);
  ASSERT_EQ(world.call(maker, Syscall::kProcessStart, {1}), 0u);
  const uint32_t after = maker.context.r[1];
  EXPECT_EQ(after & 0xff, before & 0xff);
  EXPECT_EQ(after >> 8, (before >> 8) + 1);
  Thread& first = *slot(after).threads;
  EXPECT_EQ(first.context.pc, kCode);
  EXPECT_EQ(world.memory(first, kData)[99], std::byte{0x77}) << "its data is as in the image";
  EXPECT_EQ(world.memory(first, kData)[100], std::byte{0});
  abi::ProcessArguments arguments;
  std::memcpy(&arguments, world.memory(first, first.context.r[0]), sizeof arguments);
  EXPECT_EQ(abi::Identity::make(arguments.pid, arguments.generation).bits, after);
  EXPECT_EQ(slot(after).pages_limit, slot(after).pages + 64) << "the quota counts anew";
  sound();
}

TEST_F(Create, AClientsConnectionFindsTheRestartedServer) {
  World pair({{.name = "maker", .grants = {may_start(1), may_connect(0, 2)}},
              {.name = "server", .grants = {may_serve(0)}}});
  const uint32_t connection = pair.connect(0, 1, 0);
  pair.fault(pair.thread(1));
  const auto message = abi::Info::make(abi::Kind::kSend, 1).bits;
  EXPECT_EQ(code_of(pair.call(pair.thread(0), Syscall::kSend, {connection, message})), kNotFound);
  ASSERT_EQ(pair.call(pair.thread(0), Syscall::kProcessStart, {1}), 0u);
  Thread& anew = *pair.kernel.processes[2].threads;
  ASSERT_EQ(pair.call(anew, Syscall::kServe, {0}), 0u);
  EXPECT_EQ(pair.call(pair.thread(0), Syscall::kSend, {connection, message}), 0u);
  EXPECT_EQ(audit(pair), "");
}

TEST_F(Create, AProcessForLaterWaitsForItsSupervisor) {
  World later(
      {{.name = "maker", .grants = {{.kind = GrantKind::kSupervise, .a = abi::kEveryProcess}}},
       {.name = "late", .flags = abi::kProcessLater}});
  EXPECT_FALSE(later.kernel.processes[2].alive);
  EXPECT_EQ(later.machine.pages(2).size(), 0u);
  EXPECT_NE(later.log_text().find("kernel: ready, 1 processes"), std::string::npos);
  ASSERT_EQ(later.call(later.thread(0), Syscall::kProcessStart, {1}), 0u);
  EXPECT_TRUE(later.kernel.processes[2].alive);
  EXPECT_EQ(code_of(later.call(later.thread(0), Syscall::kProcessStart, {2})), kNotFound);
}

TEST_F(Create, StartingNeedsTheGrantForThatProcessAndADeadOne) {
  EXPECT_EQ(code_of(world.call(maker, Syscall::kProcessStart, {1})), kBusy);
  end(1);
  EXPECT_EQ(code_of(world.call(world.thread(2), Syscall::kProcessStart, {1})), kDenied);
  EXPECT_EQ(code_of(world.call(maker, Syscall::kProcessStart, {2})), kDenied);
  EXPECT_EQ(code_of(world.call(maker, Syscall::kProcessStart, {~0u})), kDenied);
}

TEST_F(Create, StartingIsDoneInPieces) {
  end(1);
  world.make_run(maker);
  const std::vector<uint32_t> registers{1};
  unsigned entries = 0, most = 0;
  const uint32_t pc = maker.context.pc;
  do {
    const size_t before = world.machine.pages(2).size();
    maker.context.pc = pc;
    world.enter(maker, Syscall::kProcessStart, registers);
    most = std::max<unsigned>(most, world.machine.pages(2).size() - before);
    ++entries;
  } while (maker.context.pc == pc);
  EXPECT_GE(entries, kDataPages / kCopiedPagesPerPiece);
  EXPECT_LE(most, kPagesPerPiece);
  sound();
}

TEST_F(Create, AStartThatFindsNoMemoryLeavesNothing) {
  end(1);
  const uint32_t unpromised = world.kernel.unpromised;
  world.machine.tables_left = 0;
  EXPECT_EQ(code_of(world.call(maker, Syscall::kProcessStart, {1})), kNoMemory);
  EXPECT_EQ(world.kernel.unpromised, unpromised);
  EXPECT_FALSE(world.kernel.processes[2].alive);
  world.machine.tables_left = 100;
  EXPECT_EQ(world.call(maker, Syscall::kProcessStart, {1}), 0u);
  sound();
}

TEST_F(Create, WhoStartsAProcessAndDiesHalfWayTakesItAlong) {
  end(1);
  world.make_run(maker);
  const std::vector<uint32_t> registers{1};
  for (int piece = 0; piece < 3; ++piece) {  // space, places, pages
    world.enter(maker, Syscall::kProcessStart, registers);
  }
  EXPECT_NE(world.machine.pages(2).size(), 0u);
  end(0);
  EXPECT_EQ(world.machine.pages(2).size(), 0u);
  EXPECT_FALSE(world.kernel.processes[2].alive);
  sound();
}

TEST_F(Create, MessagesOfADeadProcessStillCountAfterItsRestart) {
  World pair({{.name = "server", .grants = {may_serve(0), may_start(1)}},
              {.name = "client", .grants = {may_connect(0, 2)}}});
  uint32_t server = 0;
  const uint32_t connection = pair.connect(1, 0, 0, &server);
  const auto message = abi::Info::make(abi::Kind::kSend, 1).bits;
  ASSERT_EQ(pair.call(pair.thread(1), Syscall::kSend, {connection, message}), 0u);
  pair.fault(pair.thread(1));
  ASSERT_EQ(pair.call(pair.thread(0), Syscall::kProcessStart, {1}), 0u);
  EXPECT_EQ(audit(pair), "");
  ASSERT_EQ(pair.call(pair.thread(0), Syscall::kReceive, {server}), 0u);
  EXPECT_EQ(pair.kernel.processes[2].messages, 0u);
  EXPECT_EQ(audit(pair), "");
}

TEST_F(Create, AChildRunsWithWhatItWasGivenAndNoMore) {
  const uint32_t identity = child();
  const uint32_t heap = map(maker, 3 * kPage);
  std::memset(world.memory(maker, heap), 0x22, kPage);
  ASSERT_EQ(give(identity, heap, kPage, kPlace, abi::GiveAccess::kExecute), 0u);
  ASSERT_EQ(give(identity, heap + kPage, kPage, kPlace + kPage, abi::GiveAccess::kRead), 0u);
  ASSERT_EQ(
      give(identity, heap + 2 * kPage, kPage, kPlace + 2 * kPage, abi::GiveAccess::kReadWrite), 0u);
  EXPECT_EQ(world.memory(maker, heap), nullptr) << "they have left their giver";
  ASSERT_EQ(world.call(maker, Syscall::kProcessRun, {identity, kPlace + 8}), 0u);
  EXPECT_EQ(maker.context.r[1], identity);
  Process& process = slot(identity);
  ASSERT_EQ(process.thread_count, 1u);
  Thread& first = *process.threads;
  EXPECT_EQ(first.context.pc, kPlace + 8);
  EXPECT_EQ(first.priority, 5u);
  EXPECT_EQ(std::string(process.name.data()), "child");
  EXPECT_EQ(arch::page_get(process.pid, kPlace).access, arch::Access::kExecute);
  EXPECT_EQ(arch::page_get(process.pid, kPlace + kPage).access, arch::Access::kRead);
  EXPECT_EQ(arch::page_get(process.pid, kPlace + 2 * kPage).access, arch::Access::kReadWrite);
  EXPECT_EQ(world.memory(first, kPlace)[5], std::byte{0x22});
  EXPECT_EQ(process.pages, 6u) << "three given, two of stack, one of arguments";
  EXPECT_EQ(process.pages_limit, 16u);
  abi::ProcessArguments arguments;
  std::memcpy(&arguments, world.memory(first, first.context.r[0]), sizeof arguments);
  EXPECT_EQ(arguments.image, kPlace);
  sound();
}

TEST_F(Create, InstructionsAreMadeVisibleBeforeTheyCanRun) {
  const uint32_t identity = child();
  const uint32_t heap = map(maker, 2 * kPage);
  const uint32_t code = arch::page_get(1, heap).physical,
                 data = arch::page_get(1, heap + kPage).physical;
  ASSERT_EQ(give(identity, heap, kPage, kPlace, abi::GiveAccess::kExecute), 0u);
  ASSERT_EQ(give(identity, heap + kPage, kPage, kPlace + kPage, abi::GiveAccess::kReadWrite), 0u);
  EXPECT_TRUE(world.machine.made_executable.contains(code));
  EXPECT_FALSE(world.machine.made_executable.contains(data));
}

TEST_F(Create, AChildsMessagesPassItsMask) {
  uint32_t server = 0;
  ASSERT_EQ(world.call(world.thread(1), Syscall::kServe, {0}), 0u);
  const uint32_t identity = loaded_child();
  ASSERT_EQ(world.call(maker, Syscall::kProcessRun, {identity, kPlace}), 0u);
  Thread& first = *slot(identity).threads;
  ASSERT_EQ(world.call(first, Syscall::kConnect, {0}), 0u);
  const uint32_t connection = first.context.r[1];
  EXPECT_EQ(
      world.call(first, Syscall::kSend, {connection, abi::Info::make(abi::Kind::kSend, 1).bits}),
      0u);
  EXPECT_EQ(code_of(world.call(first, Syscall::kSend,
                               {connection, abi::Info::make(abi::Kind::kSend, 3).bits})),
            kDenied);
  EXPECT_EQ(code_of(world.call(first, Syscall::kConnect, {1})), kDenied);
  EXPECT_EQ(code_of(world.call(first, Syscall::kProcessStart, {1})), kDenied);
  (void)server;
  sound();
}

TEST_F(Create, NothingCanBeWidened) {
  using Arguments = abi::CreateArguments;
  const std::pair<const char*, std::function<void(Arguments&)>> denied[] = {
      {"a priority above the creator's", [](Arguments& a) { a.priority = 21; }},
      {"a larger quota", [](Arguments& a) { a.memory_quota += 1; }},
      {"a call that is not to be passed on",
       [](Arguments& a) { a.syscalls |= abi::mask_of(Syscall::kPower); }},
      {"a method that is not", [](Arguments& a) { a.grants[0].methods = 0b0110; }},
      {"notifications that are not", [](Arguments& a) { a.grants[0].methods |= 1; }},
      {"a service that is not", [](Arguments& a) { a.grants[0].service = 1; }},
      {"a service that there is not", [](Arguments& a) { a.grants[0].service = 99; }},
      {"one of many", [](Arguments& a) {
         a.grants.fill(a.grants[0]);
         a.grants[15].methods = 4;
         a.grant_count = 16;
       }}};
  for (const auto& [what, change] : denied) {
    Arguments arguments = wanted();
    change(arguments);
    EXPECT_EQ(code_of(create(maker, arguments)), kDenied) << what;
    EXPECT_EQ(world.process(0).children, 0u) << what;
  }
  EXPECT_EQ(code_of(create(world.thread(2), wanted())), kDenied) << "no grant at all";
  sound();
}

TEST_F(Create, WhatMakesNoSenseIsRefused) {
  using Arguments = abi::CreateArguments;
  const std::pair<const char*, std::function<void(Arguments&)>> invalid[] = {
      {"an endless name", [](Arguments& a) { a.name.fill('x'); }},
      {"too many grants", [](Arguments& a) { a.grant_count = 17; }},
      {"no stack", [](Arguments& a) { a.stack_size = 0; }},
      {"part of a page of stack", [](Arguments& a) { a.stack_size = 100; }},
      {"an enormous stack", [](Arguments& a) { a.stack_size = abi::kMostStack + kPage; }},
      {"an unknown flag", [](Arguments& a) { a.flags = abi::kProcessLater; }}};
  for (const auto& [what, change] : invalid) {
    Arguments arguments = wanted();
    change(arguments);
    EXPECT_EQ(code_of(create(maker, arguments)), kInvalid) << what;
  }
  EXPECT_EQ(world.process(0).children, 0u);
}

TEST_F(Create, ArgumentsAreReadWithTheCreatorsOwnRights) {
  world.call(maker, Syscall::kProcessCreate, {0xc000'0000});
  EXPECT_FALSE(world.process(0).alive);
  EXPECT_NE(world.log_text().find("arguments of a process"), std::string::npos);
}

TEST_F(Create, OnlySoManyAtOnce) {
  const uint32_t first = child();
  child();
  EXPECT_EQ(code_of(create(maker, wanted())), kNoMemory);
  EXPECT_EQ(world.call(maker, Syscall::kKill, {first}), 0u);
  const uint32_t third = child();
  EXPECT_NE(third, first);
  sound();
}

TEST_F(Create, AStaleIdentityNamesNobody) {
  const uint32_t first = loaded_child();
  EXPECT_EQ(world.call(maker, Syscall::kKill, {first}), 0u);
  const uint32_t heap = map(maker, kPage);
  EXPECT_EQ(code_of(give(first, heap, kPage, kPlace, abi::GiveAccess::kRead)), kNotFound);
  EXPECT_EQ(code_of(world.call(maker, Syscall::kProcessRun, {first, kPlace})), kNotFound);
  EXPECT_EQ(code_of(world.call(maker, Syscall::kProcessRun, {0, kPlace})), kNotFound);
  EXPECT_EQ(code_of(world.call(maker, Syscall::kProcessRun, {world.process(1).identity, kCode})),
            kNotFound)
      << "not a child";
}

TEST_F(Create, AStrangersChildIsNobodysElse) {
  World two({{.name = "a", .grants = {{.kind = GrantKind::kChildren, .a = 1, .b = kChildQuota}}},
             {.name = "b", .grants = {{.kind = GrantKind::kChildren, .a = 1, .b = kChildQuota}}}});
  abi::CreateArguments arguments = wanted();
  arguments.syscalls = 0;
  arguments.grant_count = 0;
  std::memcpy(two.memory(two.thread(0), kData), &arguments, sizeof arguments);
  ASSERT_EQ(two.call(two.thread(0), Syscall::kProcessCreate, {kData}), 0u);
  const uint32_t identity = two.thread(0).context.r[1];
  EXPECT_EQ(code_of(two.call(two.thread(1), Syscall::kProcessRun, {identity, kPlace})), kNotFound);
}

TEST_F(Create, ARunningChildIsClosed) {
  const uint32_t identity = loaded_child();
  ASSERT_EQ(world.call(maker, Syscall::kProcessRun, {identity, kPlace}), 0u);
  const uint32_t heap = map(maker, kPage);
  EXPECT_EQ(code_of(give(identity, heap, kPage, kPlace + kPage, abi::GiveAccess::kRead)), kBusy);
  EXPECT_EQ(code_of(world.call(maker, Syscall::kProcessRun, {identity, kPlace})), kBusy);
}

TEST_F(Create, TheEntryMustBeCode) {
  const uint32_t identity = loaded_child();
  const uint32_t heap = map(maker, kPage);
  ASSERT_EQ(give(identity, heap, kPage, kPlace + kPage, abi::GiveAccess::kReadWrite), 0u);
  for (const uint32_t entry : {kPlace + kPage, kPlace + 2 * kPage, kPlace + 2, 0u, 0xc000'0000u}) {
    EXPECT_EQ(code_of(world.call(maker, Syscall::kProcessRun, {identity, entry})), kInvalid)
        << entry;
  }
}

TEST_F(Create, GivenPagesCountForTheChildsQuota) {
  const uint32_t identity = child();
  const uint32_t held = world.process(0).pages;
  const uint32_t heap = map(maker, 16 * kPage);
  ASSERT_EQ(give(identity, heap, 16 * kPage, kPlace, abi::GiveAccess::kExecute), 0u);
  EXPECT_EQ(world.process(0).pages, held);
  EXPECT_EQ(slot(identity).pages, 16u);
  const uint32_t more = map(maker, kPage);
  EXPECT_EQ(code_of(give(identity, more, kPage, kPlace + 16 * kPage, abi::GiveAccess::kRead)),
            kNoMemory);
  EXPECT_EQ(code_of(world.call(maker, Syscall::kProcessRun, {identity, kPlace})), kNoMemory)
      << "no page is left for its stack";
  EXPECT_FALSE(slot(identity).alive);
  sound();
}

TEST_F(Create, NoPlaceIsGivenTwice) {
  const uint32_t identity = loaded_child();
  const uint32_t heap = map(maker, 2 * kPage);
  EXPECT_EQ(code_of(give(identity, heap, 2 * kPage, kPlace - kPage, abi::GiveAccess::kRead)),
            kBusy);
  EXPECT_NE(world.memory(maker, heap), nullptr) << "nothing has moved";
}

struct Bug {
  const char* what;
  uint32_t from, to;
};
class CreateBug : public Create, public testing::WithParamInterface<Bug> {};

TEST_P(CreateBug, EndsTheOneWhoGivesAway) {
  const uint32_t identity = child();
  map(maker, kPage);
  world.call(maker, Syscall::kProcessGive, {identity, GetParam().from, kPage, GetParam().to});
  EXPECT_FALSE(world.process(0).alive) << GetParam().what;
  EXPECT_FALSE(slot(identity).alive) << "and its child with it";
  sound();
}
INSTANTIATE_TEST_SUITE_P(All, CreateBug,
                         testing::Values(Bug{"its own code", kCode, kPlace},
                                         Bug{"its own data", kData, kPlace},
                                         Bug{"nothing", abi::kHeapBase + 0x10'0000, kPlace},
                                         Bug{"part of a page", abi::kHeapBase + 4, kPlace},
                                         Bug{"the kernel", 0xc000'0000, kPlace},
                                         Bug{"writable code", abi::kHeapBase, kPlace | 3},
                                         Bug{"below the image area", abi::kHeapBase, 0},
                                         Bug{"behind it", abi::kHeapBase, abi::kImageEnd},
                                         Bug{"into the kernel", abi::kHeapBase, 0xc000'0000}));

TEST_F(Create, AChildLivesNoLongerThanItsCreator) {
  const uint32_t running = loaded_child();
  ASSERT_EQ(world.call(maker, Syscall::kProcessRun, {running, kPlace}), 0u);
  const uint32_t waiting = loaded_child();
  end(0);
  EXPECT_FALSE(slot(running).alive);
  EXPECT_FALSE(slot(waiting).alive);
  sound();
}

TEST_F(Create, ARightIsCheckedAndKeptInOneStep) {
  abi::CreateArguments arguments = wanted();
  arguments.grants.fill(arguments.grants[0]);
  arguments.grant_count = 16;
  std::memcpy(world.memory(maker, kData), &arguments, sizeof arguments);
  world.make_run(maker);
  const std::vector<uint32_t> registers{kData};
  world.enter(maker, Syscall::kProcessCreate, registers);  // a slot
  world.enter(maker, Syscall::kProcessCreate, registers);  // the first four grants
  arguments.grants[0].methods = ~uint64_t{0};              // another thread writes here
  std::memcpy(world.memory(maker, kData), &arguments, sizeof arguments);
  ASSERT_EQ(world.call(maker, Syscall::kProcessCreate, {kData}), 0u);
  for (const abi::Grant& grant : slot(maker.context.r[1]).grants) EXPECT_EQ(grant.mask, 0b0010u);
}

TEST_F(Create, AChildThatIsKilledWhileItIsMadeStaysDead) {
  const abi::CreateArguments arguments = wanted();
  std::memcpy(world.memory(maker, kData), &arguments, sizeof arguments);
  world.make_run(maker);
  const std::vector<uint32_t> registers{kData};
  world.enter(maker, Syscall::kProcessCreate, registers);  // a slot
  world.enter(maker, Syscall::kProcessCreate, registers);  // its rights, and an address space
  Process& made = slot(maker.progress);
  ASSERT_TRUE(made.alive);
  world.kernel.end_process(made, abi::EndReason::kKilled);
  world.next();
  sound();
  EXPECT_EQ(code_of(world.call(maker, Syscall::kProcessCreate, {kData})), kNotFound);
  EXPECT_FALSE(made.alive);
  sound();
  EXPECT_EQ(create(maker, wanted()), 0u);
}

TEST_F(Create, TwoHundredAndFiftyFiveProcessesFit) {
  World full(
      {{.name = "maker",
        .priority = 20,
        .grants = {{.kind = GrantKind::kChildren, .a = 300, .b = kChildQuota, .mask = kChildCalls}},
        .quota = 4096 * kPage}},
      4, 8192);
  abi::CreateArguments arguments = wanted();
  arguments.grant_count = 0;
  Thread& thread = full.thread(0);
  for (unsigned pid = 2; pid < kMaxProcesses; ++pid) {
    std::memcpy(full.memory(thread, kData), &arguments, sizeof arguments);
    ASSERT_EQ(full.call(thread, Syscall::kProcessCreate, {kData}), 0u) << pid;
    const uint32_t identity = thread.context.r[1];
    ASSERT_EQ(full.call(thread, Syscall::kMap, {0, kPage}), 0u);
    ASSERT_EQ(full.call(thread, Syscall::kProcessGive,
                        {identity, thread.context.r[1], kPage,
                         kPlace | static_cast<uint32_t>(abi::GiveAccess::kExecute)}),
              0u);
    ASSERT_EQ(full.call(thread, Syscall::kProcessRun, {identity, kPlace}), 0u) << pid;
  }
  EXPECT_EQ(code_of(full.call(thread, Syscall::kProcessCreate, {kData})), kNoMemory);
  for (unsigned pid = 1; pid < kMaxProcesses; ++pid) EXPECT_TRUE(full.kernel.processes[pid].alive);
  EXPECT_EQ(audit(full), "");
}

}  // namespace
}  // namespace kernel::test
