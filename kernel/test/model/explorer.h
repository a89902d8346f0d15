// Visits every state of a shape, breadth first, and checks each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/test/model/model.h"

namespace kernel::model {

struct Exploration {
  uint64_t states = 0;
  uint64_t steps = 0;      // actions that had an effect
  uint64_t depth = 0;      // the longest of the shortest ways to a state
  uint64_t deadlocks = 0;  // states with untimed calls that wait for each other in a circle
  std::string wrong;       // empty, or what does not hold and how one gets there
  bool complete = false;   // no state was left out
};

/// Stops at the first thing that is wrong, or after `most` states.
Exploration explore(const Rules& rules, uint64_t most);

}  // namespace kernel::model
