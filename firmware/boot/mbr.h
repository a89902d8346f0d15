// The card's partition table: a classic MBR in block 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace firmware::boot {

inline constexpr uint32_t kBlockSize = 512;
inline constexpr uint8_t kFat12Type = 0x01;   ///< partition 1, where the ROM finds boot.bin
inline constexpr uint8_t kSystemType = 0xda;  ///< raw data: a system image from its first block

struct Partition {
  uint32_t first_block = 0;
  uint32_t block_count = 0;
  constexpr uint64_t bytes() const { return uint64_t{block_count} * kBlockSize; }
};

/// The first partition of `type` in the MBR `block`, if that is an MBR and the partition lies on a
/// card of `card_blocks` blocks, behind the MBR. The bytes may be anything.
std::optional<Partition> find_partition(std::span<const std::byte, kBlockSize> block, uint8_t type,
                                        uint64_t card_blocks);

}  // namespace firmware::boot
