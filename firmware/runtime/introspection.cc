#include "firmware/runtime/introspection.h"

#include <cstring>

#include "firmware/runtime/syscall.h"

namespace runtime {

base::Result<Numbers> statistics(kernel::abi::Statistics which, uint32_t index) {
  // The one call that returns nine registers: the message call's shape fits, one register on.
  uint32_t words[8] = {};
  const MessageOutcome outcome =
      message_call(Syscall::kStatistics, static_cast<uint32_t>(which), index, words);
  if (outcome.r0) return base::Error{outcome.r0};
  Numbers numbers{outcome.r1};
  std::memcpy(&numbers[1], words, sizeof words);
  return numbers;
}

base::Result<std::array<char, 24>> process_name(uint8_t pid) {
  const Numbers numbers = TRY(statistics(kernel::abi::Statistics::kProcessName, pid));
  std::array<char, 24> name;
  std::memcpy(name.data(), numbers.data(), name.size());
  return name;
}

base::Result<uint32_t> read_crash(kernel::abi::CrashRecord& record) {
  const Outcome outcome = system_call(Syscall::kCrashRead, reinterpret_cast<uintptr_t>(&record));
  if (outcome.error) return base::Error{outcome.error};
  return outcome.r1;
}

base::Result<void> start_trace() {
  return base::Error{system_call(Syscall::kTraceControl, 1).error};
}

base::Result<void> stop_trace() {
  return base::Error{system_call(Syscall::kTraceControl, 0).error};
}

base::Result<TraceRead> read_trace(std::span<kernel::abi::TraceEvent> events) {
  const Outcome outcome = system_call(
      Syscall::kTraceRead, reinterpret_cast<uintptr_t>(events.data()), events.size_bytes());
  if (outcome.error) return base::Error{outcome.error};
  return TraceRead{outcome.r1, outcome.r2};
}

}  // namespace runtime
