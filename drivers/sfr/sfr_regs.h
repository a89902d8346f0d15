// SFR registers. SAMA5D2 datasheet (DS60001476), "Special Function Registers (SFR)".
//
// Public SVD files place the block 4 bytes too high.
#pragma once

#include "base/mmio/register.h"

namespace drivers::sfr {

using base::mmio::Access, base::mmio::Field, base::mmio::Register;

struct Regs {
  struct Ddrcfg : Register<Regs, 0x04, Access::kReadWrite> {
    static constexpr Field<Ddrcfg, 16> kForceDataInput{};
    static constexpr Field<Ddrcfg, 17> kForceStrobeInput{};
  };
  struct Ohciicr : Register<Regs, 0x10, Access::kReadWrite> {};
  struct Ohciisr : Register<Regs, 0x14, Access::kReadOnly> {};
  /// Each bit can be set once and is cleared by a reset only.
  struct Secure : Register<Regs, 0x28, Access::kReadWrite> {
    static constexpr Field<Secure, 0> kHideRom{};
    static constexpr Field<Secure, 8> kHideFuses{};
  };
  struct Utmicktrim : Register<Regs, 0x30, Access::kReadWrite> {};
  struct Utmihstrim : Register<Regs, 0x34, Access::kReadWrite> {};
  struct Utmifstrim : Register<Regs, 0x38, Access::kReadWrite> {};
  struct Utmiswap : Register<Regs, 0x3c, Access::kReadWrite> {};
  struct Can : Register<Regs, 0x48, Access::kReadWrite> {};
  struct Sn0 : Register<Regs, 0x4c, Access::kReadOnly> {};
  struct Sn1 : Register<Regs, 0x50, Access::kReadOnly> {};
  /// Interrupt redirection. The write counts only if kKey carries bits 31:1 of kUnlock exclusive-or
  /// SFR_SN1; the third wrong key locks the register until a reset. On a chip fused for secure mode
  /// it stays 0.
  struct Aicredir : Register<Regs, 0x54, Access::kReadWrite> {
    static constexpr Field<Aicredir, 0> kToAic{};
    static constexpr Field<Aicredir, 1, 31> kKey{};
    static constexpr uint32_t kUnlock = 0xb6d8'1c4d;
    static constexpr unsigned kTries = 3;
  };
  /// Whether the second SRAM is memory (0) or the data RAM of the L2 cache.
  struct L2ccHramc : Register<Regs, 0x58, Access::kReadWrite> {
    static constexpr Field<L2ccHramc, 0> kL2Cache{};
  };
  struct I2sclksel : Register<Regs, 0x90, Access::kReadWrite> {};
  struct Qspiclk : Register<Regs, 0x94, Access::kReadWrite> {};
};

}  // namespace drivers::sfr
