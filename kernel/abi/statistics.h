// What kStatistics answers.
#pragma once

#include <cstdint>

namespace kernel::abi {

/// r0 of kStatistics. kNotFound for an index that names nothing.
enum class Statistics : uint32_t {
  /// r1: processes alive, r2: threads, r3: free pages, r4: pages that processes share, r5: faults
  /// so
  /// far, r6: bytes of the log that nobody read in time, r7: interrupt storms so far.
  kSystem = 0,
  /// Index: pid. r1: Identity, r2: 1 while alive, r3: pages held, r4: pages it may hold, r5:
  /// threads,
  /// r6: messages it has in queues, r7: connections, r8: calls it has made (modulo 2^21 for each
  /// thread),
  /// r9: Restart of its manifest.
  kProcess = 1,
  /// Index: pid. r1..r6: its manifest name, 24 bytes, NUL-padded.
  kProcessName = 2,
  /// Index: thread, 1 and up. r1: Identity of its process, r2: state (0 runs or is ready), r3:
  /// priority,
  /// with what it inherits, r4: its own priority, r5: pages that it has lent.
  kThread = 3,
  /// Index: service id. r1: Identity of the server (0: none), r2: messages that wait, r3: threads
  /// that
  /// wait to receive, r4: connections.
  kService = 4,
};

}  // namespace kernel::abi
