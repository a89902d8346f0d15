// Looking at the system, for processes whose manifests permit it (system calls `statistics`,
// `crash_read`, `trace_control`, `trace_read`). Device only.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "kernel/abi/crash.h"
#include "kernel/abi/message.h"
#include "kernel/abi/statistics.h"
#include "kernel/abi/trace.h"

namespace runtime {

/// The registers r1.. of one kStatistics. kNotFound: `index` names nothing. Named by what follows.
using Numbers = std::array<uint32_t, 9>;
base::Result<Numbers> statistics(kernel::abi::Statistics which, uint32_t index);

/// A process's manifest name, NUL-padded. kNotFound: no process has had this pid.
base::Result<std::array<char, 24>> process_name(uint8_t pid);

/// Waits for the next end of a process. Returns how many ends went unread so far.
base::Result<uint32_t> read_crash(kernel::abi::CrashRecord& record);

/// From empty. Messages take longer while it is on.
base::Result<void> start_trace();
base::Result<void> stop_trace();
struct TraceRead {
  uint32_t count = 0;  ///< events put into the buffer
  uint32_t lost = 0;   ///< since the start
};
/// The oldest events that were not read yet; stop first for a whole picture.
base::Result<TraceRead> read_trace(std::span<kernel::abi::TraceEvent> events);

}  // namespace runtime
