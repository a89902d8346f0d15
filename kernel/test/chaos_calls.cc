// What the processes of chaos.h do when they run.
#include <algorithm>
#include <cstring>

#include "kernel/abi/create.h"
#include "kernel/test/chaos.h"

namespace kernel::test {
namespace {
using abi::Info;
using abi::Kind;
using abi::kPageSize;
using abi::Syscall;
}  // namespace

void Chaos::act(Thread& self) {
  const uint32_t index = self.token & kTokenIndex;
  if (in_call_[index] && self.context.pc == issued_at_[index]) {  // the kernel wants it once more
    if (rarely() && interfere(self)) return;
    const auto& r = self.context.r;
    Registers again{};
    std::copy_n(r.begin(), again.size(), again.begin());
    return issue(self, static_cast<Syscall>(r[12]), again);
  }
  note_result(self);
  Registers r{};
  for (uint32_t& word : r) word = below(200);
  if (rarely() && below(6) == 5) return act_absurdly(self, r);
  if (courses_[index].left != 0) return go_on(self, r);
  // The last of them may little, and tries.
  if (self.process->pid == kChaosProcesses && below(4) == 3) {
    return issue(self, static_cast<Syscall>(below(2) ? 4 : 40 + below(14)), r);
  }
  const bool supervises = self.process->pid == kChaosProcesses + 1;
  if (supervises && below(4) != 0) return supervise(self, r);
  // A process's first thread asks, the others mostly answer.
  const bool answers = self.peer_next != nullptr && below(4) != 0 && (!lazy_ || rarely());
  if (answers && self.process->servers[0]) return answer(self, r);
  below(2) ? talk(self, r) : work(self, r);
}

/// Another of its threads ends what a thread is making. False: it makes nothing, or is alone.
bool Chaos::interfere(Thread& self) {
  const Process& made = world_->kernel.processes[self.progress & 0xff];
  if (made.identity != self.progress || made.parent != self.identity) return false;
  for (Thread* other = self.process->threads; other; other = other->peer_next) {
    const bool calls = in_call_[other->token & kTokenIndex];
    if (other == &self || other->state != ThreadState::kRunnable || calls) continue;
    world_->make_run(*other);
    issue(*other, Syscall::kKill, {made.identity});
    return true;
  }
  return false;
}

/// Any call, with anything.
void Chaos::act_absurdly(Thread& self, Registers& r) {
  const auto number = static_cast<Syscall>(below(70));
  for (uint32_t& word : r) word = below(2) ? address() : choices_.word();
  if (number == Syscall::kFutexWake) r[1] %= 100;  // else it takes as many restarts
  issue(self, number, r);
}

void Chaos::answer(Thread& self, Registers& r) {
  uint32_t server = below(8) == 7 ? below(kServersPerProcess) : 0;
  if (self.process->servers[server] == nullptr) server = 0;
  switch (below(8)) {
    case 0:
    case 1:
      r[0] = kServerTag | server;
      return issue(self, Syscall::kReceive, r);
    case 2:
      r[0] = kServerTag | server;
      return issue(self, Syscall::kTryReceive, r);
    case 3:
      r[0] = kServerTag | server;
      put(r, 1, span());
      return issue(self, Syscall::kReceiveTimed, r);
    case 4:
      r[0] = token(self);
      r[1] = rarely() ? kAnswered : 0;
      return issue(self, Syscall::kReply, r);
    default:
      r[0] = token(self);
      r[1] = 0;
      return issue(self, Syscall::kReplyReceive, r);
  }
}

void Chaos::talk(Thread& self, Registers& r) {
  r[0] = connection(*self.process);
  Kind kind = Kind::kCall;
  const uint32_t what = lazy_ && below(3) != 0 ? 6 + below(3) : below(12);
  switch (what) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
      kind = what < 2 ? Kind::kCall : what < 4 ? Kind::kLend : Kind::kLendMut;
      if (kind != Kind::kCall) {
        r[2] = lendable(self);
        r[3] = below(8) == 7 ? bytes() : 1 + below(3 * kPageSize);
      }
      r[1] = Info::make(rarely() ? Kind::kMove : kind, 1 + below(6)).bits;
      if (rarely()) r[1] = Info::make(kind, abi::kMaxMethods).bits;
      if (below(2)) return issue(self, Syscall::kCall, r);
      put(r, 10, span());
      return issue(self, Syscall::kCallTimed, r);
    case 6:
    case 7:
    case 8:
      kind = what == 6 ? Kind::kMove : Kind::kSend;
      if (kind == Kind::kMove) {
        r[2] = moveable(self);
        r[3] = kPageSize;
        if (r[2] == 0) kind = Kind::kSend;
      }
      r[1] = Info::make(rarely() ? Kind::kLend : kind, 1 + below(5)).bits;
      if (rarely()) r[1] = Info::make(kind, abi::kMaxMethods).bits;
      return issue(self, Syscall::kSend, r);
    case 9:
      return issue(self, Syscall::kNotify, r);
    case 10:
      r[0] = below(kChaosServers + 2);
      return issue(self, Syscall::kConnect, r);
    default:
      r[0] = below(4) ? self.process->pid - 1u : below(kChaosServers + 2);
      return issue(self, Syscall::kServe, r);
  }
}

