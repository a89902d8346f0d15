// RSTC registers. SAMA5D2 datasheet (DS60001476), "Reset Controller (RSTC)".
#pragma once

#include "base/mmio/register.h"

namespace drivers::rstc {

using base::mmio::Access, base::mmio::Field, base::mmio::Register;

/// What the last reset was: RSTC_SR.RSTTYP.
enum class Reset : uint32_t { kPowerOn, kWakeUp, kWatchdog, kSoftware, kUser };

struct Regs {
  /// The write is ignored unless kKey carries kPassword.
  struct Cr : Register<Regs, 0x00, Access::kWriteOnly> {
    /// Resets the processor and every peripheral outside the backup area.
    static constexpr Field<Cr, 0> kReset{};
    static constexpr Field<Cr, 24, 8> kKey{};
    static constexpr uint32_t kPassword = 0xa5;
  };
  /// Status. Reading it clears kUserSeen.
  struct Sr : Register<Regs, 0x04, Access::kReadClears> {
    /// The NRST pin has fallen since this was last read.
    static constexpr Field<Sr, 0> kUserSeen{};
    static constexpr Field<Sr, 8, 3, Reset> kType{};
    static constexpr Field<Sr, 16> kPinLevel{};
    /// A software reset is on its way.
    static constexpr Field<Sr, 17> kInProgress{};
  };
  struct Mr : Register<Regs, 0x08, Access::kReadWrite> {
    /// The NRST pin resets; otherwise it only sets kUserSeen.
    static constexpr Field<Mr, 0> kUserReset{};
    static constexpr Field<Mr, 4> kUserInterrupt{};
    static constexpr Field<Mr, 24, 8> kKey{};
    static constexpr uint32_t kPassword = 0xa5;
  };
};

}  // namespace drivers::rstc
