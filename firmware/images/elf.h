// Reads the ELF executables that go into an image: 32-bit little-endian Arm, static.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "firmware/images/failure.h"

namespace firmware::images {

/// A loadable piece. `contents` points into the file.
struct ElfSegment {
  uint32_t address = 0;   ///< virtual
  uint32_t physical = 0;  ///< load address
  uint32_t memory_size = 0;
  std::span<const std::byte> contents{};  ///< at most memory_size bytes; the rest is zeros
  bool write = false;
  bool execute = false;
};

struct Elf {
  uint32_t entry = 0;
  std::vector<ElfSegment> segments{};  ///< by rising address, apart from each other, none empty
};

/// The bytes may be anything. A failure does not name the file; the caller knows it.
Outcome<Elf> parse_elf(std::span<const std::byte> file);

}  // namespace firmware::images
