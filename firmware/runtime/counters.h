// The processor's counters of cycles and of retired instructions, read in user mode. Only test
// images open them (kernel::abi::kImageTest); elsewhere these instructions are undefined and end
// the process. Device only.
#pragma once

#include <cstdint>

namespace runtime {

/// Both at one moment, modulo 2^32.
struct Counters {
  uint32_t instructions = 0;
  uint32_t cycles = 0;
};

/// Sets counter 0 to retired instructions (event 0x08) and lets both run, undivided. One user at a
/// time in the whole system: the counters are not per process.
inline void start_counters() {
  constexpr uint32_t kRetired = 0x08;
  constexpr uint32_t kCycleCounter = 1u << 31, kCounter0 = 1;
  constexpr uint32_t kEnable = 1;  // and bit 3 clear: every cycle counts
  asm volatile(
      "mcr p15, 0, %[zero], c9, c12, 5\n"   // PMSELR: counter 0
      "mcr p15, 0, %[event], c9, c13, 1\n"  // PMXEVTYPER
      "mcr p15, 0, %[both], c9, c12, 1\n"   // PMCNTENSET
      "mcr p15, 0, %[on], c9, c12, 0\n"     // PMCR
      "isb" ::[zero] "r"(0),
      [event] "r"(kRetired), [both] "r"(kCycleCounter | kCounter0), [on] "r"(kEnable)
      : "memory");
}

}  // namespace runtime
