// Driver for the L2 cache.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "drivers/l2cc/l2cc_regs.h"

namespace drivers::l2cc {

/// Addresses are physical. A range may start and end anywhere; every line that it touches is meant.
/// The first-level cache is the caller's, before a clean here and after an invalidation.
class L2cc {
 public:
  L2cc(base::mmio::Block<Regs> regs, base::Clock& clock) : regs_(regs), clock_(clock) {}

  /// Invalidates everything and switches the cache on; already on, it stays as it is. Before:
  /// sfr::Sfr::give_sram_to_l2_cache(). For all: kTimeout, the controller did not finish.
  base::Result<void> enable();
  /// Writes everything back, then switches it off.
  base::Result<void> disable();
  bool enabled() const { return regs_.read<Regs::Cr>().has(Regs::Cr::kEnable); }

  base::Result<void> clean(uint32_t address, uint32_t size);
  /// Drops lines. Data of a neighbour that shares the first or last line is written back before.
  base::Result<void> invalidate(uint32_t address, uint32_t size);
  base::Result<void> clean_invalidate(uint32_t address, uint32_t size);
  base::Result<void> clean_invalidate_all();

 private:
  base::Result<void> sync();
  template <class R>
  base::Result<void> by_way();
  template <class R>
  base::Result<void> by_line(uint32_t address, uint32_t size);

  base::mmio::Block<Regs> regs_;
  base::Clock& clock_;
};

}  // namespace drivers::l2cc
