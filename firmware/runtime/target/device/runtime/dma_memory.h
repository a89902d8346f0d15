// Memory for devices, from the kernel.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "firmware/runtime/syscall.h"

namespace runtime {

struct DmaMemory {
  std::byte* data = nullptr;
  uint32_t physical = 0;
};

/// kDenied: no grant, or it is used up. kNoMemory.
inline base::Result<DmaMemory> map_dma(uint32_t bytes) {
  const Outcome outcome = system_call(Syscall::kMapDma, bytes);
  if (outcome.error) return base::Error{outcome.error};
  return DmaMemory{reinterpret_cast<std::byte*>(outcome.r1), outcome.r2};
}

/// The range must be of map_dma's.
inline void cache_clean(const std::byte* data, uint32_t bytes) {
  system_call(Syscall::kCacheClean, reinterpret_cast<uintptr_t>(data), bytes);
}
inline void cache_invalidate(std::byte* data, uint32_t bytes) {
  system_call(Syscall::kCacheInvalidate, reinterpret_cast<uintptr_t>(data), bytes);
}

}  // namespace runtime
