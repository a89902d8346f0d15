// The rights of one process, as touchstone-pack writes them down.
#pragma once

#include <array>
#include <cstdint>

namespace matrix {

struct Rights {
  uint64_t syscalls = 0;
  std::array<uint64_t, 64> methods{};  ///< by service; 0: may not connect
  uint64_t serves = 0;                 ///< bit n: service n
  uint64_t supervises = 0;             ///< bit n: entry n of the process table
  std::array<uint64_t, 4> interrupts{};
  std::array<uint32_t, 8> devices{};  ///< physical addresses; 0: none
};

}  // namespace matrix
