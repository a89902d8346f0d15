// Lengths of time as system calls take them.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace runtime {

inline constexpr base::Duration kForEver = base::Duration::max();

/// Nanoseconds in two registers; all ones: for ever.
struct Halves {
  uint32_t low = ~0u, high = ~0u;
};
/// What is negative counts as nothing, what 64 bits of nanoseconds do not hold as for ever.
constexpr Halves nanoseconds(base::Duration length) {
  constexpr uint64_t kPerCount = 1000;
  const auto count = length.count() > 0 ? static_cast<uint64_t>(length.count()) : 0;
  if (count >= ~uint64_t{0} / kPerCount) return {};
  const uint64_t all = count * kPerCount;
  return {static_cast<uint32_t>(all), static_cast<uint32_t>(all >> 32)};
}

}  // namespace runtime
