// A process's address space. The kernel owns the upper half; page 0 and what no line below names is
// never mapped, so that a stray pointer faults.
//
// These are areas: where in its area each thing lies is drawn anew for every start of every
// process. A process learns what it needs from its ProcessArguments. Where no random bits could be
// had, things lie at the beginnings of their areas, and the stack at the end of its own.
#pragma once

#include <cstdint>

namespace kernel::abi {

inline constexpr uint32_t kImageBase = 0x0001'0000;  ///< segments of the program, from here
inline constexpr uint32_t kImageEnd = 0x2000'0000;
inline constexpr uint32_t kHeapBase = 0x2000'0000;  ///< kMap
inline constexpr uint32_t kHeapEnd = 0x4000'0000;
inline constexpr uint32_t kLoanBase = 0x4000'0000;  ///< where lent and moved pages arrive
inline constexpr uint32_t kLoanEnd = 0x5000'0000;
inline constexpr uint32_t kDeviceBase = 0x5000'0000;  ///< kMapDevice
inline constexpr uint32_t kDeviceEnd = 0x6000'0000;
inline constexpr uint32_t kArgumentsBase = 0x6000'0000;  ///< ProcessArguments and the service table
inline constexpr uint32_t kArgumentsEnd = 0x6800'0000;
inline constexpr uint32_t kStackBase = 0x6800'0000;  ///< the first thread's stack
inline constexpr uint32_t kStackTop = 0x7fff'f000;   ///< it ends here at the latest
inline constexpr uint32_t kUserEnd = 0x8000'0000;    ///< the kernel's half begins

inline constexpr uint32_t kMostStack = 0x0008'0000;  ///< bytes of a first thread's stack

}  // namespace kernel::abi
