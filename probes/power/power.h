// The board's supply: on, off, cycle.
#pragma once

#include "probes/failure.h"
#include "probes/time.h"

namespace probes::power {

class Power {
 public:
  virtual ~Power() = default;

  virtual Outcome<void> on() = 0;
  virtual Outcome<void> off() = 0;

  /// Off, `off_for` of board time, on.
  virtual Outcome<void> cycle(BoardTime off_for) = 0;
};

}  // namespace probes::power
