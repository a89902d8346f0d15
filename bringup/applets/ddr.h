// A test of memory that has just been brought up: quick, and sure to notice a line that is open,
// shorted or mistimed. Not a test of every cell.
#pragma once

#include <cstdint>

#include "base/mmio/register.h"
#include "base/result.h"

namespace bringup::applets {

struct MemoryFault {
  uint32_t offset = 0, wrote = 0, read = 0;
};

/// Writes all over `ram`, `size` bytes (a power of two, at least 1 MiB). kDataLoss: a word did not
/// hold; `fault` says which.
base::Result<void> test_memory(base::mmio::Region ram, uint32_t size, MemoryFault& fault);

}  // namespace bringup::applets
