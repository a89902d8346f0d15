#include "firmware/boot/mbr.h"

namespace firmware::boot {
namespace {

constexpr size_t kTable = 446;  // four entries of 16 bytes, then the signature
constexpr size_t kEntrySize = 16;
constexpr size_t kEntries = 4;

uint32_t word(std::span<const std::byte> bytes) {
  uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= std::to_integer<uint32_t>(bytes[i]) << 8 * i;
  return value;
}

}  // namespace

std::optional<Partition> find_partition(std::span<const std::byte, kBlockSize> block, uint8_t type,
                                        uint64_t card_blocks) {
  if (block[510] != std::byte{0x55} || block[511] != std::byte{0xaa}) return std::nullopt;
  for (size_t i = 0; i < kEntries; ++i) {
    const auto entry = block.subspan(kTable + i * kEntrySize, kEntrySize);
    if (entry[4] != std::byte{type}) continue;
    const Partition found{.first_block = word(entry.subspan(8)),
                          .block_count = word(entry.subspan(12))};
    const bool on_card = found.first_block != 0 && found.block_count != 0 &&
                         uint64_t{found.first_block} + found.block_count <= card_blocks;
    if (!on_card) return std::nullopt;
    return found;
  }
  return std::nullopt;
}

}  // namespace firmware::boot
