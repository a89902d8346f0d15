// The chip as the applets use it: where its blocks are, and its clocks.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "drivers/pit/pit.h"
#include "drivers/pmc/pmc.h"

namespace bringup::applets {

inline constexpr uintptr_t kSdmmcBase = 0xa000'0000, kMpddrcBase = 0xf000'c000,
                           kPmcBase = 0xf001'4000, kPioBase = 0xfc03'8000, kPitBase = 0xf804'8030,
                           kWdtBase = 0xf804'8040;
inline constexpr uint32_t kSramBase = 0x0020'0000, kSramSize = 128 * 1024;
inline constexpr uint32_t kRamBase = 0x2000'0000, kRamSize = 128 << 20;
inline constexpr unsigned kMpddrcId = 13, kSdmmcId = 31, kPioId = 18;

/// Time and clocks. The watchdog is off from here on: a debugger may take its time.
class Machine {
 public:
  Machine();
  Machine(const Machine&) = delete;

  /// Full speed, unless it was reached before: memory in use would not survive a second switch.
  base::Result<void> start_clocks();

  drivers::pit::PitClock& clock() { return clock_; }
  drivers::pmc::Pmc& pmc() { return pmc_; }

 private:
  drivers::pit::PitClock clock_;
  drivers::pmc::Pmc pmc_;
};

}  // namespace bringup::applets
