// What kStatistics answers.
#pragma once

#include <cstdint>

namespace kernel::abi {

/// r0 of kStatistics. kNotFound for an index that names nothing.
enum class Statistics : uint32_t {
  /// r1: processes alive, r2: threads, r3: free pages, r4: pages that processes share, r5: faults
  /// so
  /// far, r6: bytes of the log that nobody read in time.
  kSystem = 0,
  /// Index: pid. r1: Identity, r2: 1 while alive, r3: pages held, r4: pages it may hold, r5:
  /// threads,
  /// r6: messages it has in queues, r7: connections.
  kProcess = 1,
  /// Index: pid. r1..r6: its manifest name, 24 bytes, NUL-padded.
  kProcessName = 2,
};

}  // namespace kernel::abi
