// How the rig reports what went wrong: a sentence for the person at the bench.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace probes {

/// What failed, and what to do about it where that is known. One sentence or a few, no trailing newline.
struct Failure {
  std::string what;
};

template <class T>
using Outcome = base::Result<T, Failure>;

}  // namespace probes
