// The trace ring: what ran and who sent what to whom (kTraceControl, kTraceRead).
#pragma once

#include <cstdint>

namespace kernel::abi {

enum class TraceKind : uint8_t {
  kSwitch = 1,     ///< `thread` runs now (0: nobody); value: its Identity
  kCall = 2,       ///< `thread` calls service `value`; detail: opcode
  kReceive = 3,    ///< `thread` receives from thread `value`; detail: opcode
  kReply = 4,      ///< `thread` answers thread `value`; detail: the error's code
  kSend = 5,       ///< `thread` queues a message for service `value`; detail: opcode
  kNotify = 6,     ///< `thread` notifies service `value`
  kInterrupt = 7,  ///< source `value` was delivered to `thread`
  kFault = 8,      ///< `thread` faulted at address `value`
  kEnd = 9,        ///< the process with Identity `value` has ended
  kTimeout = 10,   ///< `thread`'s wait timed out
};

struct TraceEvent {
  uint64_t time_ns = 0;  ///< as kClock
  uint32_t value = 0;
  uint16_t thread = 0;  ///< index of the thread in the system
  TraceKind kind{};
  uint8_t detail = 0;
};
static_assert(sizeof(TraceEvent) == 16);

}  // namespace kernel::abi
