// The real memory map, and the tables of the processes' spaces.
#pragma once

#include <cstdint>

namespace kernel::arch {

/// Where the kernel sees RAM, which starts at `ram_base`.
struct Memory {
  uint32_t ram_base = 0;
  uint32_t ram_size = 0;
  uint32_t encrypted_alias = 0;  // added to a physical address; 0: there is none
  uint32_t free_from = 0;  // physical: behind the image and what was carved
};

/// Replaces the start-up map: kernel text executable and read-only, its read-only data read-only,
/// everything else never executable; a hole under the stack; the SoC's register windows. Carves the
/// table pools out of RAM behind `free_from`.
void build_kernel_map(Memory& memory);

}  // namespace kernel::arch
