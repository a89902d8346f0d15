// Proof that audit() sees what it looks for: the kernel's state is damaged by hand, in one place at
// a time, and the audit must name the damage.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "kernel/abi/create.h"
#include "kernel/soc/soc.h"
#include "kernel/test/world.h"

namespace kernel::test {
namespace {
using abi::GrantKind;
using abi::Info;
using abi::Kind;
using abi::Syscall;
constexpr uint32_t kPage = abi::kPageSize;
constexpr unsigned kSource = 41, kOtherSource = 42, kStrangeSource = 50;
constexpr uint32_t kDevice = 0xf800'0000;
constexpr uint32_t kMost = kPriorities - 1;

std::vector<ProcessPlan> plans() {
  return {
      {.name = "client",
       .priority = 4,
       .grants = {may_connect(0, 0b111), may_connect(1, 0b10), may_connect(2, 0b10)}},
      {.name = "server", .priority = 6, .grants = {may_serve(0), may_serve(1)}},
      {.name = "driver",
       .priority = 5,
       .grants = {may_connect(0, 0b10),
                  {.kind = GrantKind::kDma, .b = 6 * kPage},
                  {.kind = GrantKind::kDevice, .a = kDevice, .b = 2 * kPage},
                  {.kind = GrantKind::kInterrupt, .a = kSource},
                  {.kind = GrantKind::kInterrupt, .a = kOtherSource}}},
      {.name = "super",
       .priority = 7,
       .grants = {{.kind = GrantKind::kSupervise, .a = abi::kEveryProcess},
                  {.kind = GrantKind::kChildren, .a = 2, .b = 12 * kPage, .mask = abi::kOrdinary},
                  {.kind = GrantKind::kChildConnect, .a = 0, .mask = 0b110}}},
      {.name = "idle",
       .priority = 4,
       .grants = {may_connect(0, 2), may_connect(1, 2), may_connect(2, 2), may_serve(3)}},
      {.name = "restarted"},
      {.name = "victim"},
  };
}

/// A kernel with something of everything going on.
class Rig {
 public:
  World world{plans(), 4};
  Kernel& kernel = world.kernel;
  Process &client = world.process(0), &server = world.process(1), &driver = world.process(2),
          &super = world.process(3), &idle = world.process(4), &victim = world.process(6);
  Thread &lender = world.thread(0), &receiver = world.thread(1), &device = world.thread(2),
         &creator = world.thread(3);
  // Of the client.
  Thread *queued = nullptr, *futex = nullptr, *put_off = nullptr, *ghost = nullptr;
  Thread *answered = nullptr, *joiner = nullptr, *sleeper = nullptr, *dozer = nullptr;
  Thread *waits = nullptr, *waits_timed = nullptr;  // of the server, at its other service
  Thread *interrupted = nullptr, *sender = nullptr, *claimer = nullptr, *lends_dma = nullptr;
  Thread* reader = nullptr;
  Process* child = nullptr;
  Server& service = kernel.servers[0];
  Server& other = kernel.servers[1];
  Server& unserved = kernel.servers[3];
  Thread& spare = kernel.threads[900];  // free
  uint32_t heap = 0, dma = 0, mapped = 0;

  Rig();

  Thread* thread_of(Process& process) {
    return kernel.new_thread(process, kCode, kData + 0x1000, 0, process.priority_limit);
  }
  void call(Thread& thread, Syscall number, std::vector<uint32_t> registers = {}) {
    registers.resize(12);
    world.make_run(thread);
    world.call(thread, number, registers);
  }
  Frame& frame_at(const Process& process, uint32_t address) {
    return *kernel.frame_of(arch::page_get(process.pid, address).physical);
  }
  void change_page(const Process& process, uint32_t address,
                   const std::function<void(arch::Page&)>& how) {
    arch::Page page = arch::page_get(process.pid, address);
    how(page);
    base::require(arch::page_set(process.pid, address, page));
  }
  void swap_pages(const Process& process, uint32_t a, uint32_t b) {
    const arch::Page first = arch::page_get(process.pid, a),
                     second = arch::page_get(process.pid, b);
    base::require(arch::page_set(process.pid, a, second) && arch::page_set(process.pid, b, first));
  }
  Message& message() {
    for (Queued* item = service.first; item; item = item->next) {
      if (item->caller == nullptr) return static_cast<Message&>(*item);
    }
    base::require(false);
    return kernel.messages[0];
  }
  abi::CrashRecord& record(unsigned index) {
    return kernel.crashes.records[(kernel.crashes.read + index) % kCrashRecords];
  }
  /// Somebody who can run and does not.
  Thread& ready() {
    for (Kernel::ReadyList& list : kernel.ready_lists) {
      if (list.first) return *list.first;
    }
    base::require(false);
    return spare;
  }
  Thread& last_of(Process& process) {
    Thread* t = process.threads;
    while (t->peer_next) t = t->peer_next;
    return *t;
  }
  /// Where the page that `lender` has lent is with the server.
  uint32_t loan_at(const Thread& thread) {
    return loan_address(server, thread.token & kTokenIndex);
  }

