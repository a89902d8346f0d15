#include "kernel/test/chaos.h"

#include <algorithm>
#include <stdexcept>

namespace kernel::test {
namespace {
using abi::Info;
using abi::Kind;
using abi::kPageSize;
using abi::Syscall;

constexpr unsigned kServers = 4;
constexpr unsigned kProcesses = 5;     // that talk with each other; the supervisor comes behind
constexpr uint32_t kFirstSource = 40;  // of interrupts: 40, 41, 42
constexpr uint32_t kDevice = 0xf800'0000;
constexpr uint32_t kDeviceBytes = 0x2000;
constexpr unsigned kMostIdle = 20;

abi::Grant grant(abi::GrantKind kind, uint32_t a, uint32_t b = 0, uint64_t mask = 0) {
  return {.kind = kind, .a = a, .b = b, .mask = mask};
}

std::vector<ProcessPlan> plans() {
  std::vector<ProcessPlan> result;
  for (uint32_t i = 0; i < kProcesses; ++i) {
    ProcessPlan plan{.name = "p" + std::to_string(i),
                     .priority = 4 + i % 3,
                     .grants = {may_serve(i)},
                     .quota = (i == 1 ? 4 : 24) * kPageSize};
    // Some methods of everybody; nobody's notifications to the last server.
    for (uint32_t other = 0; other < kServers; ++other) {
      plan.grants.push_back(
          may_connect(other, 0x1e | (uint64_t{1} << (other + 32)) | (other != kServers - 1)));
    }
    plan.grants.push_back(grant(abi::GrantKind::kInterrupt, kFirstSource + i % 3));
    plan.grants.push_back(grant(abi::GrantKind::kDevice, kDevice, kDeviceBytes));
    if (i == kProcesses - 1) plan.syscalls = abi::kOrdinary & ~abi::mask_of(Syscall::kSend);
    result.push_back(plan);
  }
  result.push_back(
      {.name = "super",
       .priority = 7,
       .grants = {grant(abi::GrantKind::kSupervise, abi::kEveryProcess), may_connect(0, 0x1f)},
       .quota = 24 * kPageSize});
  return result;
}
}  // namespace

Chaos::Chaos(Choices& choices) : choices_(choices) {
  restart();
}
Chaos::~Chaos() = default;

void Chaos::restart() {
  idle_ = 0;
  in_call_ = {};
  world_.reset();
  world_ = std::make_unique<World>(plans(), kProcesses, 320);
  world_->prompt = below(2) != 0;
  lazy_ = below(4) == 3;
  world_->machine.tables_left = 4 + below(36);
  for (uint32_t i = 0; i < kServers; ++i) world_->call(world_->thread(i), Syscall::kServe, {i});
  for (uint32_t i = 0; i < kProcesses; ++i) {
    world_->call(world_->thread(i), Syscall::kConnect, {(i + 1) % kServers});
    world_->call(world_->thread(i), Syscall::kConnect, {(i + 2) % kServers});
    for (int n = 0; n < 2; ++n) {
      world_->call(world_->thread(i), Syscall::kThreadCreate, {kCode, kData + 0x1000, 0, 4});
    }
  }
}

bool Chaos::wants_restart() const {
  return world_->kernel.processes_alive < 4 || idle_ > kMostIdle;
}

std::string Chaos::step() {
  if (wants_restart()) restart();
  try {
    happen();
  } catch (
      const std::runtime_error&) {  // the machine was reset, or panicked because it was asked to
    restart();
  }
  return audit(*world_);
}

void Chaos::happen() {
  switch (below(24)) {
    case 23:
      world_->machine.pass(below(8'000'000));
      return world_->interrupt();
    case 22:
      world_->machine.raise(kFirstSource + below(4));
      return world_->interrupt();
    default:
      break;
  }
  if (world_->running() == nullptr) {
    ++idle_;
    if (!world_->machine.pass_to_timer()) world_->machine.raise(kFirstSource + below(3));
    return world_->interrupt();
  }
  idle_ = 0;
  if (rarely()) {
    if (Thread* other = some_thread()) world_->make_run(*other);
  }
  act(*world_->running());
}

/// Anyone who can run.
Thread* Chaos::some_thread() {
  Kernel& kernel = world_->kernel;
  const uint32_t start = below(64);
  for (unsigned i = 0; i < 64; ++i) {
    Thread& t = kernel.threads[(start + i) % 64];
    if (t.state == ThreadState::kRunnable && t.process != nullptr) return &t;
  }
  return nullptr;
}

// --- arguments --------------------------------------------------------------------------------

/// Somewhere: own, another's kind of place, the kernel's; sometimes just beside a page.
uint32_t Chaos::address() {
  constexpr uint32_t kBases[] = {kCode,
                                 kConstants,
                                 kData,
                                 kData,
                                 kData,
                                 abi::kHeapBase,
                                 abi::kLoanBase,
                                 abi::kDeviceBase,
                                 kMoveBase,
                                 abi::kStackTop - 2 * kPageSize,
                                 abi::kUserEnd,
                                 0,
                                 0xc000'0000,
                                 0xffff'0000,
                                 abi::kArgumentsBase};
  const uint32_t base = kBases[below(std::size(kBases))];
  const uint32_t offset = below(4) == 0 ? below(5000) : 0;
  return base + below(kDataPages) * kPageSize + offset;
}

uint32_t Chaos::bytes() {
  constexpr uint32_t kLengths[] = {0,
                                   1,
                                   kPageSize - 1,
                                   kPageSize,
                                   kPageSize + 1,
                                   abi::kMaxLendPages * kPageSize,
                                   abi::kMaxLendPages * kPageSize + 1,
                                   0x7fff'ffff,
                                   0x8000'0000,
                                   0xffff'ffff};
  return below(3) == 0 ? kLengths[below(std::size(kLengths))] : below(3 * kPageSize);
}

/// An address that may mostly be lent.
uint32_t Chaos::lendable(const Thread& self) {
  const uint32_t what = below(20);
  if (what == 19) return address();
  const uint32_t heap = abi::kHeapBase + below(8) * kPageSize;
  if (what >= 10 && arch::page_get(self.process->pid, heap).reachable()) return heap;
  return kData + below(kDataPages - 3) * kPageSize;
}

/// A page of the heap or the moved ones that may be moved.
uint32_t Chaos::moveable(const Thread& self) {
  for (const auto& [at, page] : world_->machine.pages(self.process->pid)) {
    const bool heap = at >= abi::kHeapBase && at < abi::kHeapEnd;
    const bool moved = at >= kMoveBase && at < kMoveEnd;
    if ((heap || moved) && page.reachable() && page.access == arch::Access::kReadWrite &&
        world_->kernel.frame_of(page.physical)->loans == 0) {
      return at;
    }
  }
  return rarely() ? address() : 0;
}

/// Mostly a good one: of a call that waits, or of a ghost.
uint32_t Chaos::token(const Thread& self) {
  const uint32_t start = below(64);
  const bool honest = below(12) != 11;
  for (unsigned i = 0; honest && i < 64; ++i) {
    const Thread& t = world_->kernel.threads[(start + i) % 64];
    if (t.ghost.pages != 0 && t.ghost.server->owner == self.process) return t.ghost.token;
    if (t.state != ThreadState::kAwaitingReply || t.server->owner != self.process) continue;
    return Kernel::token_given(t);
  }
  return choices_.word();
}

uint32_t Chaos::connection(const Process& process) {
  if (process.connection_count < 2) return 1;
  return 1 + below(process.connection_count - 1);
}

uint32_t Chaos::identity() {
  const uint32_t pid = below(kProcesses + 3);
  return world_->kernel.processes[pid].identity + (rarely() ? 0x100 : 0);
}

uint64_t Chaos::span() {
  constexpr uint64_t kSpans[] = {0, 1, 1'000, 1'000'000, 8'000'000, ~uint64_t{0}, ~uint64_t{0} - 1};
  const uint64_t span = kSpans[below(std::size(kSpans))];
  return span == 8'000'000 ? below(8'000'000) : span;
}

void Chaos::put(Registers& r, unsigned low, uint64_t value) {
  r[low] = static_cast<uint32_t>(value);
  r[low + 1] = static_cast<uint32_t>(value >> 32);
}

// --- calls ------------------------------------------------------------------------------------

void Chaos::act(Thread& self) {
  const uint32_t index = self.token & kTokenIndex;
  if (in_call_[index] && self.context.pc == issued_at_[index]) {  // the kernel wants it once more
    const auto& r = self.context.r;
    Registers again{};
    std::copy_n(r.begin(), again.size(), again.begin());
    return issue(self, static_cast<Syscall>(r[12]), again);
  }
  note_result(self);
  Registers r{};
  for (uint32_t& word : r) word = below(200);
  if (rarely() && below(6) == 5) return act_absurdly(self, r);
  const bool supervises = self.process->pid == kProcesses + 1;
  if (supervises && below(2) != 0) return supervise(self, r);
  // A process's first thread asks, the others mostly answer.
  const bool answers = self.peer_next != nullptr && below(4) != 0 && (!lazy_ || rarely());
  if (answers && self.process->servers[0]) return answer(self, r);
  below(2) ? talk(self, r) : work(self, r);
}

/// Any call, with anything.
void Chaos::act_absurdly(Thread& self, Registers& r) {
  const auto number = static_cast<Syscall>(below(70));
  for (uint32_t& word : r) word = below(2) ? address() : choices_.word();
  if (number == Syscall::kFutexWake) r[1] %= 100;  // else it takes as many restarts
  issue(self, number, r);
}

void Chaos::answer(Thread& self, Registers& r) {
  switch (below(8)) {
    case 0:
    case 1:
      r[0] = kServerTag;
      return issue(self, Syscall::kReceive, r);
    case 2:
      r[0] = kServerTag;
      return issue(self, Syscall::kTryReceive, r);
    case 3:
      r[0] = kServerTag;
      put(r, 1, span());
      return issue(self, Syscall::kReceiveTimed, r);
    case 4:
      r[0] = token(self);
      r[1] = rarely() ? choices_.word() : 0;
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
      r[0] = below(6);
      return issue(self, Syscall::kConnect, r);
    default:
      r[0] = below(4) ? self.process->pid - 1u : below(6);
      return issue(self, Syscall::kServe, r);
  }
}

void Chaos::work(Thread& self, Registers& r) {
  const Process& process = *self.process;
  switch (below(20)) {
    case 0:
    case 1:
      r[0] = below(2) ? 0 : abi::kHeapBase + below(8) * kPageSize;
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
      r = {kData + 18 * kPageSize, below(4)};
      return issue(self, Syscall::kFutexWake, r);
    case 12:
      r[0] = kFirstSource + below(4);
      return issue(self, Syscall::kInterruptClaim, r);
    case 13:
    case 14:
      for (unsigned source = kFirstSource; source < kFirstSource + 3; ++source) {
        if (world_->kernel.interrupts[source].owner != &self) continue;
        r[0] = kInterruptTag + source;
        return issue(self, Syscall::kInterruptWait, r);
      }
      return issue(self, Syscall::kNull, r);
    case 15:
      r = {kDevice, kDeviceBytes + (rarely() ? kPageSize : 0)};
      return issue(self, Syscall::kMapDevice, r);
    case 16:
      r[0] = choices_.word();
      return issue(self, Syscall::kThreadPointer, r);
    case 17:
      if (rarely()) {
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

void Chaos::supervise(Thread& self, Registers& r) {
  r[0] = kData + 8 * below(1024);
  switch (below(8)) {
    case 0:
      r[0] = identity();
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
    default:
      put(r, 0, below(3'000'000));
      return issue(self, Syscall::kSleep, r);
  }
}

void Chaos::issue(Thread& self, Syscall number, const Registers& r) {
  const uint32_t index = self.token & kTokenIndex;
  const uint32_t pid = self.process->pid;
  made_[index] = number;
  issued_at_[index] = self.context.pc;
  in_call_[index] = true;
  world_->enter(self, number, r);
  if (world_->kernel.processes[pid].alive) return;
  ++deaths_;
  in_call_[index] = false;
  if (number != Syscall::kExit && number != Syscall::kThreadExit) {
    ++outcomes_[{number, kBroken}];
  }
}

/// What came of the last call of a thread that runs again.
void Chaos::note_result(const Thread& self) {
  const uint32_t index = self.token & kTokenIndex;
  if (!std::exchange(in_call_[index], false)) return;
  ++outcomes_[{made_[index], code_of(self.context.r[0])}];
}

}  // namespace kernel::test
