// SHDWC registers. SAMA5D2 datasheet (DS60001476), "Shutdown Controller (SHDWC)".
#pragma once

#include "base/mmio/register.h"

namespace drivers::shdwc {

using base::mmio::Access, base::mmio::Field, base::mmio::Register;

struct Regs {
  /// The write is ignored unless kKey carries kPassword.
  struct Cr : Register<Regs, 0x00, Access::kWriteOnly> {
    /// Drives the SHDN pin: the board switches its supplies off.
    static constexpr Field<Cr, 0> kShutDown{};
    static constexpr Field<Cr, 24, 8> kKey{};
    static constexpr uint32_t kPassword = 0xa5;
  };
  struct Mr : Register<Regs, 0x04, Access::kReadWrite> {
    static constexpr Field<Mr, 17> kRtcWakeUp{};
    static constexpr Field<Mr, 24, 3> kDebounce{};
  };
  /// What woke the chip. Reading it clears it.
  struct Sr : Register<Regs, 0x08, Access::kReadClears> {
    static constexpr Field<Sr, 0> kPin{};
    static constexpr Field<Sr, 5> kRtc{};
  };
  struct Wuir : Register<Regs, 0x0c, Access::kReadWrite> {};
};

}  // namespace drivers::shdwc
