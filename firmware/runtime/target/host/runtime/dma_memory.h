// Memory for devices in unit tests: a machine whose device sees what was cleaned, and whose program
// sees what was invalidated. One at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/result.h"

namespace runtime {

struct DmaMemory {
  std::byte* data = nullptr;
  uint32_t physical = 0;
};

/// What stands behind map_dma().
struct DmaMachine {
  static constexpr uint32_t kPhysical = 0x2010'0000;
  uint32_t grant = 0;               ///< bytes left
  std::vector<std::byte> cached{};  ///< as the program sees it
  std::vector<std::byte> memory{};  ///< as the device sees it
};
inline DmaMachine& dma_machine() {
  static DmaMachine machine;
  return machine;
}

inline base::Result<DmaMemory> map_dma(uint32_t bytes) {
  DmaMachine& machine = dma_machine();
  if (bytes > machine.grant) return base::make_error(base::Code::kDenied, 0, __LINE__);
  machine.grant -= bytes;
  machine.cached.assign(bytes, std::byte{});
  machine.memory.assign(bytes, std::byte{});
  return DmaMemory{machine.cached.data(), DmaMachine::kPhysical};
}
inline void cache_clean(const std::byte* data, uint32_t bytes) {
  DmaMachine& machine = dma_machine();
  std::memcpy(machine.memory.data() + (data - machine.cached.data()), data, bytes);
}
inline void cache_invalidate(std::byte* data, uint32_t bytes) {
  DmaMachine& machine = dma_machine();
  std::memcpy(data, machine.memory.data() + (data - machine.cached.data()), bytes);
}

}  // namespace runtime
