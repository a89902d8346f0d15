// The trace ring. When it is full the oldest events are lost and counted.
#include <algorithm>

#include "kernel/core/calls.h"
#include "kernel/core/kernel.h"
#include "kernel/soc/soc.h"

namespace kernel {
namespace {
constexpr uint8_t kModule = base::module_number("kernel/core/trace.cc");
constexpr uint32_t kEventsPerRead = 16;
}  // namespace

void Kernel::trace_slow(abi::TraceKind kind, const Thread* thread, uint32_t value, uint8_t detail) {
  if (trace.written - trace.read == kTraceEvents) {
    ++trace.read;
    ++trace.lost;
  }
  const uint32_t index = thread != nullptr ? thread->token & kTokenIndex : 0;
  trace.events[trace.written++ % kTraceEvents] = {.time_ns = soc::now(),
                                                  .value = value,
                                                  .thread = static_cast<uint16_t>(index),
                                                  .kind = kind,
                                                  .detail = detail};
}

namespace calls {

void trace_control(Kernel& kernel, Thread& self) {
  const uint32_t on = self.context.r[0];
  if (on > 1) return complete(self, FAIL(kInvalid));
  Trace& trace = kernel.trace;
  if (on) trace.written = trace.read = trace.lost = 0;
  trace.on = on;
  kernel.attention &= ~uint32_t{Kernel::kTracing};
  if (on) kernel.attention |= Kernel::kTracing;
  trace.running = nullptr;
  arch::set_fast_path(!on && !kernel.general_path_only);
  complete(self);
}

void trace_read(Kernel& kernel, Thread& self) {
  Trace& trace = kernel.trace;
  const uint32_t address = self.context.r[0];
  if (address % 8 != 0) return kernel.broken(self, "trace buffer");
  const uint32_t most =
      std::min<uint32_t>(self.context.r[1] / sizeof(abi::TraceEvent), kEventsPerRead);
  const uint32_t count = std::min(most, trace.written - trace.read);
  for (uint32_t i = 0; i < count; ++i) {
    const abi::TraceEvent& event = trace.events[(trace.read + i) % kTraceEvents];
    const std::string_view bytes(reinterpret_cast<const char*>(&event), sizeof event);
    if (!kernel.write_user(*self.process, address + i * sizeof event, bytes)) {
      return kernel.broken(self, "trace buffer");
    }
  }
  trace.read += count;
  complete(self, kOk, count, trace.lost);
}

}  // namespace calls
}  // namespace kernel
