// Driver for the AES bridge: encrypts and decrypts all that passes through the second window of the
// DDR memory.
#pragma once

#include <cstdint>
#include <span>

#include "base/region.h"
#include "drivers/aesb/aesb_regs.h"

namespace drivers::aesb {

/// The window is 0x2000'0000 above the memory's own addresses.
inline constexpr uint32_t kAliasDistance = 0x2000'0000;

class Aesb {
 public:
  explicit Aesb(base::mmio::Block<Regs> regs) : regs_(regs) {}

  /// From here on the window is AES-128 in counter mode. What was written through it before cannot
  /// be read any more. The peripheral clock must be on, and no access to the window on its way.
  void protect(std::span<const uint32_t, 4> key, std::span<const uint32_t, 4> vector);

 private:
  base::mmio::Block<Regs> regs_;
};

}  // namespace drivers::aesb
