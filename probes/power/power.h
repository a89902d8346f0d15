// The board's supply: on, off, and the pause between them.
#pragma once

#include "probes/failure.h"
#include "probes/time.h"

namespace probes::power {

class Power {
 public:
  virtual ~Power() = default;

  virtual Outcome<void> on() = 0;
  virtual Outcome<void> off() = 0;

  /// Lets `time` pass with the supply as it is, so that what stores charge can lose it.
  virtual Outcome<void> rest(BoardTime time) = 0;
};

}  // namespace probes::power
