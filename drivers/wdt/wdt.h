// Driver for the watchdog.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "drivers/wdt/wdt_regs.h"

namespace drivers::wdt {

/// No destructor stops the watchdog: it outlives whoever armed it.
class Wdt {
 public:
  explicit Wdt(base::mmio::Block<Regs> regs) : regs_(regs) {}

  /// Stops it. Only before lock().
  void disable();

  /// Resets the chip unless restart() is called every `period`. kInvalid: not within 1 ms and 16 s.
  base::Result<void> arm(base::Duration period);

  /// Makes the present mode final until the next reset.
  void lock();

  /// Begins a new period. Must not follow another restart or lock within 100 us: the chip then ends
  /// the period early.
  void restart();

  /// Whether a period ran out or a restart came early since this was last asked.
  bool take_fault();

 private:
  base::mmio::Block<Regs> regs_;
};

}  // namespace drivers::wdt
