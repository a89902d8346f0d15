// PIT registers. SAMA5D2 datasheet (DS60001476), "Periodic Interval Timer (PIT)".
#pragma once

#include "base/mmio/register.h"

namespace drivers::pit {

using base::mmio::Access, base::mmio::Field, base::mmio::Register;

/// The counter runs at the block's clock divided by this.
inline constexpr uint32_t kPrescaler = 16;

struct Regs {
  struct Mr : Register<Regs, 0x00, Access::kReadWrite> {
    /// A period is this + 1 counts.
    static constexpr Field<Mr, 0, 20> kPeriod{};
    /// Clearing it lets the running period end first.
    static constexpr Field<Mr, 24> kEnable{};
    static constexpr Field<Mr, 25> kInterrupt{};
  };
  struct Sr : Register<Regs, 0x04, Access::kReadOnly> {
    static constexpr Field<Sr, 0> kElapsed{};
  };
  /// Count and periods elapsed since this was last read. Reading it clears the latter and PIT_SR.
  struct Pivr : Register<Regs, 0x08, Access::kReadClears> {
    static constexpr Field<Pivr, 0, 20> kCount{};
    static constexpr Field<Pivr, 20, 12> kPeriods{};
  };
  /// The same without clearing.
  struct Piir : Register<Regs, 0x0c, Access::kReadOnly> {
    static constexpr Field<Piir, 0, 20> kCount{};
    static constexpr Field<Piir, 20, 12> kPeriods{};
  };
};

}  // namespace drivers::pit
