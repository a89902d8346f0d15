// TRNG registers. SAMA5D2 datasheet (DS60001476), "True Random Number Generator (TRNG)".
#pragma once

#include "base/mmio/register.h"

namespace drivers::trng {

using base::mmio::Access, base::mmio::Field, base::mmio::Register;

/// Peripheral clock cycles per word.
inline constexpr uint32_t kCyclesPerWord = 84;

struct Regs {
  /// Control. The write is ignored unless kKey carries kPassword.
  struct Cr : Register<Regs, 0x00, Access::kWriteOnly> {
    static constexpr Field<Cr, 0> kEnable{};
    static constexpr Field<Cr, 8, 24> kKey{};
    static constexpr uint32_t kPassword = 0x524e47;  // "RNG"
  };
  struct Ier : Register<Regs, 0x10, Access::kWriteOnly> {
    static constexpr Field<Ier, 0> kDataReady{};
  };
  struct Idr : Register<Regs, 0x14, Access::kWriteOnly> {
    static constexpr Field<Idr, 0> kDataReady{};
  };
  struct Imr : Register<Regs, 0x18, Access::kReadOnly> {
    static constexpr Field<Imr, 0> kDataReady{};
  };
  /// Interrupt status. Reading it clears it.
  struct Isr : Register<Regs, 0x1c, Access::kReadClears> {
    static constexpr Field<Isr, 0> kDataReady{};
  };
  /// Output word. Valid once after kDataReady.
  struct Odata : Register<Regs, 0x50, Access::kReadOnly> {
    static constexpr Field<Odata, 0, 32> kWord{};
  };
};

}  // namespace drivers::trng
