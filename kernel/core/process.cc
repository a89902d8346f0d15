// Threads and processes: how they come and, above all, how they go.
#include <algorithm>
#include <utility>

#include "kernel/core/calls.h"
#include "kernel/core/kernel.h"
#include "kernel/soc/soc.h"

namespace kernel {
namespace {
constexpr uint8_t kModule = base::module_number("kernel/core/process.cc");

constexpr unsigned kHandleGenerationShift = 10;  // behind the index
constexpr uint32_t kUserStatus = 0x50;           // user mode, ARM state, IRQ on, FIQ never

uint32_t thread_handle(const Thread& thread) {
  return (thread.token & kTokenIndex) | thread.generation << kHandleGenerationShift;
}

Thread* find_thread(Kernel& kernel, const Process& process, uint32_t handle) {
  Thread& thread = kernel.threads[handle & kTokenIndex];
  const bool is_ours = thread.process == &process && thread.state != ThreadState::kFree &&
                       thread.state != ThreadState::kOrphan;
  return is_ours && thread_handle(thread) == handle ? &thread : nullptr;
}
}  // namespace

void Kernel::begin_process(Process& process) {
  process.alive = true;
  process.ending = Ending::kNot;
  process.end_priority = 0;
  process.fault = {};
  process.last_context = {};
  process.calls_made = 0;
  ++processes_alive;
  log_readers += (process.syscalls & abi::mask_of(abi::Syscall::kLogRead)) != 0;
}

Thread* Kernel::new_thread(Process& process, uint32_t entry, uint32_t stack, uint32_t argument,
                           uint8_t priority) {
  if (process.thread_count == kThreadsPerProcess || free_threads == nullptr) return nullptr;
  Thread& thread = *free_threads;
  free_threads = thread.next;
  const uint32_t token = thread.token + kTokenStep;  // older tokens of this slot name nobody
  const uint32_t generation = thread.generation + 1;
  thread = {};
  thread.token = thread.born = token;
  thread.generation = generation & (~0u >> kHandleGenerationShift);
  thread.context.r[0] = argument;
  thread.context.r[13] = stack;
  thread.context.pc = entry;
  thread.context.status = kUserStatus;
  thread.identity = process.identity;
  thread.priority = thread.base_priority = priority;
  thread.holds_keys = process.flags & abi::kProcessHoldsKeys;
  thread.space = arch::space_registers(process.pid);
  thread.process = &process;
  thread.peer_next = process.threads;
  process.threads = &thread;
  ++process.thread_count;
  ++threads_used;
  make_ready(thread);
  return &thread;
}

void Kernel::free_thread(Thread& thread) {
  arch::clear_floats(thread);
  thread.state = ThreadState::kFree;
  thread.next = free_threads;
  free_threads = &thread;
  --threads_used;
}

void Kernel::end_thread(Thread& thread, ThreadState state) {
  Process& process = *thread.process;
  switch (thread.state) {
    case ThreadState::kRunnable:
      if (&thread != current) remove_ready(thread);
      break;
    case ThreadState::kReceiving:
      leave_server(thread);
      break;
    case ThreadState::kQueued:
      leave_server(thread);
      end_loan(thread);
      break;
    case ThreadState::kAwaitingReply:
      if (thread.loan.pages != 0) leave_ghost(thread);
      break;
    case ThreadState::kWithdrawing:
      stop_withdrawing(thread);
      break;
    default:
      break;
  }
  thread.loan = {};
  cancel_sleep(thread);
  forget_unsettled(thread);
  if (thread.serving) thread.serving->served_by = nullptr;
  thread.serving = nullptr;
  if (Thread* server_thread = std::exchange(thread.served_by, nullptr)) {
    server_thread->serving = nullptr;
    settle(*server_thread);
  }
  for (Server* server : process.servers) {
    if (server && server->last_receiver == &thread) server->last_receiver = nullptr;
  }
  for (unsigned source = 0; source < kMaxInterrupts && thread.claims != 0; ++source) {
    if (interrupts[source].owner != &thread) continue;
    soc::mask_interrupt(source);
    interrupts[source] = {};
    --thread.claims;
  }
  if (log_waiter == &thread) log_waiter = nullptr;
  if (crash_waiter == &thread) crash_waiter = nullptr;
  thread.state = state;
  if (state == ThreadState::kExited) return;
  process.calls_made += (thread.token - thread.born) / kTokenStep;
  Thread** place = &process.threads;
  while (*place != &thread) place = &(*place)->peer_next;
  *place = thread.peer_next;
  --process.thread_count;
  if (thread.ghost.pages != 0) {
    thread.state = ThreadState::kOrphan;
  } else {
    free_thread(thread);
  }
}

void Kernel::end_process(Process& process, abi::EndReason reason) {
  if (!process.alive) return;
  process.alive = false;
  process.callable = 0;
  process.end_reason = reason;
  process.ending = Ending::kThreads;
  --processes_alive;
  log_readers -= (process.syscalls & abi::mask_of(abi::Syscall::kLogRead)) != 0;
  for (Server* server : process.servers) {
    if (server == nullptr) continue;
    server->owner = nullptr;
    server->closing = true;
  }
  if (current && current->process == &process && current->state == ThreadState::kRunnable) {
    current->state = ThreadState::kEnding;
  }
  (worker.ending ? worker.ending_last->ending_next : worker.ending) = &process;
  worker.ending_last = &process;
  dying = &process;
  attention |= kDying;
}

void Kernel::exit_thread(Thread& self, uint32_t value) {
  Process& process = *self.process;
  bool others = false;
  for (Thread* thread = process.threads; thread; thread = thread->peer_next) {
    others |= thread != &self && thread->state != ThreadState::kExited;
  }
  if (!others) {
    process.exit_code = value;
    return end_process(process, abi::EndReason::kExited);
  }
  self.value = value;
  end_thread(self, ThreadState::kExited);
  const uint32_t handle = thread_handle(self);
  for (Thread* thread = process.threads; thread; thread = thread->peer_next) {
    if (thread->state != ThreadState::kJoining || thread->waits_for != handle) continue;
    complete(*thread, kOk, value);
    make_ready(*thread);
    return end_thread(self, ThreadState::kFree);
  }
}

namespace calls {

void exit(Kernel& kernel, Thread& self) {
  self.process->exit_code = self.context.r[0];
  kernel.end_process(*self.process, abi::EndReason::kExited);
}

void thread_create(Kernel& kernel, Thread& self) {
  Process& process = *self.process;
  const auto& r = self.context.r;
  if (r[0] % 4 != 0 || r[0] >= abi::kUserEnd) return kernel.broken(self, "thread entry");
  if (r[1] % 8 != 0 || r[1] > abi::kUserEnd) return kernel.broken(self, "thread stack");
  if (r[3] > process.priority_limit) return complete(self, FAIL(kDenied));
  Thread* thread = kernel.new_thread(process, r[0], r[1], r[2], static_cast<uint8_t>(r[3]));
  if (thread == nullptr) return complete(self, FAIL(kNoMemory));
  thread->thread_pointer = r[4];
  complete(self, kOk, thread_handle(*thread));
}

void thread_pointer(Kernel&, Thread& self) {
  self.thread_pointer = self.context.r[0];
  complete(self);
}

void thread_exit(Kernel& kernel, Thread& self) {
  kernel.exit_thread(self, self.context.r[0]);
}

void thread_join(Kernel& kernel, Thread& self) {
  Thread* thread = find_thread(kernel, *self.process, self.context.r[0]);
  if (thread == nullptr || thread == &self) return complete(self, FAIL(kNotFound));
  if (thread->state != ThreadState::kExited) {
    for (const Thread* other = self.process->threads; other; other = other->peer_next) {
      const bool joins = other->state == ThreadState::kJoining;
      if (joins && other->waits_for == self.context.r[0]) return complete(self, FAIL(kBusy));
    }
    self.waits_for = self.context.r[0];
    self.state = ThreadState::kJoining;
    return;
  }
  complete(self, kOk, thread->value);
  kernel.end_thread(*thread, ThreadState::kFree);
}

void yield(Kernel& kernel, Thread& self) {
  complete(self);
  kernel.make_ready(self);
  kernel.current = nullptr;
}

void futex_wait(Kernel& kernel, Thread& self) {
  const auto& r = self.context.r;
  uint32_t word = 0;
  if (!kernel.read_user_word(*self.process, r[0], word)) {
    return kernel.broken(self, "futex address");
  }
  if (word != r[1]) return complete(self, FAIL(kBusy));
  const uint64_t limit = uint64_t{r[3]} << 32 | r[2];
  self.waits_for = r[0];
  self.state = ThreadState::kFutex;
  if (limit != ~uint64_t{0}) kernel.sleep_until(self, soc::now() + std::min(limit, kLongestSleep));
}

void futex_wake(Kernel& kernel, Thread& self) {
  const uint32_t address = self.context.r[0];
  const uint32_t most = self.context.r[1];
  // `progress` counts those woken over restarts.
  for (unsigned i = 0; i < kFutexWakesPerPiece && self.progress < most; ++i) {
    Thread* best = nullptr;
    for (Thread* thread = self.process->threads; thread; thread = thread->peer_next) {
      if (thread->state != ThreadState::kFutex || thread->waits_for != address) continue;
      if (best == nullptr || thread->priority >= best->priority) best = thread;
    }
    if (best == nullptr) return complete(self, kOk, std::exchange(self.progress, 0));
    kernel.cancel_sleep(*best);
    complete(*best);
    kernel.make_ready(*best);
    ++self.progress;
  }
  if (self.progress == most) return complete(self, kOk, std::exchange(self.progress, 0));
  restart(self);
}

void sleep(Kernel& kernel, Thread& self) {
  const uint64_t span = uint64_t{self.context.r[1]} << 32 | self.context.r[0];
  self.state = ThreadState::kSleeping;
  kernel.sleep_until(self, soc::now() + std::min(span, kLongestSleep));
}

void kill(Kernel& kernel, Thread& self) {
  const abi::Identity identity{self.context.r[0]};
  Process& target = kernel.processes[identity.pid()];
  if (target.pid == 0 || target.identity != identity.bits) return complete(self, FAIL(kNotFound));
  bool may = target.parent == self.identity;
  for (const abi::Grant& grant : self.process->grants) {
    may |= grant.kind == abi::GrantKind::kSupervise &&
           (grant.a == abi::kEveryProcess || (target.parent == 0 && grant.a == target.pid - 1u));
  }
  if (!may) return complete(self, FAIL(kDenied));
  if (!target.alive) return complete(self, FAIL(kNotFound));
  complete(self);
  kernel.end_process(target, abi::EndReason::kKilled);
}

void clock(Kernel&, Thread& self) {
  const uint64_t now = soc::now();
  complete(self, kOk, static_cast<uint32_t>(now), static_cast<uint32_t>(now >> 32));
}

}  // namespace calls
}  // namespace kernel
