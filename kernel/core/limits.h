// How many of each thing there can be. The kernel allocates nothing else, ever: what does not fit
// here is an error to the caller.
#pragma once

#include <cstdint>

namespace kernel {

inline constexpr unsigned kMaxProcesses = 256;  // pids 1..255; slot 0 is the kernel's own
inline constexpr unsigned kMaxThreads = 1024;   // index 0 is never given out
inline constexpr unsigned kThreadsPerProcess = 64;
inline constexpr unsigned kMaxServices = 64;
inline constexpr unsigned kConnectionsPerProcess = 32;  // handle 0 is never given out
inline constexpr unsigned kServersPerProcess = 8;
inline constexpr unsigned kMaxServers = 64;
inline constexpr unsigned kGrantsPerProcess = 48;
inline constexpr unsigned kMessagesPerSender = 8;
inline constexpr unsigned kMaxMessages = kMaxProcesses * kMessagesPerSender;
inline constexpr unsigned kMaxInterrupts = 160;
inline constexpr unsigned kPriorities = 32;

inline constexpr unsigned kPageTables = 2048;          // second-level tables, 1 KiB each
inline constexpr unsigned kPageTablesPerProcess = 64;  // of them, for one process
/// A caller lends its priority along a chain of at most so many calls.
inline constexpr unsigned kMostHops = 16;
inline constexpr unsigned kCrashRecords = 16;
inline constexpr unsigned kTraceEvents = 4096;
inline constexpr unsigned kLogBytes = 8192;
inline constexpr unsigned kLogReadMost = 1024;

// What is done in one piece, before interrupts get a look.
inline constexpr unsigned kPagesPerPiece = 16;       // of an image, mapped in place
inline constexpr unsigned kFreshPagesPerPiece = 4;   // that are zeroed
inline constexpr unsigned kCopiedPagesPerPiece = 2;  // that are copied
inline constexpr unsigned kDmaPagesPerPiece = 2;     // that are cleaned from the cache
inline constexpr unsigned kUnmapsPerPiece = 8;       // that are taken away, or a device's
inline constexpr unsigned kEntriesPerPiece = 192;    // of tables, or frames, that are looked at
inline constexpr unsigned kClearsPerPiece = 6;       // pages of a process that has ended, and
inline constexpr uint32_t kClearSpan = 0x4'0000;     // where they are looked for
inline constexpr unsigned kThreadsPerPiece = 3;      // that are ended or answered
inline constexpr unsigned kThreadsScanned = 64;      // that are looked at
inline constexpr unsigned kWakesPerPiece = 3;        // sleepers whose time has come
inline constexpr unsigned kFutexWakesPerPiece = 2;   // each among all of its process's threads
inline constexpr unsigned kHopsPerPiece = 3;         // of a chain of calls that inherits a priority
inline constexpr unsigned kSlotsPerPiece = 4;        // that are looked at for moved pages
inline constexpr unsigned kGrantsPerPiece = 4;       // of a created process that are checked

/// A tick every 5 ms, and a thread gives way at the second: a quantum of 5 to 10 ms.
inline constexpr uint64_t kTickNanoseconds = 5'000'000;
inline constexpr unsigned kTicksPerQuantum = 2;
/// Longer sleeps are cut to this (about 146 years), so that deadlines never wrap.
inline constexpr uint64_t kLongestSleep = uint64_t{1} << 62;

/// Loans from one thread arrive in the borrower's slot of that thread's index, so no address is
/// ever searched for. The stride leaves a hole behind the longest loan.
inline constexpr uint32_t kLoanStride = 0x2'0000;
/// Moved pages arrive behind the loan slots, in pieces of the same size.
inline constexpr unsigned kMoveSlots = 128;

}  // namespace kernel
