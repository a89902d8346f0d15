// The bootstrap's address space while its caches are on: everything where it is, nothing more
// allowed than it needs.
#pragma once

namespace firmware::boot {

/// Builds the map, with the MMU off, and returns the address of its first-level table. The
/// bootstrap's text is read-only and the rest of its SRAM not executable; the page below the stack,
/// the ROM at address 0 and all that the bootstrap does not touch are not mapped.
const void* build_memory_map();

}  // namespace firmware::boot
