// Time for a board whose time only passes when somebody grants it.
#pragma once

#include "probes/failure.h"
#include "probes/time.h"

namespace probes {

/// Anything done through a debugger that needs the core to run (resume and wait, step, the boot ROM
/// after a reset) needs board time. Silicon has it anyway.
class TimeGrant {
 public:
  virtual ~TimeGrant() = default;
  /// The board may run for up to `amount` from now on, in the background; what was left of an
  /// earlier grant is void, so zero takes everything back. Returns at once. While the debugger
  /// holds the core no time passes, so a generous grant costs nothing.
  virtual Outcome<void> grant(BoardTime amount) = 0;
};

/// For boards whose time passes by itself.
class FreeRunning : public TimeGrant {
 public:
  Outcome<void> grant(BoardTime) override { return {}; }
};

}  // namespace probes
