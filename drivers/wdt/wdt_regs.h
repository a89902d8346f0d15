// WDT registers. SAMA5D2 datasheet (DS60001476), "Watchdog Timer (WDT)".
//
// Unlike older parts' watchdogs, WDT_MR may be written again and again until LOCKMR closes it.
#pragma once

#include "base/mmio/register.h"

namespace drivers::wdt {

using base::mmio::Access, base::mmio::Field, base::mmio::Register;

/// The counter goes down once in this many slow clock cycles.
inline constexpr uint32_t kPrescaler = 128;
/// After a restart WDT_CR and WDT_MR must be left alone for this many slow clock cycles, or the
/// period ends early.
inline constexpr uint32_t kRestartGuard = 3;

struct Regs {
  /// The write is ignored unless kKey carries kPassword.
  struct Cr : Register<Regs, 0x00, Access::kWriteOnly> {
    static constexpr Field<Cr, 0> kRestart{};
    /// Until the next reset WDT_MR cannot be changed; writing it only restarts the counter.
    static constexpr Field<Cr, 4> kLockMode{};
    static constexpr Field<Cr, 24, 8> kKey{};
    static constexpr uint32_t kPassword = 0xa5;
  };
  struct Mr : Register<Regs, 0x04, Access::kReadWrite> {
    /// Where the counter starts.
    static constexpr Field<Mr, 0, 12> kStart{};
    static constexpr Field<Mr, 12> kFaultInterrupt{};
    static constexpr Field<Mr, 13> kFaultReset{};
    static constexpr Field<Mr, 15> kDisable{};
    /// A restart while the counter is above this is an error.
    static constexpr Field<Mr, 16, 12> kWindow{};
    static constexpr Field<Mr, 28> kDebugHalt{};
    static constexpr Field<Mr, 29> kIdleHalt{};
  };
  /// Reading it clears it.
  struct Sr : Register<Regs, 0x08, Access::kReadClears> {
    static constexpr Field<Sr, 0> kUnderflow{};
    static constexpr Field<Sr, 1> kError{};
  };
};

}  // namespace drivers::wdt
