// L2 cache controller registers: ARM PL310 (CoreLink L2C-310 TRM, "Programmers Model"), 8 ways of
// 16 KiB. SAMA5D2 datasheet (DS60001476), "L2 Cache Controller (L2CC)".
#pragma once

#include "base/mmio/register.h"

namespace drivers::l2cc {

using base::mmio::Access, base::mmio::Field, base::mmio::Register, base::mmio::RegisterArray;

inline constexpr uint32_t kLine = 32;
inline constexpr uint32_t kWays = 8;
inline constexpr uint32_t kSize = 128 * 1024;

struct Regs {
  struct Idr : Register<Regs, 0x000, Access::kReadOnly> {};
  struct Typr : Register<Regs, 0x004, Access::kReadOnly> {};
  struct Cr : Register<Regs, 0x100, Access::kReadWrite> {
    static constexpr Field<Cr, 0> kEnable{};
  };
  /// Can be written only while the cache is off.
  struct Acr : Register<Regs, 0x104, Access::kReadWrite> {
    static constexpr Field<Acr, 16> kSixteenWays{};
    static constexpr Field<Acr, 17, 3> kWaySize{};
    static constexpr Field<Acr, 28> kDataPrefetch{};
    static constexpr Field<Acr, 29> kInstructionPrefetch{};
  };
  struct Trcr : Register<Regs, 0x108, Access::kReadWrite> {};
  struct Drcr : Register<Regs, 0x10c, Access::kReadWrite> {};
  struct Ecr : Register<Regs, 0x200, Access::kReadWrite> {};
  struct Ecfgr1 : Register<Regs, 0x204, Access::kReadWrite> {};
  struct Ecfgr0 : Register<Regs, 0x208, Access::kReadWrite> {};
  struct Evr1 : Register<Regs, 0x20c, Access::kReadWrite> {};
  struct Evr0 : Register<Regs, 0x210, Access::kReadWrite> {};
  struct Imr : Register<Regs, 0x214, Access::kReadWrite> {};
  struct Misr : Register<Regs, 0x218, Access::kReadOnly> {};
  struct Risr : Register<Regs, 0x21c, Access::kReadOnly> {};
  struct Icr : Register<Regs, 0x220, Access::kWriteOnly> {};
  /// Drains the buffers. Reads 1 while an operation by way is going on.
  struct Csr : Register<Regs, 0x730, Access::kReadWrite> {
    static constexpr Field<Csr, 0> kBusy{};
  };
  /// By physical address of a line: invalidate, clean, clean and invalidate. Atomic.
  struct Ipalr : Register<Regs, 0x770, Access::kReadWrite> {};
  struct Cpalr : Register<Regs, 0x7b0, Access::kReadWrite> {};
  struct Cipalr : Register<Regs, 0x7f0, Access::kReadWrite> {};
  /// By way: the bits written read back as ones until their way is done. Meanwhile no other
  /// maintenance may be asked for.
  struct Iwr : Register<Regs, 0x77c, Access::kReadWrite> {
    static constexpr Field<Iwr, 0, 8> kWays{};
  };
  struct Cwr : Register<Regs, 0x7bc, Access::kReadWrite> {
    static constexpr Field<Cwr, 0, 8> kWays{};
  };
  struct Ciwr : Register<Regs, 0x7fc, Access::kReadWrite> {
    static constexpr Field<Ciwr, 0, 8> kWays{};
  };
  /// By index and way.
  struct Cir : Register<Regs, 0x7b8, Access::kReadWrite> {};
  struct Ciir : Register<Regs, 0x7f8, Access::kReadWrite> {};
  struct Dlkr : Register<Regs, 0x900, Access::kReadWrite> {};
  struct Ilkr : Register<Regs, 0x904, Access::kReadWrite> {};
  struct Dcr : Register<Regs, 0xf40, Access::kReadWrite> {};
  struct Pcr : Register<Regs, 0xf60, Access::kReadWrite> {};
  struct Powcr : Register<Regs, 0xf80, Access::kReadWrite> {};
};

}  // namespace drivers::l2cc
