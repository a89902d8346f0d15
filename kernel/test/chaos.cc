#include "kernel/test/chaos.h"

#include <algorithm>
#include <stdexcept>

namespace kernel::test {
namespace {
using abi::kPageSize;
using abi::Syscall;

constexpr unsigned kMostIdle = 20;

abi::Grant grant(abi::GrantKind kind, uint32_t a, uint32_t b = 0, uint64_t mask = 0) {
  return {.kind = kind, .a = a, .b = b, .mask = mask};
}

std::vector<ProcessPlan> plans() {
  std::vector<ProcessPlan> result;
  for (uint32_t i = 0; i < kChaosProcesses; ++i) {
    ProcessPlan plan{.name = "p" + std::to_string(i),
                     .priority = 4 + i % 3,
                     .grants = {may_serve(i)},
                     .quota = (i == 1 ? 4 : 24) * kPageSize};
    // Some methods of everybody; nobody's notifications to the last server.
    for (uint32_t other = 0; other < kChaosServers; ++other) {
      plan.grants.push_back(
          may_connect(other, 0x1e | (uint64_t{1} << (other + 32)) | (other != kChaosServers - 1)));
    }
    for (uint32_t more = kChaosServers; more < kChaosServices; ++more) {
      if (i == kChaosProcesses - 1) plan.grants.push_back(may_connect(more, 0x06));
      if (more % kChaosServers == i) plan.grants.push_back(may_serve(more));
    }
    plan.grants.push_back(grant(abi::GrantKind::kInterrupt, kChaosSource + i % 3));
    plan.grants.push_back(grant(abi::GrantKind::kDevice, kChaosDevice, kChaosDeviceBytes));
    if (i == 2 || i == 3) {
      plan.grants.push_back(grant(abi::GrantKind::kDma, 0, kChaosDmaPages * kPageSize));
      plan.grants.push_back(grant(abi::GrantKind::kDevice, kChaosBadDevice, 0x100));
    }
    // Who reads the log is the supervisor; without one the kernel writes it out.
    plan.syscalls = ~abi::mask_of(Syscall::kLogRead);
    if (i == kChaosProcesses - 1) plan.syscalls = abi::kOrdinary & ~abi::mask_of(Syscall::kSend);
    result.push_back(plan);
  }
  result.push_back(
      {.name = "super",
       .priority = 7,
       .grants = {grant(abi::GrantKind::kSupervise, abi::kEveryProcess), may_connect(0, 0x1f),
                  grant(abi::GrantKind::kChildren, 2, 12 * kPageSize, abi::kOrdinary),
                  grant(abi::GrantKind::kChildConnect, 0, 0, 0x0e)},
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
  courses_ = {};
  world_.reset();
  world_ = std::make_unique<World>(plans(), kChaosServices, 164 + below(160));
  world_->prompt = below(2) != 0;
  lazy_ = below(4) == 3;
  world_->machine.tables_left = 4 + below(36);
  for (uint32_t i = 0; i < kChaosServers; ++i)
    world_->call(world_->thread(i), Syscall::kServe, {i});
  for (uint32_t i = 0; i < kChaosProcesses; ++i) {
    world_->call(world_->thread(i), Syscall::kConnect, {(i + 1) % kChaosServers});
    world_->call(world_->thread(i), Syscall::kConnect, {(i + 2) % kChaosServers});
  }
  if (below(4) == 3) {  // there is no room for another server, nor soon for another connection
    for (uint32_t service = kChaosServers; service < kChaosServices; ++service) {
      world_->call(world_->thread(service % kChaosServers), Syscall::kServe, {service});
    }
    const uint32_t last = world_->thread(kChaosProcesses - 1).token & kTokenIndex;
    courses_[last] = {.urge = Urge::kConnect, .left = kChaosServices};
  }
  for (uint32_t i = 0; i <= kChaosProcesses; ++i) {
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
      world_->machine.raise(kChaosSource + below(4));
      return world_->interrupt();
    case 21:
      if (storm()) return;
      break;
    default:
      break;
  }
  if (world_->running() == nullptr) {
    ++idle_;
    if (!world_->machine.pass_to_timer()) world_->machine.raise(kChaosSource + below(3));
    return world_->interrupt();
  }
  idle_ = 0;
  if (rarely()) {
    if (Thread* other = some_thread()) world_->make_run(*other);
  }
  act(*world_->running());
}

/// A driver's source goes mad: it fires as soon as it is unmasked, until the kernel has enough.
/// False: no driver waits.
bool Chaos::storm() {
  Kernel& kernel = world_->kernel;
  for (unsigned source = kChaosSource; source < kChaosSource + 3; ++source) {
    Thread* owner = kernel.interrupts[source].owner;
    if (owner == nullptr || owner->state != ThreadState::kInterrupt) continue;
    // The first so many may have begun long ago.
    for (unsigned i = 0; i < 2 * abi::kStormDeliveries; ++i) {
      world_->machine.raise(source);
      world_->interrupt();
      if (owner->state != ThreadState::kRunnable) break;  // its process has died meanwhile
      note_result(*owner);
      world_->make_run(*owner);
      Registers r{kInterruptTag + source};
      issue(*owner, Syscall::kInterruptWait, r);
      if (owner->state != ThreadState::kInterrupt) break;
    }
    return true;
  }
  return false;
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
  if (what >= 15) {
    if (const uint32_t at = dma_page(*self.process)) return at;
  }
  const uint32_t heap = abi::kHeapBase + below(8) * kPageSize;
  if (what >= 10 && arch::page_get(self.process->pid, heap).reachable()) return heap;
  return kData + below(kDataPages - 3) * kPageSize;
}

/// A page that devices reach, or 0.
uint32_t Chaos::dma_page(const Process& process) {
  uint32_t found = 0;
  for (const auto& [at, page] : world_->machine.pages(process.pid)) {
    const bool in_area = at >= abi::kDeviceBase && at < abi::kDeviceEnd;
    if (!in_area || page.access == arch::Access::kDevice) continue;
    if (found == 0 || below(3) == 0) found = at;
  }
  return found;
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
  const uint32_t pid = below(kChaosProcesses + 3);
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

void Chaos::issue(Thread& self, Syscall number, const Registers& r) {
  const uint32_t index = self.token & kTokenIndex;
  const uint32_t pid = self.process->pid;
  made_[index] = number;
  const uint32_t storms_before = world_->kernel.total_storms;
  issued_at_[index] = self.context.pc;
  in_call_[index] = true;
  generations_[index] = self.generation;
  world_->enter(self, number, r);
  storms_ += world_->kernel.total_storms - storms_before;
  const Process& process = world_->kernel.processes[pid];
  if (process.alive) return;
  ++deaths_;
  in_call_[index] = false;
  if (process.end_reason == abi::EndReason::kFaulted) ++outcomes_[{number, kBroken}];
}

/// What came of the last call of a thread that runs again.
void Chaos::note_result(const Thread& self) {
  const uint32_t index = self.token & kTokenIndex;
  if (!std::exchange(in_call_[index], false) || generations_[index] != self.generation) return;
  ++outcomes_[{made_[index], code_of(self.context.r[0])}];
}

}  // namespace kernel::test
