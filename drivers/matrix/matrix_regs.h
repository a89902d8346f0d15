// MATRIX registers: MATRIX0 is the 64-bit bus matrix, MATRIX1 the 32-bit one. SAMA5D2 datasheet
// (DS60001476), "AHB Matrix (MATRIX)".
#pragma once

#include "base/mmio/register.h"

namespace drivers::matrix {

using base::mmio::Access, base::mmio::Field, base::mmio::Register, base::mmio::RegisterArray;

struct Regs {
  struct Mcfg : RegisterArray<Regs, 0x00, Access::kReadWrite, 16> {};
  struct Scfg : RegisterArray<Regs, 0x40, Access::kReadWrite, 16> {};
  struct Pras : RegisterArray<Regs, 0x80, Access::kReadWrite, 16, 8> {};
  struct Prbs : RegisterArray<Regs, 0x84, Access::kReadWrite, 16, 8> {};
  struct Meier : Register<Regs, 0x150, Access::kWriteOnly> {};
  struct Meidr : Register<Regs, 0x154, Access::kWriteOnly> {};
  struct Meimr : Register<Regs, 0x158, Access::kReadOnly> {};
  struct Mesr : Register<Regs, 0x15c, Access::kReadOnly> {};
  struct Mear : RegisterArray<Regs, 0x160, Access::kReadOnly, 16> {};
  struct Wpmr : Register<Regs, 0x1e4, Access::kReadWrite> {
    static constexpr Field<Wpmr, 0> kEnable{};
    static constexpr Field<Wpmr, 8, 24> kKey{};
    static constexpr uint32_t kPassword = 0x4d4154;  // "MAT"
  };
  struct Wpsr : Register<Regs, 0x1e8, Access::kReadClears> {};
  /// Per slave: security of its regions, where the split lies, where the region ends.
  struct Ssr : RegisterArray<Regs, 0x200, Access::kReadWrite, 16> {};
  struct Sassr : RegisterArray<Regs, 0x240, Access::kReadWrite, 16> {};
  struct Srtsr : RegisterArray<Regs, 0x280, Access::kReadWrite, 16> {};
  /// One bit per peripheral identifier, 1: not secure. The bits of peripherals on the other matrix
  /// are read-only ones; a peripheral's state is the AND of its two bits.
  struct Spselr : RegisterArray<Regs, 0x2c0, Access::kReadWrite, 3> {};
};

}  // namespace drivers::matrix
