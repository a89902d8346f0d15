// Driver for the special function registers that boot code needs.
#pragma once

#include "base/result.h"
#include "drivers/sfr/sfr_regs.h"

namespace drivers::sfr {

class Sfr {
 public:
  explicit Sfr(base::mmio::Block<Regs> regs) : regs_(regs) {}

  /// Sends every peripheral's interrupt to the AIC (IRQ) instead of the SAIC (FIQ). kDenied: the
  /// chip is fused for secure mode, or too many wrong keys were tried.
  base::Result<void> redirect_interrupts();

  /// Gives the second SRAM (0x0022'0000) to the L2 cache. What was in it is gone.
  void give_sram_to_l2_cache() { regs_.write(Regs::L2ccHramc::kL2Cache(true)); }

 private:
  base::mmio::Block<Regs> regs_;
};

}  // namespace drivers::sfr
