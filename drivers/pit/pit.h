// Driver for the periodic interval timer: the kernel's tick, or a free-running clock for boot code.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "drivers/pit/pit_regs.h"

namespace drivers::pit {

/// A periodic interrupt.
class Pit {
 public:
  /// `hz` is the block's clock, before its division by 16. The timer stops when this object goes.
  Pit(base::mmio::Block<Regs> regs, uint32_t hz);
  ~Pit();
  Pit(const Pit&) = delete;

  /// Starts the tick every `period` with its interrupt. kInvalid: shorter than one count or longer
  /// than 2^20.
  base::Result<void> start(base::Duration period);
  void stop();
  /// On its interrupt: periods that ended since the last call; acknowledges them.
  uint32_t take_periods();

 private:
  base::mmio::Block<Regs> regs_;
  uint32_t hz_;
};

/// Time from the same timer for code that has no other clock: it counts without an interrupt, and
/// now() must be called at least every 4096 periods of 2^20 counts (14 minutes at 82 MHz).
class PitClock final : public base::Clock {
 public:
  /// Starts the counter. `hz` is the block's clock before the division.
  PitClock(base::mmio::Block<Regs> regs, uint32_t hz);
  base::Duration now() override;
  /// The block's clock is `hz` from here on; time goes on from where it is.
  void retune(uint32_t hz);

 private:
  uint64_t counts();

  base::mmio::Block<Regs> regs_;
  uint32_t hz_;
  uint64_t counts_ = 0;  // since hz_ was set
  uint32_t last_ = 0;    // the count at the last look
  base::Duration before_{0};
};

}  // namespace drivers::pit