void Chaos::work(Thread& self, Registers& r) {
  const Process& process = *self.process;
  switch (below(21)) {
    case 20:
      begin_course(self);
      return go_on(self, r);
    case 0:
    case 1:
      r[0] = below(2) ? 0 : abi::kHeapBase + below(8) * kPageSize;
      if (rarely()) r[0] = abi::kHeapEnd - 2 * kPageSize;
      r[1] = below(3) == 0 ? bytes() : 1 + below(20 * kPageSize);
      return issue(self, Syscall::kMap, r);
    case 2:
    case 3:
      r[0] = (below(4) ? abi::kHeapBase : kMoveBase) + below(64) * kPageSize;
      r[1] = 1 + below(5 * kPageSize);
      for (const auto& [at, page] : world_->machine.pages(process.pid)) {
        const bool heap = at >= abi::kHeapBase && at < abi::kHeapEnd;
        if (heap && world_->kernel.frame_of(page.physical)->loans != 0) r[0] = at;
      }
      return issue(self, Syscall::kUnmap, r);
    case 4:
      r = {kCode, kData + 0x1000, 0, below(process.priority_limit + 2u), choices_.word()};
      return issue(self, Syscall::kThreadCreate, r);
    case 5:
      return issue(self, Syscall::kThreadExit, r);
    case 6: {
      const Thread& other = world_->kernel.threads[1 + below(40)];
      r[0] = (other.token & kTokenIndex) | other.generation << 10;
      for (const Thread* t = process.threads; t; t = t->peer_next) {
        if (t->state == ThreadState::kJoining && below(4) == 3) r[0] = t->waits_for;
        if (t->state != ThreadState::kExited || below(2)) continue;
        r[0] = (t->token & kTokenIndex) | t->generation << 10;
      }
      return issue(self, Syscall::kThreadJoin, r);
    }
    case 7:
    case 8:
      put(r, 0, span() % 30'000'000);
      return issue(self, Syscall::kSleep, r);
    case 9:
    case 10:
      r[0] = kData + 18 * kPageSize;
      r[1] = below(8) == 7;
      put(r, 2, span());
      return issue(self, Syscall::kFutexWait, r);
    case 11:
      r = {kData + 18 * kPageSize, below(12)};
      return issue(self, Syscall::kFutexWake, r);
    case 12:
    case 13:
    case 14:
    case 15:
      return use_device(self, r);
    case 16:
      r[0] = choices_.word();
      return issue(self, Syscall::kThreadPointer, r);
    case 17:
      if (rarely()) {
        if (below(2)) return create(self, r);
        r[0] = identity();
        return issue(self, Syscall::kKill, r);
      }
      return issue(self, below(2) ? Syscall::kYield : Syscall::kClock, r);
    case 18:
      r = {below(6), below(60)};
      return issue(self, Syscall::kStatistics, r);
    default:
      if (below(10) != 9) return issue(self, Syscall::kNull, r);
      if (below(2)) return issue(self, Syscall::kExit, r);
      ++deaths_;
      world_->kernel.fault(self, {.kind = "test", .address = address()});
      return world_->next();
  }
}

/// What drivers do, mostly with what they may.
void Chaos::use_device(Thread& self, Registers& r) {
  const Process& process = *self.process;
  switch (below(10)) {
    case 0:
    case 1:
      r[0] = kChaosSource + below(4);
      return issue(self, Syscall::kInterruptClaim, r);
    case 2:
    case 3:
    case 4:
      for (unsigned source = kChaosSource; source < kChaosSource + 3; ++source) {
        if (world_->kernel.interrupts[source].owner != &self) continue;
        r[0] = kInterruptTag + source;
        return issue(self, Syscall::kInterruptWait, r);
      }
      return issue(self, Syscall::kNull, r);
    case 5:
      r = {kChaosDevice, kChaosDeviceBytes + (rarely() ? kPageSize : 0)};
      if (rarely()) r = {kChaosBadDevice, 0x100};
      return issue(self, Syscall::kMapDevice, r);
    case 6:
    case 7:
      r[0] = below(4) == 3 ? below(2) * bytes() : 1 + below(3 * kPageSize);
      return issue(self, Syscall::kMapDma, r);
    default:
      r[0] = dma_page(process) + (below(2) ? below(kPageSize) : 0);
      r[1] = below(8) == 7 ? bytes() : below(kPageSize);
      if (r[0] < kPageSize) r[1] = 0;
      return issue(self, below(2) ? Syscall::kCacheClean : Syscall::kCacheInvalidate, r);
  }
}

