#include "firmware/services/echo/machine.h"

#include "base/modules.h"
#include "firmware/runtime/counters.h"
#include "firmware/runtime/process.h"
#include "firmware/runtime/syscall.h"

namespace services::echo {
namespace {

constexpr uint8_t kModule = base::module_number("firmware/services/echo/machine.cc");
constexpr uint32_t kWatchPriority = 4;  // below everything that anybody waits for
constexpr uint32_t kLoop = 7;           // instructions of the loop below

/// Spins until the thread was off the processor. Returns the last look before that. Cycles are read
/// before instructions: an interruption between the two then shows in the second, and the look
/// before it is the one that is returned.
Machine::Gap wait_for_gap() {
  uint32_t instructions, cycles, before_instructions, before_cycles, difference;
  asm volatile(
      "   mrc p15, 0, %[c], c9, c13, 0\n"
      "   mrc p15, 0, %[i], c9, c13, 2\n"
      // From one look at the instruction counter to the next: kLoop.
      "1: mov %[bi], %[i]\n"
      "   mov %[bc], %[c]\n"
      "   mrc p15, 0, %[c], c9, c13, 0\n"
      "   mrc p15, 0, %[i], c9, c13, 2\n"
      "   sub %[d], %[i], %[bi]\n"
      "   cmp %[d], %[loop]\n"
      "   bls 1b\n"
      : [i] "=&r"(instructions), [c] "=&r"(cycles), [bi] "=&r"(before_instructions),
        [bc] "=&r"(before_cycles), [d] "=&r"(difference)
      : [loop] "i"(kLoop)
      : "memory", "cc");
  return {.instructions = before_instructions, .cycles = before_cycles};
}

}  // namespace

void Machine::yield(uint32_t times) {
  if (times == 0) return;
  register uint32_t left asm("r10") = times;
  asm volatile(
      "1: mov r12, %[yield]\n"
      "   svc #0\n"
      "   subs r10, r10, #1\n"
      "   bne 1b"
      : "+r"(left)
      : [yield] "i"(runtime::Syscall::kYield)
      : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r12", "memory", "cc");
}

uint32_t Machine::watch_loop() const {
  return kLoop;
}

void Machine::watch(void* self) {
  auto& machine = *static_cast<Machine*>(self);
  while (machine.watching_.load(std::memory_order_relaxed)) {
    if (machine.caches_ == Caches::kCold) machine.evictor_->evict();
    const Gap gap = wait_for_gap();
    const uint32_t count = machine.count_.load(std::memory_order_relaxed);
    if (count < kMostGaps) {
      machine.gaps_[count] = gap;
      machine.count_.store(count + 1, std::memory_order_relaxed);
    }
  }
}

void Machine::sleep(base::Duration length) {
  runtime::sleep(length);
}

base::Result<void> Machine::start_watching(Caches caches) {
  if (!(runtime::arguments().image_flags & kernel::abi::kImageTest)) return FAIL(kDenied);
  if (thread_) return FAIL(kBusy);
  if (caches == Caches::kCold && !evictor_) evictor_ = TRY(runtime::Evictor::create());
  caches_ = caches;
  count_ = 0;
  watching_ = 1;
  thread_.emplace(TRY(runtime::Thread::start(watch, this, {.priority = kWatchPriority})));
  return {};
}

base::Result<std::span<const Machine::Gap>> Machine::stop_watching() {
  if (!thread_) return FAIL(kInvalid);
  // The thread looks here after each gap. This call was one; but if it came just before the thread
  // went to wait for the next, there must be another.
  watching_ = 0;
  runtime::sleep(std::chrono::milliseconds(1));
  TRY(thread_->join());
  thread_.reset();
  return std::span<const Gap>(gaps_.data(), count_);
}

}  // namespace services::echo