 private:
  void make_child();
};

Rig::Rig() {
  const auto make = [&](Thread*& thread, Process& process) { thread = thread_of(process); };
  for (Thread** t : {&queued, &futex, &put_off, &ghost, &answered, &joiner, &sleeper, &dozer}) {
    make(*t, client);
  }
  make(waits, server), make(waits_timed, server);
  for (Thread** t : {&interrupted, &sender, &claimer, &lends_dma}) make(*t, driver);
  make(reader, super);
  call(creator, Syscall::kTraceControl, {1});

  call(receiver, Syscall::kServe, {0});
  const uint32_t port = receiver.context.r[1];
  call(receiver, Syscall::kServe, {1});
  const uint32_t port2 = receiver.context.r[1];
  call(lender, Syscall::kConnect, {0});
  const uint32_t connection = lender.context.r[1];
  call(lender, Syscall::kConnect, {1});
  call(device, Syscall::kConnect, {0});
  const uint32_t of_driver = device.context.r[1];
  call(*waits, Syscall::kReceive, {port2});
  call(*waits_timed, Syscall::kReceiveTimed, {port2, 1'000'000'000, 0});

  // Those who have ended, before anybody may be woken by it.
  world.fault(world.thread(5));
  call(creator, Syscall::kProcessStart, {5});
  world.fault(world.thread(6));

  // Calls in every state, with and without pages.
  const uint32_t ask = Info::make(Kind::kCall, 1).bits, lend = Info::make(Kind::kLendMut, 1).bits;
  call(*answered, Syscall::kCall, {connection, ask});
  call(receiver, Syscall::kReceive, {port});
  call(receiver, Syscall::kReply, {receiver.context.r[11]});
  call(*put_off, Syscall::kCall, {connection, ask});
  call(receiver, Syscall::kReceive, {port});
  call(*ghost, Syscall::kCallTimed, {connection, lend, kData, kPage, 0, 0, 0, 0, 0, 0, 1000, 0});
  call(receiver, Syscall::kReceive, {port});
  kernel.cancel_sleep(*ghost);
  kernel.time_out(*ghost);
  world.next();
  call(*ghost, Syscall::kFutexWait, {kData, 0x7777'7777, ~0u, ~0u});
  call(lender, Syscall::kMap, {0, 2 * kPage});
  heap = lender.context.r[1];
  call(lender, Syscall::kCall, {connection, lend, heap, kPage});
  call(receiver, Syscall::kReceive, {port});
  call(*queued, Syscall::kCall, {connection, ask});
  call(*sender, Syscall::kSend, {of_driver, Info::make(Kind::kSend, 1).bits});
  call(*sender, Syscall::kSend, {of_driver, Info::make(Kind::kSend, 1).bits});

  // The driver's devices.
  for (const uint32_t pages : {2u, 1u, 1u}) {
    call(device, Syscall::kMapDma, {pages * kPage});
    if (dma == 0) dma = device.context.r[1];
  }
  call(device, Syscall::kMapDevice, {kDevice, 2 * kPage});
  mapped = device.context.r[1];
  call(*interrupted, Syscall::kInterruptClaim, {kSource});
  call(*interrupted, Syscall::kInterruptWait, {interrupted->context.r[1]});
  call(*claimer, Syscall::kInterruptClaim, {kOtherSource});
  call(*lends_dma, Syscall::kCall, {of_driver, Info::make(Kind::kLend, 1).bits, dma, kPage});

  make_child();
  call(*futex, Syscall::kFutexWait, {kData + 0x1000, 0, ~0u, ~0u});
  call(*sleeper, Syscall::kSleep, {500'000'000, 0});
  call(*dozer, Syscall::kSleep, {600'000'000, 0});
  call(*joiner, Syscall::kThreadJoin, {(futex->token & kTokenIndex) | futex->generation << 10});
  world.log_text();
  call(*reader, Syscall::kLogRead, {kData, 100});
  call(creator, Syscall::kYield);
}

void Rig::make_child() {
  abi::CreateArguments wanted{.priority = 3,
                              .memory_quota = 10 * kPage,
                              .stack_size = kPage,
                              .syscalls = abi::kOrdinary,
                              .grant_count = 1};
  std::memcpy(wanted.name.data(), "child", 5);
  wanted.grants[0] = {.service = 0, .methods = 0b010};
  std::memcpy(world.memory(creator, kData), &wanted, sizeof wanted);
  call(creator, Syscall::kProcessCreate, {kData});
  child = &kernel.processes[creator.context.r[1] & 0xff];
  call(creator, Syscall::kMap, {0, kPage});
  const auto code = static_cast<uint32_t>(abi::GiveAccess::kExecute);
  call(creator, Syscall::kProcessGive,
       {child->identity, creator.context.r[1], kPage, kCode | code});
  call(creator, Syscall::kProcessRun, {child->identity, kCode});
  call(*child->threads, Syscall::kConnect, {0});
}

struct Sabotage {
  std::string_view complaint;
  std::function<void(Rig&)> damage;
};

const Sabotage kOfLists[] = {
    {" is ready and blocked", [](Rig& r) { r.ready().state = ThreadState::kSleeping; }},
    {" is in another priority's list", [](Rig& r) { ++r.ready().priority; }},
    {": ready list broken", [](Rig& r) { r.ready().previous = &r.ready(); }},
    {" is ready and running", [](Rig& r) { r.kernel.current = &r.ready(); }},
    {"ready list's end", [](Rig& r) { r.kernel.ready_lists[r.ready().priority].last = nullptr; }},
    {"ready bitmap", [](Rig& r) { r.kernel.ready ^= 1; }},
    {" can run and is in no list", [](Rig& r) { r.futex->state = ThreadState::kRunnable; }},
    {"the running thread is blocked",
     [](Rig& r) { r.kernel.current->state = ThreadState::kFutex; }},
    {"a more urgent thread waits for the processor",
     [](Rig& r) { r.kernel.current->priority = r.kernel.current->base_priority = 0; }},
    {"the processor idles while a thread is ready",
     [](Rig& r) {
       r.kernel.current->state = ThreadState::kSleeping;
       r.kernel.current = nullptr;
     }},
    {"nobody will end the running thread's turn",
     [](Rig& r) {
       r.thread_of(*r.kernel.current->process);
       r.kernel.tick_at = 0;
     }},
    {" of a dead process", [](Rig& r) { r.idle.alive = false; }},
    {" below its own priority", [](Rig& r) { r.futex->base_priority = kMost; }},
    {" inherits from nobody", [](Rig& r) { r.futex->priority = kMost; }},
    {" serves one who does not know",
     [](Rig& r) { std::exchange(r.receiver.serving->served_by, nullptr); }},
    {" does not inherit from its caller",
     [](Rig& r) { r.lender.priority = r.lender.base_priority = kMost; }},
    {" is served one-sidedly", [](Rig& r) { r.lender.served_by = r.waits; }},
    {" is served by a stranger",
     [](Rig& r) {
       r.receiver.serving = nullptr;
       r.futex->serving = &r.lender;
       r.lender.served_by = r.futex;
     }},
    {" awaits a dead server",
     [](Rig& r) {
       r.receiver.serving = r.lender.served_by = nullptr;
       r.lender.server = &r.unserved;
     }},
    {" receives from another's server", [](Rig& r) { r.waits->server = &r.unserved; }},
    {" waits and still serves",
     [](Rig& r) {
       r.waits->serving = r.put_off;
       r.put_off->served_by = r.waits;
     }},
    {" runs while its pages are lent", [](Rig& r) { r.futex->loan.pages = 1; }},
    {": orphan of nothing", [](Rig& r) { r.futex->state = ThreadState::kOrphan; }},
    {" withdraws nothing", [](Rig& r) { r.futex->state = ThreadState::kWithdrawing; }},
    {" was not taken off", [](Rig& r) { r.futex->state = ThreadState::kEnding; }},
    {": ghost at a dead server", [](Rig& r) { r.ghost->ghost.server = &r.unserved; }},
    {": ghost at a stranger", [](Rig& r) { r.ghost->ghost.borrower = 1; }},
    {"a queue's links", [](Rig& r) { r.service.first->next->previous = nullptr; }},
    {" is queued wrongly", [](Rig& r) { r.queued->state = ThreadState::kFutex; }},
    {"a queue's end", [](Rig& r) { r.service.last = r.service.first; }},
    {"a queue's count", [](Rig& r) { ++r.service.pending; }},
    {"callers counted wrongly", [](Rig& r) { ++r.service.queued_at[9]; }},
    {"priorities in a queue", [](Rig& r) { r.service.queued_priorities ^= 1 << 9; }},
    {"a server waits with work in its queue", [](Rig& r) { r.service.waiting = r.futex; }},
    {"a dead server has company", [](Rig& r) { r.unserved.waiting = r.futex; }},
    {"a server is served and closing", [](Rig& r) { r.service.closing = true; }},
    {" waits wrongly", [](Rig& r) { r.other.waiting = r.futex; }},
    {" waits in the wrong list", [](Rig& r) { std::swap(r.other.waiting, r.other.waiting_timed); }},
    {"last receiver is a stranger", [](Rig& r) { r.other.last_receiver = r.futex; }},
    {"last receiver is gone",
     [](Rig& r) {
       r.spare.process = &r.server;
       r.other.last_receiver = &r.spare;
     }},
    {"messages lost", [](Rig& r) { r.kernel.free_messages = r.kernel.free_messages->next; }},
    {"messages charged wrongly", [](Rig& r) { ++r.driver.messages; }},
    {"a sender over its limit",
     [](Rig& r) {
       while (r.driver.messages <= kMessagesPerSender) {
         auto& message = static_cast<Message&>(*r.kernel.free_messages);
         r.kernel.free_messages = message.next;
         message = r.message();
         ++r.driver.messages;
         r.kernel.enqueue(r.service, message);
       }
     }},
    {"a message is charged to another than its sender",
     [](Rig& r) { r.message().sender = r.client.identity; }},
    {"a message that nobody can send",
     [](Rig& r) { r.message().info = Info::make(Kind::kCall, 1); }},
    {"sleepers lost", [](Rig& r) { r.futex->sleep_place = 77; }},
    {" sleeps in the wrong place",
     [](Rig& r) { std::swap(r.sleeper->sleep_place, r.dozer->sleep_place); }},
    {" sleeps out of order", [](Rig& r) { r.kernel.sleepers[0]->deadline = kForEver; }},
    {" sleeps and is something else", [](Rig& r) { r.dozer->state = ThreadState::kFree; }},
    {"nobody will wake the first sleeper", [](Rig& r) { r.kernel.timer_at = 0; }},
    {"readers of the log counted wrongly", [](Rig& r) { ++r.kernel.log_readers; }},
    {" is waited with and does not wait", [](Rig& r) { r.kernel.log_waiter = r.futex; }},
    {" waits for what is there", [](Rig& r) { r.kernel.log.line("lost on the reader"); }},
    {" waits for the log and nobody knows", [](Rig& r) { r.kernel.log_waiter = nullptr; }},
    {" waits for a crash record and nobody knows",
     [](Rig& r) { r.futex->state = ThreadState::kCrash; }},
    {" waits for no futex", [](Rig& r) { r.futex->waits_for = 3; }},
    {" sleeps for ever", [](Rig& r) { r.futex->state = ThreadState::kSleeping; }},
    {" joins one who is gone", [](Rig& r) { r.joiner->waits_for ^= 1 << 10; }},
    {"a process has died and its threads are there", [](Rig& r) { r.kernel.dying = &r.idle; }},
    {"a process ends and has threads", [](Rig& r) { r.kernel.worker.ending = &r.idle; }},
    {"a server was not closed", [](Rig& r) { r.unserved.closing = true; }},
    {"the end of those that end",
     [](Rig& r) {
       r.kernel.worker.ending = &r.victim;
       r.kernel.worker.ending_last = nullptr;
     }},
    {": withdrawals' links",
     [](Rig& r) {
       r.kernel.worker.withdrawing = r.futex;
       r.futex->previous = r.queued;
     }},
    {" is withdrawn from and does not wait", [](Rig& r) { r.kernel.worker.withdrawing = r.futex; }},
    {"'s pages are forgotten", [](Rig& r) { r.ghost->state = ThreadState::kWithdrawing; }},
    {"somebody's inheritance is not settled", [](Rig& r) { r.kernel.unsettled = r.futex; }},
    {" is not settled and not listed", [](Rig& r) { r.futex->hops = 1; }},
    {"attention for nothing, or none for the trace", [](Rig& r) { r.kernel.attention = 0; }},
    {"'s slot is free and taken", [](Rig& r) { r.kernel.free_slots[0] |= 1 << 3; }},
    {"the worker sleeps",
     [](Rig& r) {
       r.ghost->state = ThreadState::kWithdrawing;
       r.ghost->next = r.ghost->previous = nullptr;
       r.kernel.worker.withdrawing = r.ghost;
     }},
    {"processes counted wrongly", [](Rig& r) { ++r.kernel.processes_alive; }},
    {"threads lost", [](Rig& r) { ++r.kernel.threads_used; }},
    {"the log holds more than there is room for",
     [](Rig& r) {
       std::exchange(r.kernel.log_waiter, nullptr)->state = ThreadState::kFutex;
       r.kernel.log.consume(1);
     }},
    {"lost bytes of the log found", [](Rig& r) { r.world.past.log_lost = 1; }},
    {"the trace holds more than there is room for",
     [](Rig& r) { r.kernel.trace.read = r.kernel.trace.written + 1; }},
    {"more events lost than there were",
     [](Rig& r) { r.kernel.trace.lost = r.kernel.trace.read + 1; }},
    {"a trace that is off follows somebody",
     [](Rig& r) {
       r.kernel.trace.on = false;
       r.kernel.attention = 0;
     }},
    {"a trace event makes no sense",
     [](Rig& r) { r.kernel.trace.events[r.kernel.trace.written - 1].thread = kMaxThreads; }},
    {"trace events out of order",
     [](Rig& r) { r.kernel.trace.events[r.kernel.trace.written - 1].time_ns = 0; }},
};

const Sabotage kOfMemory[] = {
    {"memory for devices is not all one process's",
     [](Rig& r) { r.kernel.dma_memory[r.driver.pid] = host::Machine::kRamBase; }},
    {"memory for devices is not the kernel's",
     [](Rig& r) { r.frame_at(r.driver, r.dma).owner = r.driver.pid; }},
    {"a used frame in the free list",
     [](Rig& r) { r.kernel.frames[r.kernel.free_frames - 1].owner = 1; }},
    {"the free list is a circle",
     [](Rig& r) { r.kernel.frames[r.kernel.free_frames - 1].next = r.kernel.free_frames; }},
    {"frames lost",
     [](Rig& r) { r.kernel.free_frames = r.kernel.frames[r.kernel.free_frames - 1].next; }},
    {"a process holds more than it is charged for", [](Rig& r) { --r.client.pages; }},
    {"a process over its quota", [](Rig& r) { r.idle.pages_limit = 1; }},
    {"promises do not add up", [](Rig& r) { ++r.kernel.unpromised; }},
    {"somebody has written to the image",
     [](Rig& r) { *r.world.memory(r.lender, kConstants) = std::byte{1}; }},
    {" is none and has pages",
     [](Rig& r) {
       arch::space_open(200);
       base::require(arch::page_set(200, kData, arch::page_get(r.idle.pid, kConstants)));
     }},
    {"a loan is over and still mapped", [](Rig& r) { r.lender.loan = {}; }},
    {" may write to the image",
     [](Rig& r) {
       r.change_page(r.client, kCode, [](arch::Page& p) { p.access = arch::Access::kReadWrite; });
     }},
    {" has memory for devices wrongly",
     [](Rig& r) { r.change_page(r.driver, r.dma, [](arch::Page& p) { p.plain = false; }); }},
    {" has another's memory for devices",
     [](Rig& r) {
       base::require(arch::page_set(r.idle.pid, r.idle.layout.devices,
                                    arch::page_get(r.driver.pid, r.dma + kPage)));
     }},
    {" has a page outside the encryption",
     [](Rig& r) { r.change_page(r.client, kData, [](arch::Page& p) { p.plain = true; }); }},
    {" has a page that is no memory",
     [](Rig& r) { r.change_page(r.client, kData, [](arch::Page& p) { p.physical = 0x1000; }); }},
    {"a free frame is mapped",
     [](Rig& r) {
       const Frame& free = r.kernel.frames[r.kernel.free_frames - 1];
       r.change_page(r.idle, kData,
                     [&](arch::Page& p) { p.physical = r.kernel.physical_of(free); });
     }},
    {" has another's page",
     [](Rig& r) {
       const uint32_t theirs = arch::page_get(r.server.pid, kData).physical;
       r.change_page(r.client, kData + kPage, [&](arch::Page& p) { p.physical = theirs; });
     }},
    {" keeps a page that nobody lends",
     [](Rig& r) { r.frame_at(r.server, r.loan_at(r.lender)).loans = 0; }},
    {" executes what the processor has not seen",
     [](Rig& r) { r.world.machine.made_executable.clear(); }},
    {": a lent page is not with the borrower",
     [](Rig& r) { base::require(arch::page_set(r.server.pid, r.loan_at(r.lender), {})); }},
    {"a page in two writable hands",
     [](Rig& r) {
       base::require(arch::page_set(r.idle.pid, kData + kDataPages * kPage,
                                    arch::page_get(r.idle.pid, kData)));
     }},
    {"a page is written while others read it",
     [](Rig& r) {
       arch::Page page = arch::page_get(r.idle.pid, kData);
       page.access = arch::Access::kRead;
       base::require(arch::page_set(r.idle.pid, kData + kDataPages * kPage, page));
     }},
    {"a lent page has no borrower",
     [](Rig& r) { r.change_page(r.idle, kData, [](arch::Page& p) { p.lent = true; }); }},
    {"loans counted wrongly", [](Rig& r) { ++r.frame_at(r.idle, kData).loans; }},
    {"a loan of what nobody has", [](Rig& r) { ++r.kernel.frames.back().loans; }},
    {"nobody's frame, and nobody has it on loan",
     [](Rig& r) { r.kernel.frames.back().owner = Frame::kOrphan; }},
    {" has more memory for devices than granted", [](Rig& r) { r.driver.dma_pages = 7; }},
    {" has memory for devices that it is not charged for", [](Rig& r) { r.driver.dma_pages = 3; }},
    {"'s memory for devices is not contiguous",
     [](Rig& r) {
       for (const uint32_t page : {0u, 1u}) {
         r.change_page(r.driver, r.dma + page * kPage,
                       [&](arch::Page& p) { p.physical += page ? -kPage : kPage; });
       }
       std::swap(r.frame_at(r.driver, r.dma), r.frame_at(r.driver, r.dma + kPage));
       r.change_page(r.server, r.loan_at(*r.lends_dma), [](arch::Page& p) { p.physical += kPage; });
     }},
    {"'s memory for devices is out of order",
     [](Rig& r) { r.swap_pages(r.driver, r.dma + 3 * kPage, r.dma + 5 * kPage); }},
};

const Sabotage kOfRights[] = {
    {" has other calls than its manifest says", [](Rig& r) { r.idle.syscalls ^= 1; }},
    {" has another limit of priority", [](Rig& r) { ++r.idle.priority_limit; }},
    {" has other flags", [](Rig& r) { r.idle.flags = abi::kProcessHoldsKeys; }},
    {" has other flags", [](Rig& r) { r.child->flags = abi::kProcessLater; }},
    {" has other grants", [](Rig& r) { r.idle.grants = r.driver.grants; }},
    {" has another name", [](Rig& r) { r.idle.name[0] = 'x'; }},
    {" has another quota", [](Rig& r) { ++r.idle.pages_limit; }},
    {"'s image is elsewhere", [](Rig& r) { r.idle.image_base += kPage; }},
    {" is nobody's child", [](Rig& r) { r.child->parent = 0; }},
    {" is a child's child", [](Rig& r) { r.child->parent = r.child->identity; }},
    {" lives longer than its creator", [](Rig& r) { r.child->parent += 0x100; }},
    {" has a creator without the right", [](Rig& r) { r.child->parent = r.idle.identity; }},
    {" has calls that its creator may not give",
     [](Rig& r) { r.child->syscalls |= abi::mask_of(Syscall::kPower); }},
    {" is more urgent than its creator", [](Rig& r) { r.child->priority_limit = 8; }},
    {" has too large a quota", [](Rig& r) { r.child->pages_limit = 13; }},
    {" has too many grants", [](Rig& r) { r.child->grants = r.kernel.image.grants.first(17); }},
    {" has a grant that its creator may not give",
     [](Rig& r) { r.kernel.child_grants[r.child->pid][0].mask |= 0b1000; }},
    {" has a grant that its creator may not give",
     [](Rig& r) { r.kernel.child_grants[r.child->pid][0].a = 1; }},
    {" has a grant that its creator may not give",
     [](Rig& r) { r.kernel.child_grants[r.child->pid][0].kind = GrantKind::kServe; }},
    {" has lost its connections", [](Rig& r) { r.client.connection_count = 0; }},
    {" has a connection that nobody opened",
     [](Rig& r) { r.client.connections[20].methods[0] = 2; }},
    {" is connected to no service",
     [](Rig& r) { r.client.connections[1].server = &r.kernel.servers[40]; }},
    {" is connected twice", [](Rig& r) { r.client.connections[2].server = &r.service; }},
    {" may send what is no method", [](Rig& r) { r.client.connections[1].methods[0] |= 1; }},
    {" may send more than it is granted", [](Rig& r) { r.client.connections[1].methods[1] |= 1; }},
    {" may send more than it is granted",
     [](Rig& r) { r.client.connections[1].server = &r.kernel.servers[2]; }},
    {" may send more than it is granted", [](Rig& r) { r.client.connections[2].may_notify = 1; }},
    {" may send less than it is granted",
     [](Rig& r) { r.client.connections[1].methods[0] = 0b10; }},
    {" passes the fast path wrongly", [](Rig& r) { ++r.client.callable; }},
    {" has mapped a device that it is not granted",
     [](Rig& r) {
       r.change_page(r.driver, r.mapped, [](arch::Page& p) { p.physical += 2 * kPage; });
     }},
    {" has mapped what is no device", [](Rig& r) { r.driver.mapped_at[0] = r.mapped; }},
    {" has not mapped a device where it was told", [](Rig& r) { r.driver.mapped_at[2] += kPage; }},
    {"'s children are counted wrongly", [](Rig& r) { ++r.super.children; }},
    {" has more children than it may",
     [](Rig& r) {
       for (uint8_t pid : {uint8_t{200}, uint8_t{201}}) {
         r.kernel.processes[pid].pid = pid;
         r.kernel.processes[pid].parent = r.super.identity;
         ++r.super.children;
       }
     }},
    {" is dead and serves", [](Rig& r) { r.unserved.owner = &r.victim; }},
    {" serves and does not know it", [](Rig& r) { r.unserved.owner = &r.idle; }},
    {" serves what it may not",
     [](Rig& r) {
       r.unserved.owner = &r.client;
       r.client.servers[0] = &r.unserved;
     }},
    {" has another's server", [](Rig& r) { r.idle.servers[0] = &r.service; }},
    {"an interrupt's deliveries",
     [](Rig& r) { r.kernel.interrupts[kSource].deliveries = abi::kStormDeliveries; }},
    {"nobody's interrupt is not masked", [](Rig&) { soc::unmask_interrupt(kStrangeSource); }},
    {" is gone and has an interrupt",
     [](Rig& r) { r.kernel.interrupts[kStrangeSource].owner = &r.spare; }},
    {" has an interrupt that it is not granted",
     [](Rig& r) {
       r.kernel.interrupts[kStrangeSource].owner = r.claimer;
       ++r.claimer->claims;
     }},
    {" waits for a masked interrupt", [](Rig&) { soc::mask_interrupt(kSource); }},
    {" is away and its interrupt is not masked", [](Rig&) { soc::unmask_interrupt(kOtherSource); }},
    {"'s interrupts are counted wrongly", [](Rig& r) { ++r.claimer->claims; }},
    {" waits for another's interrupt",
     [](Rig& r) {
       r.futex->state = ThreadState::kInterrupt;
       r.futex->waits_for = kSource;
     }},
    {" is more urgent than it may be",
     [](Rig& r) { r.futex->priority = r.futex->base_priority = kMost; }},
    {" is taken for one without keys", [](Rig& r) { r.futex->holds_keys = true; }},
};

const Sabotage kOfIdentities[] = {
    {" lives without an identity", [](Rig& r) { r.idle.identity = 0; }},
    {"'s identity is not its own", [](Rig& r) { ++r.idle.generation; }},
    {" has an old identity",
     [](Rig& r) {
       Process& restarted = r.kernel.processes[6];
       restarted.identity = abi::Identity::make(6, --restarted.generation).bits;
     }},
    {" has come back from the dead",
     [](Rig& r) {
       r.victim.alive = true;
       r.kernel.free_slots[0] &= ~(1u << r.victim.pid);
       ++r.kernel.processes_alive;
       ++r.kernel.log_readers;
     }},
    {"'s token is another's", [](Rig& r) { r.spare.token ^= 1; }},
    {"'s generation does not fit its handle", [](Rig& r) { r.spare.generation = 1 << 22; }},
    {" has another process's identity", [](Rig& r) { r.futex->identity += 0x100; }},
    {" is older than its slot", [](Rig& r) { r.futex->born = r.futex->token + kTokenStep; }},
    {"'s ghost has its token", [](Rig& r) { r.ghost->ghost.token = r.ghost->token; }},
    {" uses a token again", [](Rig& r) { r.answered->token -= kTokenStep; }},
    {" was born again", [](Rig& r) { r.answered->born = r.answered->token; }},
    {" has an old handle", [](Rig& r) { --r.answered->generation; }},
    {" has the token of the last in its slot", [](Rig& r) { ++r.answered->generation; }},
    {"'s call is over and could be answered",
     [](Rig& r) {
       r.put_off->state = ThreadState::kFutex;
       r.put_off->waits_for = 0;
     }},
    {" is in another's list", [](Rig& r) { r.last_of(r.idle).peer_next = &r.creator; }},
    {" is gone and listed",
     [](Rig& r) {
       r.spare.process = &r.idle;
       r.last_of(r.idle).peer_next = &r.spare;
     }},
    {"'s threads are counted wrongly", [](Rig& r) { ++r.idle.thread_count; }},
    {" is in no process's list",
     [](Rig& r) {
       r.client.threads = r.client.threads->peer_next;
       --r.client.thread_count;
     }},
    {"more crash records than there is room for",
     [](Rig& r) { r.kernel.crashes.written += kCrashRecords; }},
    {"more crash records lost than there were",
     [](Rig& r) { r.kernel.crashes.lost = r.kernel.crashes.read + 1; }},
    {"two crash records of one process", [](Rig& r) { r.record(1) = r.record(0); }},
    {"a crash record makes no sense", [](Rig& r) { r.record(0).frames = 99; }},
    {" lives and has a crash record", [](Rig& r) { r.record(0).identity = r.idle.identity; }},
    {" has a crash record of its future",
     [](Rig& r) { r.record(0).identity = r.idle.identity + 0x100; }},
    {"'s crash record is of somebody else", [](Rig& r) { r.record(1).name[0] = 'x'; }},
    {"crash records written backwards", [](Rig& r) { r.world.past.crashes_written += 1; }},
    {"crash records read backwards", [](Rig& r) { r.world.past.crashes_read += 1; }},
    {"lost crash records found", [](Rig& r) { r.world.past.crashes_lost = 1; }},
    {" has ended without a record",
     [](Rig& r) { r.world.past.processes[r.victim.pid].lived = true; }},
};

void expect_named(std::span<const Sabotage> all) {
  for (const Sabotage& one : all) {
    SCOPED_TRACE(one.complaint);
    Rig rig;
    ASSERT_EQ(audit(rig.world), "");
    one.damage(rig);
    const std::string said = audit(rig.world);
    EXPECT_TRUE(said.ends_with(one.complaint)) << "it says: " << said;
  }
}

TEST(Audit, NamesDamagedLists) {
  expect_named(kOfLists);
}
TEST(Audit, NamesDamagedMemory) {
  expect_named(kOfMemory);
}
TEST(Audit, NamesRightsThatHaveGrown) {
  expect_named(kOfRights);
}
TEST(Audit, NamesIdentitiesThatAreNotWhatTheyWere) {
  expect_named(kOfIdentities);
}

}  // namespace
}  // namespace kernel::test
