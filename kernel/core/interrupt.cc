// Interrupts to user drivers. A source is masked from its delivery until its owner waits again,
// which is the acknowledgement.
#include "kernel/core/calls.h"
#include "kernel/core/kernel.h"
#include "kernel/soc/soc.h"

namespace kernel {
namespace {
constexpr uint8_t kModule = base::module_number("kernel/core/interrupt.cc");
/// More than one per source in one go is a storm; the rest waits for the next entry.
constexpr unsigned kMostAtOnce = 16;

[[gnu::cold, gnu::noinline]] void report_stray(Kernel& kernel, int source) {
  kernel.log.line("kernel: interrupt ", source, " has no owner, masked");
  kernel.wake_log_reader();
}
}  // namespace

void Kernel::handle_interrupts() {
  for (unsigned i = 0; i < kMostAtOnce; ++i) {
    const int source = soc::take_interrupt();
    if (source == soc::kNoInterrupt) return;
    if (source == soc::kTimerInterrupt) {
      timer_expired(soc::now());
      continue;
    }
    Thread* owner = interrupts[static_cast<unsigned>(source)].owner;
    if (owner == nullptr || owner->state != ThreadState::kInterrupt ||
        owner->waits_for != static_cast<uint32_t>(source)) {
      report_stray(*this, source);
      continue;
    }
    trace_event(abi::TraceKind::kInterrupt, owner, static_cast<uint32_t>(source));
    complete(*owner);
    make_ready(*owner);
  }
}

namespace {
/// One delivery more. True: there have been too many in too short a time.
bool storms(Interrupt& interrupt) {
  interrupt.deliveries = (interrupt.deliveries + 1) % abi::kStormDeliveries;
  if (interrupt.deliveries != 0) return false;
  const uint64_t now = soc::now();
  const bool too_many = now - interrupt.since < abi::kStormNanoseconds;
  interrupt.since = now;
  return too_many;
}
}  // namespace

namespace calls {

void interrupt_claim(Kernel& kernel, Thread& self) {
  const Process& process = *self.process;
  const uint32_t source = self.context.r[0];
  bool granted = false;
  for (const abi::Grant& grant : process.grants) {
    granted |= grant.kind == abi::GrantKind::kInterrupt && grant.a == source;
  }
  if (!granted || source >= kMaxInterrupts || !soc::interrupt_exists(source)) {
    return complete(self, FAIL(kDenied));
  }
  if (kernel.interrupts[source].owner != nullptr) return complete(self, FAIL(kBusy));
  kernel.interrupts[source] = {.owner = &self, .since = soc::now()};
  ++self.claims;
  complete(self, kOk, kInterruptTag + source);
}

void interrupt_wait(Kernel& kernel, Thread& self) {
  const uint32_t source = self.context.r[0] - kInterruptTag;
  if (source >= kMaxInterrupts || kernel.interrupts[source].owner != &self) {
    return kernel.broken(self, "interrupt handle never given");
  }
  if (storms(kernel.interrupts[source])) {
    ++kernel.total_storms;
    kernel.log.line("kernel: interrupt ", source, " storms, masked");
    kernel.wake_log_reader();
    return complete(self, FAIL(kBusy));
  }
  self.waits_for = source;
  self.state = ThreadState::kInterrupt;
  soc::unmask_interrupt(source);
}

}  // namespace calls
}  // namespace kernel
