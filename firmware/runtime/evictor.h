// Makes the processor's caches and TLBs forget what they knew, from user mode, where no maintenance
// operation is allowed: by reading more memory, on more pages, and running through more code than
// they hold. For timing runs. Device only.
#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"

namespace runtime {

class Evictor {
 public:
  /// What the manifest must grant for it: 512 pages, four for each entry of the main TLB (128, two
  /// ways), and sixteen for each kilobyte of the level 1 data cache.
  static constexpr size_t kBytes = 2 << 20;

  /// Takes the memory, for good. kNoMemory: the quota is smaller.
  static base::Result<Evictor> create();

  /// Some 23,000 instructions. Afterwards the caches hold clean lines of the evictor's.
  void evict() const;

 private:
  explicit Evictor(std::span<std::byte> memory) : memory_(memory) {}
  std::span<std::byte> memory_;
};

}  // namespace runtime
