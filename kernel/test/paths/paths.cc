// The fast path against the general path, on the real machine code: a kernel whose SoC port, when
// it is started, makes a few processes and has them issue random calls. Each call is entered twice
// from the same state, once through each vector table; registers and the complete kernel must come
// out equal.
//
// Not compared, because nobody reads it before it is written again:
//   - the saved registers of the thread that was resumed (they are in the processor, and compared
//     there), and r0-r9, r12 of one that awaits a message or an answer;
//   - Kernel::current (set at every entry), tick_at, ticks_used, timer_at (the general path asks
//   for
//     a tick anew).
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#include "kernel/arch/armv7a/cpu.h"
#include "kernel/arch/armv7a/offsets.h"
#include "kernel/core/kernel.h"
#include "kernel/soc/soc.h"

namespace kernel {
namespace {
using abi::Syscall;

struct Registers {
  std::array<uint32_t, 15> r{};
  uint32_t pc = 0, status = 0;
  uint32_t stack = 0;                      // SVC's: names the thread that was resumed
  std::array<uint32_t, 6> coprocessors{};  // the address space, thread pointers, floating point
};

extern "C" {
extern char paths_vectors[];
extern Registers paths_result;
void paths_enter_fast(Thread*, const Registers*);
void paths_enter_general(Thread*, const Registers*);
void paths_resume(Thread*);
[[noreturn]] void paths_on_own_stack(void (*function)());
[[noreturn, gnu::used]] void paths_fault(uint32_t pc);
}

constexpr unsigned kSeeds = 250;
constexpr unsigned kSteps = 100;
constexpr unsigned kProcesses = 4;  // two of them serve
constexpr uint32_t kUserCode = 0x10000;
constexpr unsigned kBusyThreads = 2 * kProcesses + 4;

/// Room for kernels that are only looked at, in RAM that nobody else uses.
auto* const before_bytes = reinterpret_cast<std::byte*>(KERNEL_BASE + 0x0400'0000);
auto* const after_bytes = reinterpret_cast<std::byte*>(KERNEL_BASE + 0x0500'0000);

uint64_t time = 1'000'000;
uint64_t timer = 0;

/// A stretch of the kernel's bytes.
struct Part {
  size_t begin = 0, size = 0;
};
template <class T>
Part part_of(const T* first, const T* end) {
  const auto* base = reinterpret_cast<const std::byte*>(&the_kernel);
  return {static_cast<size_t>(reinterpret_cast<const std::byte*>(first) - base),
          static_cast<size_t>(end - first) * sizeof(T)};
}

/// Where these few processes and threads leave traces. All of the kernel is compared once in
/// kWholeEvery steps; to do so every time would take minutes.
constexpr unsigned kWholeEvery = 250;
std::array<Part, 9> busy_parts() {
  const Kernel& k = the_kernel;
  const auto bytes = [](const auto& object) { return reinterpret_cast<const std::byte*>(&object); };
  return {part_of(bytes(k), bytes(k.trace.events)),
          part_of(bytes(k.trace.written), bytes(k.sleepers[32])),
          part_of(bytes(k.worker), bytes(k.threads[kBusyThreads])),
          part_of(bytes(k.free_threads), bytes(k.processes[kProcesses + 1])),
          part_of(bytes(k.servers[0]), bytes(k.servers[2])),
          part_of(bytes(k.messages[0]), bytes(k.messages[64])),
          part_of(bytes(k.free_messages), bytes(k.child_grants)),
          part_of(bytes(k.random), bytes(k.crashes)),
          part_of(bytes(k.log), bytes(k.log) + sizeof k.log)};
}
constexpr Part kWhole{0, sizeof(Kernel)};

void keep(std::byte* to, const void* from, bool whole) {
  const auto* source = static_cast<const std::byte*>(from);
  if (whole) {
    std::memcpy(to, source, kWhole.size);
    return;
  }
  for (const Part& part : busy_parts()) {
    std::memcpy(to + part.begin, source + part.begin, part.size);
  }
}

/// The first word in which the two copies differ, or none.
size_t difference(const Part& part) {
  for (size_t i = part.begin; i < part.begin + part.size; i += 4) {
    uint32_t a = 0, b = 0;
    std::memcpy(&a, std::assume_aligned<4>(before_bytes + i), 4);
    std::memcpy(&b, std::assume_aligned<4>(after_bytes + i), 4);
    if (a != b) return i;
  }
  return sizeof(Kernel);
}

void semihosting(uint32_t operation, const void* argument) {
  register uint32_t r0 asm("r0") = operation;
  register const void* r1 asm("r1") = argument;
  asm volatile(
      "push {lr}\n mrs r2, spsr\n push {r2}\n svc #0x123456\n pop {r2}\n msr spsr_cxsf, r2\n pop "
      "{lr}"
      : "+r"(r0)
      : "r"(r1)
      : "r2", "memory");
}
void say(const char* text) {
  semihosting(4, text);
}
void say(const char* text, uint32_t number) {
  char digits[12];
  unsigned at = sizeof digits;
  digits[--at] = '\0';
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  say(text);
  say(&digits[at]);
}
[[noreturn]] void finish() {
  semihosting(0x18, reinterpret_cast<const void*>(0x20026));
  for (;;) continue;
}

class Paths {
 public:
  explicit Paths(uint32_t seed) : random_(seed * 2654435761u + 1) { set_up(); }

  /// False: the two differ, and it has been said how.
  bool step();
  unsigned taken = 0, calls = 0, answers = 0;

 private:
  uint32_t word() {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 17;
    random_ ^= random_ << 5;
    return random_;
  }
  uint32_t below(uint32_t limit) { return word() % limit; }
  void set_up();
  void choose(Registers& user, Thread& self);
  bool compare(const Registers& fast, const Registers& general, bool whole);
  void let_time_pass();
  static Thread& thread_of(const Registers& registers) {
    return *reinterpret_cast<Thread*>(registers.stack - sizeof(Context));
  }
  /// What is not compared becomes equal.
  static void forget(Kernel& kernel, const Registers& result);

  uint32_t random_;
  unsigned steps_ = 0;
  Registers user_{};
  Thread* self_ = nullptr;
};

void Paths::set_up() {
  Kernel& kernel = the_kernel;
  for (unsigned pid = 1; pid <= kProcesses; ++pid) {  // of the last seed
    if (kernel.processes[pid].alive) arch::space_close(pid);
  }
  std::memset(static_cast<void*>(&kernel), 0, sizeof kernel);
  kernel.reset();
  time = 1'000'000, timer = 0;
  arch::write_tpidrprw(0);
  for (unsigned pid = 1; pid <= kProcesses; ++pid) {
    Process& process = kernel.processes[pid];
    process.pid = static_cast<uint8_t>(pid);
    process.identity = abi::Identity::make(process.pid, 1).bits;
    process.syscalls = ~abi::SyscallMask{0};
    process.priority_limit = 31;
    process.connection_count = 1;
    arch::space_open(pid);
    kernel.begin_process(process);
    if (pid <= 2) {
      process.servers[0] = &kernel.servers[pid - 1];
      kernel.servers[pid - 1].owner = &process;
    }
    for (unsigned service = 0; service < 2; ++service) {
      if (pid == service + 1) continue;
      process.connections[process.connection_count++] = {
          .methods = {word() & ~1u, word()}, .server = &kernel.servers[service], .may_notify = 1};
    }
    process.callable = below(8) ? process.connection_count : 0;
    for (unsigned n = 0; n < 2; ++n) {
      Thread* thread =
          kernel.new_thread(process, kUserCode, 0x2000, pid, static_cast<uint8_t>(1 + below(6)));
      thread->thread_pointer = word();
      // Perhaps it owns the floating point registers.
      if (below(8) == 0) arch::write_tpidrprw(reinterpret_cast<uint32_t>(&thread->context.pc));
    }
  }
  // Somebody can always run.
  kernel.new_thread(kernel.processes[kProcesses], kUserCode, 0x2000, 0, 0);
  self_ = kernel.next_thread(nullptr);
  paths_resume(self_);
  user_ = paths_result;
}

/// A call that a thread might make: mostly one that has a fast path.
void Paths::choose(Registers& user, Thread& self) {
  for (unsigned i = 0; i < 10; ++i) user.r[i] = word();
  for (unsigned i : {10u, 11u, 13u, 14u}) user.r[i] = word() & ~7u;
  const Process& process = *self.process;
  const bool serves = process.servers[0] != nullptr;
  Syscall number = Syscall::kNull;
  if (self.base_priority == 0) {
    number = below(2) ? Syscall::kNull : Syscall::kYield;
  } else if (serves && below(32) != 0) {
    user.r[0] = kServerTag;
    const uint32_t what = below(16);
    if (what < 12 && self.serving != nullptr) {
      number = Syscall::kReplyReceive;
      user.r[0] = Kernel::token_given(*self.serving) + (below(16) == 0 ? kTokenStep : 0);
    } else if (what == 14) {
      number = below(8) ? Syscall::kReply : Syscall::kReplyReceive;
      const Thread& other = the_kernel.threads[1 + below(2 * kProcesses)];
      user.r[0] = Kernel::token_given(other);
    } else if (what == 15) {
      number = Syscall::kReceiveTimed;
      user.r[1] = below(2'000'000);
      user.r[2] = 0;
    } else {
      number = Syscall::kReceive;
    }
  } else {
    user.r[0] = 1 + below(process.connection_count - 1);
    user.r[1] = 1 + below(63);
    const uint32_t what = below(16);
    if (what < 11) {
      number = Syscall::kCall;
    } else if (what < 12) {
      number = Syscall::kCallTimed;
      user.r[10] = below(4) ? below(2'000'000) : 0;
      user.r[11] = 0;
    } else if (what < 13) {
      number = Syscall::kNotify;
    } else if (what < 14) {
      number = Syscall::kSend;
      user.r[1] |= abi::Info::make(abi::Kind::kSend, 0).bits;
    } else {
      number = Syscall::kSleep;
      user.r[0] = below(1'000'000);
      user.r[1] = 0;
    }
  }
  user.r[12] = static_cast<uint32_t>(number);
  calls += number == Syscall::kCall;
  answers += number == Syscall::kReplyReceive;
}

void Paths::forget(Kernel& kernel, const Registers& result) {
  const auto index = static_cast<size_t>(&thread_of(result) - the_kernel.threads.data());
  for (size_t i = 0; i < kBusyThreads; ++i) {
    Thread& thread = kernel.threads[i];
    if (i == index) thread.context = {};
    if (thread.state != ThreadState::kReceiving && thread.state != ThreadState::kAwaitingReply) {
      continue;
    }
    for (unsigned r : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 9u, 12u}) thread.context.r[r] = 0;
  }
  kernel.current = nullptr;
  kernel.tick_at = kernel.timer_at = 0;
  kernel.ticks_used = 0;
}

bool Paths::compare(const Registers& fast, const Registers& general, bool whole) {
  if (std::memcmp(&fast, &general, sizeof fast) != 0) {
    for (unsigned i = 0; i < sizeof fast / 4; ++i) {
      uint32_t a = 0, b = 0;
      std::memcpy(&a, reinterpret_cast<const std::byte*>(&fast) + 4 * i, 4);
      std::memcpy(&b, reinterpret_cast<const std::byte*>(&general) + 4 * i, 4);
      if (a == b) continue;
      say("paths: register ", i);
      say(": fast ", a);
      say(", general ", b);
      say("\n");
    }
    return false;
  }
  auto& other = *std::launder(reinterpret_cast<Kernel*>(after_bytes));
  Kernel& own = *std::launder(reinterpret_cast<Kernel*>(before_bytes));
  keep(before_bytes, &the_kernel, whole);
  forget(other, fast);
  forget(own, general);
  size_t at = sizeof(Kernel);
  if (whole) {
    at = difference(kWhole);
  } else {
    for (const Part& part : busy_parts()) at = std::min(at, difference(part));
  }
  if (at == sizeof(Kernel)) return true;
  const Part threads = part_of(the_kernel.threads.data(), the_kernel.threads.data() + kMaxThreads);
  say("paths: the kernel differs at byte ", at);
  if (at - threads.begin < threads.size) {
    say(", thread ", (at - threads.begin) / sizeof(Thread));
    say(", byte ", (at - threads.begin) % sizeof(Thread));
  }
  uint32_t a = 0, b = 0;
  std::memcpy(&a, after_bytes + at, 4);
  std::memcpy(&b, before_bytes + at, 4);
  say(": fast ", a);
  say(", general ", b);
  say("\n");
  return false;
}

bool Paths::step() {
  Kernel& kernel = the_kernel;
  Thread& self = *self_;
  Registers user = user_;
  choose(user, self);
  kernel.current = nullptr;  // only the general path names it
  const bool whole = steps_++ % kWholeEvery == 0;
  keep(before_bytes, &kernel, whole);
  const uint64_t timer_before = timer;

  paths_enter_fast(&self, &user);
  const Registers fast = paths_result;
  const bool was_fast = kernel.current == nullptr && user.r[12] != 0;
  taken += was_fast;
  keep(after_bytes, &kernel, whole);

  // Back to before: the caller's space and thread pointer, then the rest.
  keep(reinterpret_cast<std::byte*>(&kernel), before_bytes, whole);
  timer = timer_before;
  paths_resume(&self);
  paths_enter_general(&self, &user);
  const Registers general = paths_result;
  if (kernel.current == nullptr) {
    say("paths: the general table took the fast path\n");
    return false;
  }
  if (!compare(fast, general, whole)) return false;
  user_ = general;
  self_ = &thread_of(general);
  let_time_pass();
  return true;
}

/// Now and then the timer is due; whoever then runs is resumed.
void Paths::let_time_pass() {
  time += below(50'000);
  if (self_->base_priority == 0 && timer > time) time = timer;  // nobody else can run
  if (timer == 0 || timer > time) return;
  Kernel& kernel = the_kernel;
  self_->context.r = user_.r;
  self_->context.pc = user_.pc;
  self_->context.status = user_.status;
  kernel.current = self_;
  kernel.handle_interrupts();
  self_ = kernel.next_thread(self_);
  paths_resume(self_);
  user_ = paths_result;
}

[[noreturn]] void run() {
  arch::write_vbar(reinterpret_cast<uint32_t>(paths_vectors));
  unsigned calls = 0, answers = 0, taken = 0, steps = 0;
  for (uint32_t seed = 1; seed <= kSeeds; ++seed) {
    Paths paths(seed);
    for (unsigned i = 0; i < kSteps; ++i, ++steps) {
      if (paths.step()) continue;
      say("paths: FAILED, seed ", seed);
      say(", step ", i);
      say("\n");
      finish();
    }
    calls += paths.calls, answers += paths.answers, taken += paths.taken;
  }
  say("paths: steps ", steps);
  say(", calls ", calls);
  say(", answers ", answers);
  say(", on the fast path ", taken);
  say("\npaths: all equal\n");
  finish();
}

extern "C" void paths_fault(uint32_t pc) {
  say("paths: fault at ", pc);
  say("\n");
  finish();
}
}  // namespace

namespace soc {
const std::string_view kName = "paths";
std::span<const Window> windows() {
  return {};
}

void start() {
  paths_on_own_stack(run);
}

uint64_t now() {
  return time;
}
void set_timer(uint64_t deadline) {
  timer = deadline;
}
int take_interrupt() {
  if (timer == 0 || timer > time) return kNoInterrupt;
  timer = 0;
  return kTimerInterrupt;
}
void mask_interrupt(unsigned) {}
void unmask_interrupt(unsigned) {}
bool interrupt_exists(unsigned) {
  return false;
}
void emergency_write(std::string_view text) {
  for (const char c : text) {
    const char one[2] = {c, '\0'};
    say(one);
  }
}
bool emergency_ready() {
  return true;
}
void reset() {
  say("paths: the kernel gave up\n");
  finish();
}
void power_off() {
  finish();
}
}  // namespace soc
}  // namespace kernel
