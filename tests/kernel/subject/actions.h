// What the suite can tell a subject: the first word of Subject::Act. Words 1 to 7 are arguments;
// the answer's words are results.
#pragma once

#include <cstdint>

namespace suite {

enum class Action : uint32_t {
  kNothing,
  /// Reads, writes or runs the word at [1]. Back: [0] what was read.
  kRead,
  kWrite,
  kExecute,
  /// One system call: [1] number, [2].. r0 to r5. Back: r0 to r7.
  kSystemCall,
  /// Where things are: see Place. [1] which. Back: [0] begin, [1] end.
  kPlace,
  /// The connection of the service with id [1]. Back: [0] handle.
  kConnect,
  /// Answers what is held ([1] = 0), lent mutably (1), or waits (2). Back: [0] Error of the answer.
  kAnswer,
  /// Lends its buffer's pages, or those at [3], to the subject with connection [1], in a thread of
  /// its own; [2]: 1 for mutably. Back: [0] 0 when the thread has begun.
  kLendTo,
  /// Waits for that thread. Back: [0] the Error that its call came back with.
  kLendEnd,
  /// Misbehaves: [1] is a Misdeed, [2] an address in a device range, where it takes one.
  kMisbehave,
  /// Uses something up: [1] is a Resource, [2] a connection to somebody. Back: [0] how much it got,
  /// [1] the Error that ended it.
  kExhaust,
  /// Issues [2] random system calls from seed [1]. Back: [0] how many were issued.
  kRandom,
  /// Runs a thread that wants the processor every [1] microseconds. Back: nothing.
  kWatch,
  /// Ends it. Back: [0] how often it ran, [1] worst lateness in nanoseconds.
  kWatched,
  /// Runs the register checks for [1] rounds. Back: [0] checks made, [1] the first that failed
  /// (0: none), [2] and [3] what was there and what should have been.
  kCanaries,
  /// Fills [2] words from [1] on with pattern [3].
  kFill,
  /// Back: [0] how many of the [2] words from [1] on hold pattern [3], [1] how many are 0.
  kLook,
  /// Fills the 32 floating-point registers of its server thread with pattern [1], through no
  /// memory.
  kFillFloats,
  /// Back: as kLook, of the 64 words of those registers, for pattern [1].
  kLookFloats,
};

/// Word `index` of a pattern. Its bytes are nowhere before it is written.
constexpr uint32_t pattern(uint32_t seed, uint32_t index) {
  return (seed + index) * 2'654'435'761u ^ seed;
}
/// The same for registers: d`index` holds the seed above, and this below.
constexpr uint32_t float_pattern(uint32_t seed, uint32_t index) {
  return seed + index;
}

enum class Place : uint32_t {
  kText,       ///< readable and executable
  kConstants,  ///< readable
  kData,       ///< readable and writable
  kBuffer,     ///< of them, kBufferPages that it lends
  kStack,
  kArguments,  ///< readable
  kHeap,       ///< what it has mapped: a page of its own; then the end of the area
  kHeld,       ///< readable while it holds a loan; empty otherwise
  kTaken,      ///< writable while it has a mutable loan; empty otherwise
  kReturn,     ///< a `bx lr`
  kCount,
};
inline constexpr uint32_t kBufferPages = 4;
/// What subjects' manifests say.
inline constexpr uint32_t kSubjectPriority = 20, kWatchdogPriority = 31;

/// Ways to end a process by breaking a rule. The fault that each is reported as: misdeeds.cc.
enum class Misdeed : uint32_t {
  kReadNull,
  kWriteText,
  kExecuteData,
  kUndefined,
  kPrivileged,
  kStackOverflow,
  kWriteKernel,
  kReadKernel,
  kExecuteKernel,
  kExecuteNothing,
  kUnalignedPair,       ///< ldrd from an address that no ldrd may have
  kUnalignedExclusive,  ///< ldrex
  kBreakpoint,
  kUnknownCall,
  kStaleHandle,
  kWrongKindOfHandle,
  kBadPointer,
  kCoprocessor,
  kThumbUndefined,
  kBadStackCall,  ///< a system call with the stack pointer in the kernel's half: harmless; then
                  ///< dies
  kReadBus,       ///< reads where the bus answers with an error
  kWriteBus,
  kCount,
};

enum class Resource : uint32_t {
  kPages,
  kPageTables,
  kThreads,
  kMessages,
  kConnections,
  kNotifications,
  kSleepers,
  kLoans,
  kEntries,  ///< into the kernel, as many as there can be
  kCount,
};

}  // namespace suite
