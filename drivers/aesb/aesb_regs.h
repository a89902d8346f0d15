// AESB registers. SAMA5D2 datasheet (DS60001476), "Advanced Encryption Standard Bridge (AESB)".
#pragma once

#include "base/mmio/register.h"

namespace drivers::aesb {

using base::mmio::Access, base::mmio::Field, base::mmio::Register, base::mmio::RegisterArray;

struct Regs {
  struct Cr : Register<Regs, 0x00, Access::kWriteOnly> {
    static constexpr Field<Cr, 0> kStart{};  ///< one block, in the manual modes
    static constexpr Field<Cr, 8> kReset{};  ///< forgets mode, key and initialization vector
  };
  /// Mode. The first write after a reset is ignored unless kKey carries kPassword.
  struct Mr : Register<Regs, 0x04, Access::kReadWrite> {
    static constexpr Field<Mr, 0> kEncrypt{};
    static constexpr Field<Mr, 2> kBridge{};  ///< encrypts what passes through the memory window
    static constexpr Field<Mr, 3> kTwoBuffers{};
    static constexpr Field<Mr, 4, 4> kDelay{};
    enum Start : uint32_t { kManual = 0, kAutomatic = 1 };
    static constexpr Field<Mr, 8, 2> kStart{};
    enum Mode : uint32_t { kEcb = 0, kCbc = 1, kCounter = 4 };
    static constexpr Field<Mr, 12, 3> kMode{};
    static constexpr Field<Mr, 20, 4> kKey{};
    static constexpr uint32_t kPassword = 0xe;
  };
  struct Isr : Register<Regs, 0x1c, Access::kReadOnly> {
    static constexpr Field<Isr, 0> kDataReady{};
  };
  /// Key, least significant bytes first. Reads as zeros.
  struct Keywr : RegisterArray<Regs, 0x20, Access::kWriteOnly, 4> {};
  /// Initialization vector. Reads as zeros.
  struct Ivr : RegisterArray<Regs, 0x60, Access::kWriteOnly, 4> {};
};

}  // namespace drivers::aesb
