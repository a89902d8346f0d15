// SCKC register. SAMA5D2 datasheet (DS60001476), "Slow Clock Controller (SCKC)".
#pragma once

#include "base/mmio/register.h"

namespace drivers::sckc {

using base::mmio::Access, base::mmio::Field, base::mmio::Register;

struct Regs {
  struct Cr : Register<Regs, 0x00, Access::kReadWrite> {
    /// The slow clock comes from the 32.768 kHz crystal, not from the RC oscillator.
    static constexpr Field<Cr, 3> kCrystal{};
  };
};

}  // namespace drivers::sckc
