// Putting an image on a board's eMMC through OpenOCD, with no help from what is on the board: the
// core is taken over after a reset and runs the applets of bringup/applets from its SRAM.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

#include "probes/failure.h"
#include "probes/openocd/openocd.h"
#include "probes/time_grant.h"

namespace hil::flash {

/// The programs that do the work on the board.
struct Applets {
  std::filesystem::path ddr_init, emmc_flash;
};

/// How far it is, 0 to 1, and at what.
using Progress = std::function<void(double done, std::string_view words)>;

struct FlashReport {
  uint64_t bytes = 0;         ///< of the image
  uint64_t loaded_bytes = 0;  ///< that went through the probe: long runs of zeros do not
  uint32_t card_blocks = 0;   ///< of 512 bytes; all ones if there are more than fit
  /// Wall time: writing is the way through the probe into memory and from there to the card;
  /// verifying is a CRC-32 of the card, computed on the core. Rates are of the image. 0: not done.
  double write_seconds = 0, verify_seconds = 0;
  double write_kib_s = 0, verify_kib_s = 0;
};

/// Resets the board, writes `image` to the card from block 0 on, and verifies it. An image whose
/// length is no multiple of 512 is filled up with zeros to the end of its last block. Failures,
/// each a sentence: the image is empty or too large for the card; the core cannot be taken over (no
/// power; no reset wire); memory or card do not come up; the card refuses, times out or loses data,
/// with the blocks concerned; the card holds something else than was written, with the first block
/// that differs. Leaves the core halted; the board needs a reset before it runs anything.
probes::Outcome<FlashReport> flash(probes::openocd::OpenOcd& openocd, probes::TimeGrant& time,
                                   const Applets& applets, std::span<const std::byte> image,
                                   const Progress& progress = {});

/// Resets the board and compares the card with `image`; writes nothing. A difference is a failure.
probes::Outcome<FlashReport> verify(probes::openocd::OpenOcd& openocd, probes::TimeGrant& time,
                                    const Applets& applets, std::span<const std::byte> image,
                                    const Progress& progress = {});

/// The bytes of an image file. Fails if it cannot be read or is empty.
probes::Outcome<std::vector<std::byte>> read_image(const std::filesystem::path& file);

}  // namespace hil::flash
