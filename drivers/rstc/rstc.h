// Driver for the reset controller.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "drivers/rstc/rstc_regs.h"

namespace drivers::rstc {

class Rstc {
 public:
  Rstc(base::mmio::Block<Regs> regs, base::Clock& clock) : regs_(regs), clock_(clock) {}

  /// Why the chip started.
  Reset last_reset() const { return regs_.take<Regs::Sr>().get(Regs::Sr::kType); }

  /// Resets the chip. Comes back only when that failed: kTimeout.
  base::Result<void> reset();

 private:
  base::mmio::Block<Regs> regs_;
  base::Clock& clock_;
};

}  // namespace drivers::rstc
