// The card's contents: an MBR, a FAT12 partition with boot.bin for the ROM, a raw partition with
// the system image for the bootstrap.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "firmware/images/failure.h"

namespace firmware::images {

/// Where things are on the card, in blocks of 512 bytes.
struct DiskLayout {
  uint32_t boot_first = 128;     ///< 64 KiB in, so that erase blocks are not shared with the MBR
  uint32_t system_first = 2048;  ///< 1 MiB
  uint32_t blocks = 8192;        ///< 4 MiB in all
};

inline constexpr size_t kMaxBootstrap = 64 << 10;  ///< what the ROM copies to SRAM

/// Builds the card's contents. Equal inputs give equal bytes. `scratch` is a folder for mtools,
/// which write the file system; nothing stays in it. Fails when boot.bin exceeds what the ROM
/// loads, when the image exceeds its partition, or when mtools are missing or fail.
Outcome<Bytes> make_disk(const DiskLayout& layout, std::span<const std::byte> bootstrap,
                         std::span<const std::byte> image, const std::filesystem::path& scratch);

/// Ways in which a card goes bad, for tests of the bootstrap.
enum class Damage {
  kPayload,   ///< one bit of the last page of the system image differs
  kTruncated  ///< the partition ends inside the image
};

/// Damages the system image on `disk`. Fails when there is none.
Outcome<void> damage(Bytes& disk, Damage how);

}  // namespace firmware::images