/// What leads to where there is no more of something.
void Chaos::begin_course(const Thread& self) {
  constexpr uint32_t kTimes[] = {kServersPerProcess + 2, kChaosServices, kThreadsPerProcess, 10,
                                 40};
  const uint32_t urge = below(static_cast<uint32_t>(Urge::kCount));
  courses_[self.token & kTokenIndex] = {.urge = static_cast<Urge>(urge), .left = kTimes[urge]};
}

void Chaos::go_on(Thread& self, Registers& r) {
  Course& course = courses_[self.token & kTokenIndex];
  const uint32_t left = --course.left;
  switch (course.urge) {
    case Urge::kServe:
      r[0] = (self.process->pid - 1u + left * kChaosServers) % kChaosServices;
      return issue(self, Syscall::kServe, r);
    case Urge::kConnect:
      r[0] = left;
      return issue(self, Syscall::kConnect, r);
    case Urge::kMakeThreads:
      r = {kCode, kData + 0x1000, 0, below(3)};
      return issue(self, Syscall::kThreadCreate, r);
    case Urge::kFill:
      r = {0, (1 + below(4)) * kPageSize};
      return issue(self, Syscall::kMap, r);
    default:  // a page table each
      r = {abi::kHeapBase + (left + 1) * 0x10'0000, kPageSize};
      return issue(self, Syscall::kMap, r);
  }
}

void Chaos::supervise(Thread& self, Registers& r) {
  r[0] = rarely() ? address() & ~7u : kData + 8 * below(1024);
  switch (below(18)) {
    case 0:
      r[0] = below(2) ? identity() : child(self);
      if (r[0] == self.identity) return issue(self, Syscall::kNull, r);
      return issue(self, Syscall::kKill, r);
    case 1:
      return issue(self, Syscall::kCrashRead, r);
    case 2:
      r[1] = bytes();
      if (r[1] > 2 * kPageSize) r[1] = 100;
      return issue(self, Syscall::kLogRead, r);
    case 3:
      r[0] = below(3);
      return issue(self, Syscall::kTraceControl, r);
    case 4:
      r[1] = below(1000);
      return issue(self, Syscall::kTraceRead, r);
    case 5:
      r[0] = rarely() ? below(4) : 9;
      return issue(self, Syscall::kPower, r);
    case 6:
    case 7:
    case 8:
      r[0] = below(kChaosProcesses + 3);
      return issue(self, Syscall::kProcessStart, r);
    case 9:
    case 10:
    case 11:
    case 12:
    case 13:
    case 14:
    case 15:
      return create(self, r);
    default:
      put(r, 0, below(1'000'000));
      return issue(self, Syscall::kSleep, r);
  }
}

/// Mostly one that it has created or is starting.
uint32_t Chaos::child(const Thread& self) {
  uint32_t result = identity();
  for (const Process& process : world_->kernel.processes) {
    if (process.parent != self.identity || !process.alive || rarely()) continue;
    result = process.identity;
    if (process.making == Making::kGiven) break;  // there is more to do with it
  }
  return result;
}

/// A process of the supervisor's own: made, given a page, run.
void Chaos::create(Thread& self, Registers& r) {
  constexpr uint32_t kArguments = kData + 3 * kPageSize;
  const uint32_t made = child(self);
  const bool is_there = world_->kernel.processes[made & 0xff].making == Making::kGiven;
  const bool can_run =
      is_there && arch::page_get(made & 0xff, kCode).access == arch::Access::kExecute;
  const uint32_t next = can_run && below(2) ? 3 : 1;
  switch (below(8) == 7 ? 0 : is_there && below(4) ? next : below(5)) {
    case 0: {
      std::byte* place = world_->memory(self, kArguments);
      if (place == nullptr) return issue(self, Syscall::kNull, r);
      abi::CreateArguments wanted{.priority = rarely() ? 9u : 3u,
                                  .memory_quota = (below(4) ? 10 : 2) * kPageSize,
                                  .stack_size = rarely() ? 0 : (1 + below(6)) * kPageSize,
                                  .syscalls = rarely() ? ~abi::SyscallMask{0} : abi::kOrdinary,
                                  .grant_count = below(2)};
      wanted.grants[0] = {.service = 0, .methods = rarely() ? 0xffu : 0x06u};
      std::memcpy(place, &wanted, sizeof wanted);
      r[0] = rarely() ? address() : kArguments;
      return issue(self, Syscall::kProcessCreate, r);
    }
    case 1:
    case 2:
      r = {made, moveable(self), (below(4) ? 1 : 6) * kPageSize, kCode + 2};  // to be executed
      if (below(4) == 0) r[3] = kCode + below(12) * kPageSize + below(3);
      if (r[1] == 0) {
        r = {0, 6 * kPageSize};
        return issue(self, Syscall::kMap, r);
      }
      if (below(6) == 5) r[2] = bytes();
      if (rarely()) r[below(2) ? 1 : 3] = address();
      return issue(self, Syscall::kProcessGive, r);
    default:
      r = {made, kCode + (rarely() ? kPageSize : 0)};
      return issue(self, Syscall::kProcessRun, r);
  }
}

}  // namespace kernel::test
